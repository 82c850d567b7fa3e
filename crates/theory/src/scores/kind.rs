//! The list of scores: names, meaning, and the range that each can take.

use serde::{Deserialize, Serialize};

/// A score that needs no fine-tuning. Higher is better for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreKind {
    /// [`linear_probe`](super::linear_probe()).
    LinearProbe,
    /// [`k_nearest`](super::k_nearest()).
    Knn,
    /// [`logme`](super::logme()).
    Logme,
    /// [`h_score`](super::h_score()).
    HScore,
    /// [`regularised_h_score`](super::regularised_h_score()).
    RegularisedHScore,
    /// [`transrate`](super::transrate()).
    Transrate,
    /// [`parc`](super::parc()).
    Parc,
    /// [`nleep`](super::nleep()).
    Nleep,
    /// [`leep`](super::leep()).
    Leep,
    /// [`nce`](super::nce()).
    Nce,
}

/// What values a score can take; an absent end is infinite.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ScoreRange {
    /// The smallest value.
    pub low: Option<f64>,
    /// The largest value.
    pub high: Option<f64>,
}

impl ScoreRange {
    /// Whether a value lies inside, up to a relative rounding of 1e-6.
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        let slack = 1e-6 * (1.0 + value.abs());
        value.is_finite()
            && self.low.is_none_or(|low| value >= low - slack)
            && self.high.is_none_or(|high| value <= high + slack)
    }

    /// The range as text.
    #[must_use]
    pub fn words(&self) -> String {
        let end = |end: Option<f64>, infinite: &str| {
            end.map_or_else(
                || infinite.to_owned(),
                |end| format!("{:.4}", end).trim_end_matches('0').trim_end_matches('.').to_owned(),
            )
        };
        format!("[{}, {}]", end(self.low, "-inf"), end(self.high, "inf"))
    }
}

impl ScoreKind {
    /// Every score, in the order in which tables list them.
    pub const ALL: [Self; 10] = [
        Self::LinearProbe,
        Self::Knn,
        Self::Logme,
        Self::HScore,
        Self::RegularisedHScore,
        Self::Transrate,
        Self::Parc,
        Self::Nleep,
        Self::Leep,
        Self::Nce,
    ];

    /// The name that people read.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LinearProbe => "linear probe",
            Self::Knn => "kNN",
            Self::Logme => "LogME",
            Self::HScore => "H-score",
            Self::RegularisedHScore => "regularised H-score",
            Self::Transrate => "TransRate",
            Self::Parc => "PARC",
            Self::Nleep => "NLEEP",
            Self::Leep => "LEEP",
            Self::Nce => "NCE",
        }
    }

    /// The name in JSON and CSV.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::LinearProbe => "linear_probe",
            Self::Knn => "knn",
            Self::Logme => "logme",
            Self::HScore => "h_score",
            Self::RegularisedHScore => "regularised_h_score",
            Self::Transrate => "transrate",
            Self::Parc => "parc",
            Self::Nleep => "nleep",
            Self::Leep => "leep",
            Self::Nce => "nce",
        }
    }

    /// What it is, in one line.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::LinearProbe => "cross-validated accuracy of logistic regression on the features",
            Self::Knn => "leave-one-out accuracy of the nearest neighbours in feature space",
            Self::Logme => "maximum log evidence of a Bayesian linear model, per image and class",
            Self::HScore => "spread of the features between classes over all spread, tr(Cov(f)+ Cov(E[f|y]))",
            Self::RegularisedHScore => "H-score with the covariance shrunk (Ledoit-Wolf)",
            Self::Transrate => "coding rate of all features less the mean coding rate of a class",
            Self::Parc => "100 x rank correlation of the images' feature distances with their label distances",
            Self::Nleep => "LEEP over clusters of the features",
            Self::Leep => "log-likelihood of the labels given the network's source classes",
            Self::Nce => "minus the entropy of the labels given the predicted source class",
        }
    }

    /// Whether it looks at outputs over source classes; the others look at features.
    #[must_use]
    pub const fn needs_source_outputs(self) -> bool {
        matches!(self, Self::Leep | Self::Nce)
    }

    /// Whether it is a share of images, so that networks can be compared image by image.
    #[must_use]
    pub const fn is_accuracy(self) -> bool {
        matches!(self, Self::LinearProbe | Self::Knn)
    }

    /// The range for so many classes and images.
    #[must_use]
    pub fn range(self, classes: usize, images: usize) -> ScoreRange {
        let most = classes.saturating_sub(1) as f64;
        let (low, high) = match self {
            Self::LinearProbe | Self::Knn => (Some(0.0), Some(1.0)),
            Self::Logme | Self::Transrate => (None, None),
            Self::HScore => (Some(0.0), Some(most)),
            Self::RegularisedHScore => (Some(0.0), Some(most * images as f64 / images.saturating_sub(1).max(1) as f64)),
            Self::Parc => (Some(-100.0), Some(100.0)),
            Self::Nleep | Self::Leep => (None, Some(0.0)),
            Self::Nce => (Some(-(classes.max(1) as f64).ln()), Some(0.0)),
        };
        ScoreRange { low, high }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn keys_are_the_serialised_names_and_ranges_hold_their_ends() {
        for kind in ScoreKind::ALL {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{}\"", kind.key()));
            let range = kind.range(4, 100);
            assert!(range.low.is_none_or(|low| range.holds(low) && !range.holds(low - 0.1)));
            assert!(range.high.is_none_or(|high| range.holds(high) && !range.holds(high + 0.1)));
            assert!(!range.holds(f64::NAN));
        }
        assert_eq!(ScoreKind::HScore.range(10, 5).words(), "[0, 9]");
        assert_eq!(ScoreKind::Leep.range(10, 5).words(), "[-inf, 0]");
    }
}
