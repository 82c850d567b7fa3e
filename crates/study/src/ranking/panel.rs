//! All scores of one network, each with its range, its time, or the reason for its absence.

use std::{collections::BTreeMap, time::Instant};

use serde::Serialize;
use transferscope_theory::{
    scores::{
        ComputedScore, Features, Labels, ScoreError, ScoreInputs, ScoreKind, ScoreOptions, ScoreRange,
        SourceProbabilities, compute,
    },
    statistics::{Estimate, EstimateError, Over, wilson_interval},
};

use super::{NetworkArrays, SourceOutputs};

/// One score of one network.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScoreEntry {
    /// The value; absent where the score does not exist for this network.
    pub value: Option<Estimate>,
    /// Why it does not exist.
    pub absent_because: Option<String>,
    /// The values that mathematics allows; what is printed lies inside.
    pub range: ScoreRange,
    /// Seconds of one thread, without the decomposition that several scores share.
    pub seconds: f64,
}

/// All scores of one network.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NetworkScores {
    /// Its name.
    pub network: String,
    /// Images.
    pub images: usize,
    /// Classes of the target that occur.
    pub classes: usize,
    /// Width of its features.
    pub features: Option<usize>,
    /// Number of its own source classes.
    pub source_classes: Option<usize>,
    /// What fine-tuning gave, where it is known.
    pub outcome: Option<f64>,
    /// By score.
    pub scores: BTreeMap<ScoreKind, ScoreEntry>,
    /// Seconds of the decompositions that several scores share.
    pub shared_seconds: f64,
    /// Image by image, whether the linear probe was right, where there is one; else the nearest neighbours.
    #[serde(skip)]
    pub correct: BTreeMap<ScoreKind, Vec<bool>>,
}

impl NetworkScores {
    /// The value of a score.
    #[must_use]
    pub fn value(&self, kind: ScoreKind) -> Option<f64> {
        self.scores.get(&kind).and_then(|entry| entry.value.as_ref()).map(Estimate::value)
    }
}

/// Computes every score that exists for this network.
///
/// # Errors
/// [`ScoreError`] where labels or arrays do not fit together at all; a score that does not exist is an entry that says why.
pub fn score_network(arrays: &NetworkArrays, options: &ScoreOptions) -> Result<NetworkScores, ScoreError> {
    let labels = Labels::new(&arrays.labels)?;
    let (features, no_features) = match &arrays.features {
        Ok(matrix) => (Some(Features::new(matrix.clone())?), None),
        Err(reason) => (None, Some(reason.clone())),
    };
    let (source, no_source) = match &arrays.source {
        SourceOutputs::Absent(reason) => (None, Some(reason.clone())),
        SourceOutputs::Probabilities(rows) => (Some(SourceProbabilities::from_probabilities(rows.clone())?), None),
        SourceOutputs::Logits(rows) => match SourceProbabilities::from_logits(rows) {
            Ok(source) => (Some(source), None),
            Err(error @ ScoreError::LookLikeProbabilities) => (None, Some(error.to_string())),
            Err(error) => return Err(error),
        },
    };
    for (what, found) in [
        ("features", features.as_ref().map(Features::images)),
        ("outputs", source.as_ref().map(|source| source.rows().rows())),
    ] {
        if let Some(found) = found.filter(|&found| found != labels.len()) {
            return Err(ScoreError::LengthMismatch { what, expected: labels.len(), found });
        }
    }
    let started = Instant::now();
    if let Some(features) = &features {
        // Kept inside; an error comes back from each score that needs it.
        let _: (bool, bool) = (features.centred().is_ok(), features.raw().is_ok());
    }
    let shared_seconds = started.elapsed().as_secs_f64();
    let inputs = ScoreInputs { features: features.as_ref(), source: source.as_ref(), labels: &labels };
    let (mut scores, mut correct) = (BTreeMap::new(), BTreeMap::new());
    for kind in ScoreKind::ALL {
        let started = Instant::now();
        let missing = if kind.needs_source_outputs() { &no_source } else { &no_features };
        let computed = match missing {
            Some(reason) => Err(reason.clone()),
            None => compute(kind, &inputs, options).map_err(|error| error.to_string()),
        };
        let estimated = computed.and_then(|computed| {
            let estimate = estimate(kind, &computed, labels.len()).map_err(|error| error.to_string())?;
            if let Some(outcomes) = computed.correct {
                correct.insert(kind, outcomes);
            }
            Ok(estimate)
        });
        let seconds = started.elapsed().as_secs_f64();
        let (value, absent_because) = match estimated {
            Ok(value) => (Some(value), None),
            Err(reason) => (None, Some(reason)),
        };
        let range = kind.range(labels.classes(), labels.len());
        scores.insert(kind, ScoreEntry { value, absent_because, range, seconds });
    }
    Ok(NetworkScores {
        network: arrays.name.clone(),
        images: labels.len(),
        classes: labels.classes(),
        features: features.as_ref().map(|features| features.matrix().columns()),
        source_classes: source.as_ref().map(|source| source.rows().columns()),
        outcome: arrays.outcome,
        scores,
        shared_seconds,
        correct,
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts of images are small")]
fn estimate(kind: ScoreKind, computed: &ComputedScore, images: usize) -> Result<Estimate, EstimateError> {
    let Some(correct) = &computed.correct else {
        return Ok(Estimate::new(computed.value, images, Over::Images, kind.about())?
            .without_interval("computed and judged on the same images: no interval was shown to cover"));
    };
    let right = correct.iter().filter(|right| **right).count();
    let share = Estimate::new(computed.value, images, Over::Images, format!("{}, Wilson interval", kind.about()))?
        .with_std_error((computed.value * (1.0 - computed.value) / images as f64).sqrt())?;
    Ok(match wilson_interval(right, images)? {
        Some(interval) => share.with_interval(interval),
        None => share,
    })
}
