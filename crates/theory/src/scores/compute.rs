//! One function for every score: which inputs it takes, and the check of its range.

use super::{
    Features, KNearest, Labels, LinearProbe, NleepOptions, ScoreError, ScoreKind, SourceProbabilities,
    TRANSRATE_EPSILON, h_score, k_nearest, leep, linear_probe, logme, nce, nleep, parc, regularised_h_score, transrate,
};

/// What is known of a network on the target images.
#[derive(Debug, Clone, Copy)]
pub struct ScoreInputs<'a> {
    /// Penultimate features, where there are any.
    pub features: Option<&'a Features>,
    /// Outputs over source classes, where the network has a head.
    pub source: Option<&'a SourceProbabilities>,
    /// Labels of the target task.
    pub labels: &'a Labels,
}

/// What can be chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreOptions {
    /// The linear probe.
    pub probe: LinearProbe,
    /// The nearest neighbours.
    pub neighbours: KNearest,
    /// The clusters of NLEEP.
    pub nleep: NleepOptions,
    /// The distortion of TransRate.
    pub transrate_epsilon: f64,
}

impl Default for ScoreOptions {
    fn default() -> Self {
        Self {
            probe: LinearProbe::default(),
            neighbours: KNearest::default(),
            nleep: NleepOptions::default(),
            transrate_epsilon: TRANSRATE_EPSILON,
        }
    }
}

/// A score, and image by image whether it was right where it is a share of images.
#[derive(Debug, Clone, PartialEq)]
pub struct ComputedScore {
    /// The value, inside its range.
    pub value: f64,
    /// Outcome of each image, for [`ScoreKind::LinearProbe`] and [`ScoreKind::Knn`].
    pub correct: Option<Vec<bool>>,
}

/// Computes one score.
///
/// # Errors
/// [`ScoreError::NoFeatures`] and [`ScoreError::NoSourceOutputs`] where its input is missing,
/// [`ScoreError::OutOfRange`] where rounding carried it out of its range, and those of the score itself.
pub fn compute(kind: ScoreKind, inputs: &ScoreInputs<'_>, options: &ScoreOptions) -> Result<ComputedScore, ScoreError> {
    let labels = inputs.labels;
    let features = || inputs.features.ok_or(ScoreError::NoFeatures { score: kind.name() });
    let source = || inputs.source.ok_or(ScoreError::NoSourceOutputs { score: kind.name() });
    let plain = |value: f64| ComputedScore { value, correct: None };
    let classified = |found: super::Classified| ComputedScore { value: found.accuracy, correct: Some(found.correct) };
    let computed = match kind {
        ScoreKind::LinearProbe => classified(linear_probe(features()?, labels, options.probe)?),
        ScoreKind::Knn => classified(k_nearest(features()?, labels, options.neighbours)?),
        ScoreKind::Logme => plain(logme(features()?, labels)?),
        ScoreKind::HScore => plain(h_score(features()?, labels)?),
        ScoreKind::RegularisedHScore => plain(regularised_h_score(features()?, labels)?.value),
        ScoreKind::Transrate => plain(transrate(features()?, labels, options.transrate_epsilon)?),
        ScoreKind::Parc => plain(parc(features()?, labels)?),
        ScoreKind::Nleep => plain(nleep(features()?, labels, options.nleep)?.value),
        ScoreKind::Leep => plain(leep(source()?, labels)?),
        ScoreKind::Nce => plain(nce(source()?, labels)?),
    };
    let range = kind.range(labels.classes(), labels.len());
    match range.holds(computed.value) {
        true => Ok(computed),
        false => Err(ScoreError::OutOfRange { score: kind.name(), value: computed.value, range: range.words() }),
    }
}
