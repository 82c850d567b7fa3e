//! The kinds of correlation that the field reports, each with the name it is printed under.

use serde::{Deserialize, Serialize};

/// A kind of correlation between a score and an outcome.
///
/// Two different coefficients are called "weighted tau" in the transferability literature, and they disagree by
/// up to 0.2 on the same data. They are therefore two kinds here, and every result carries its kind.
///
/// # Examples
///
/// ```
/// use transferscope_theory::statistics::correlation::CorrelationKind;
///
/// assert_eq!(CorrelationKind::KendallTauB.name(), "Kendall tau-b");
/// assert_eq!(CorrelationKind::ALL.len(), 5);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CorrelationKind {
    /// Pearson product-moment correlation of the values.
    Pearson,
    /// Pearson correlation of the ranks, ties given their average rank.
    Spearman,
    /// Kendall tau-b: (concordant − discordant) / √(pairs untied in x · pairs untied in y).
    KendallTauB,
    /// Weighted tau, additive hyperbolic weights, averaged over the ranking by score and the ranking by outcome.
    ///
    /// The default of `scipy.stats.weightedtau`; the variant of the TLLib and SFDA tables.
    WeightedTauSymmetric,
    /// Weighted tau, additive hyperbolic weights, ranked by the outcome (accuracy) alone.
    ///
    /// `scipy.stats.weightedtau(outcome, score, rank=None)`; the variant of the Model-Spider tables.
    WeightedTauByOutcome,
}

impl CorrelationKind {
    /// Every kind, in the order in which reports list them.
    pub const ALL: [Self; 5] =
        [Self::Pearson, Self::Spearman, Self::KendallTauB, Self::WeightedTauSymmetric, Self::WeightedTauByOutcome];

    /// The name that people read.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pearson => "Pearson",
            Self::Spearman => "Spearman",
            Self::KendallTauB => "Kendall tau-b",
            Self::WeightedTauSymmetric => "weighted tau (hyperbolic, mean of both rankings; SciPy default)",
            Self::WeightedTauByOutcome => "weighted tau (hyperbolic, ranked by outcome only)",
        }
    }

    /// Whether the coefficient depends on the values through their order only.
    #[must_use]
    pub const fn uses_order_only(self) -> bool {
        !matches!(self, Self::Pearson)
    }
}
