//! What a study decides: a claim, a measure seen from one side, an outcome, a statistic.

use serde::{Deserialize, Serialize};
use transferscope_theory::statistics::correlation::CorrelationKind;

/// A word of a study file that stands for a value.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant),*
        }

        impl $name {
            /// Every value, in the order in which they are listed.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its word in study files, records and tables.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            pub(super) fn read(key: &str, word: &str) -> Result<Self, super::Problem> {
                Self::ALL.iter().copied().find(|value| value.word() == word).ok_or_else(|| {
                    let known: Vec<&str> = Self::ALL.iter().map(|value| value.word()).collect();
                    super::Problem::at(key, super::error::unknown_word(word, &known))
                })
            }
        }
    };
}

words! {
    /// Which half of the paper's statement is asked about.
    Claim {
        /// Adversarial transferability tells of knowledge transferability.
        AdversarialToKnowledge = "adversarial-to-knowledge",
        /// Knowledge transferability tells of adversarial transferability.
        KnowledgeToAdversarial = "knowledge-to-adversarial",
        /// Both directions, side by side.
        Both = "both",
    }
}

words! {
    /// A number that is read off a measured pair.
    Measure {
        /// Mean of ratios.
        Alpha1 = "alpha1",
        /// Median of ratios.
        Alpha1Median = "alpha1-median",
        /// Mean of ratios whose denominator is the larger of both deviations: comparable between networks.
        Alpha1Envelope = "alpha1-envelope",
        /// The plug-in norm.
        Alpha2 = "alpha2",
        /// Divided by what the networks give to themselves (paper.md 2.7).
        Alpha2Normalised = "alpha2-normalised",
        /// Mean directions removed (paper.md 7.5).
        Alpha2Centred = "alpha2-centred",
        /// The plug-in norm.
        Combined = "combined",
        /// Mean directions removed.
        CombinedCentred = "combined-centred",
    }
}

impl Measure {
    /// What people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Alpha1 => "alpha1",
            Self::Alpha1Median => "alpha1, median",
            Self::Alpha1Envelope => "alpha1, envelope",
            Self::Alpha2 => "alpha2",
            Self::Alpha2Normalised => "alpha2, normalised",
            Self::Alpha2Centred => "alpha2, centred",
            Self::Combined => "combined",
            Self::CombinedCentred => "combined, centred",
        }
    }
}

words! {
    /// Whose attack is seen on whom.
    SeenFrom {
        /// The attack built on the target, seen on the source: pairs with matching the target given the source.
        TargetToSource = "t-to-s",
        /// The attack built on the source, seen on the target.
        SourceToTarget = "s-to-t",
    }
}

impl SeenFrom {
    /// What people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::TargetToSource => "T→S",
            Self::SourceToTarget => "S→T",
        }
    }
}

words! {
    /// The number that the verdict is made of.
    EndpointStatistic {
        /// The correlation, over networks, of the measure with the outcome.
        Correlation = "correlation",
        /// The difference, between two target tasks, of the slopes of the measure over the mix of the sources.
        Crossover = "crossover",
    }
}

words! {
    /// How knowledge is carried over.
    TransferMethod {
        /// Logistic regression on the penultimate features.
        Probe = "probe",
        /// A new last layer, trained by the recipe; the rest is frozen.
        LastLayer = "last-layer",
        /// All weights, from the source's; the learning rate chosen on validation images.
        Full = "full",
    }
}

/// The primary endpoint: named before the study runs, and the only test that is not adjusted for others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Which statistic.
    pub statistic: EndpointStatistic,
    /// Which measure.
    pub measure: Measure,
    /// Whose attack on whom.
    pub direction: SeenFrom,
    /// At which of the attack's budgets, by its place.
    pub eps: usize,
    /// Which correlation.
    pub kind: CorrelationKind,
}

pub(super) fn read_kind(key: &str, word: &str) -> Result<CorrelationKind, super::Problem> {
    let known = [
        ("pearson", CorrelationKind::Pearson),
        ("spearman", CorrelationKind::Spearman),
        ("kendall", CorrelationKind::KendallTauB),
    ];
    known
        .iter()
        .find(|(name, _)| *name == word)
        .map(|(_, kind)| *kind)
        .ok_or_else(|| super::Problem::at(key, super::error::unknown_word(word, &known.map(|(name, _)| name))))
}
