//! Gradient and function matching of a pair, as they stand in a record.

use serde::{Deserialize, Serialize};
use transferscope_theory::{
    jacobian::JacobianMoments,
    knowledge::{HELD_OUT_EVERY, knowledge_transfer, knowledge_transfer_held_out, one_hot},
    linear::Matrix,
    matching::{
        Matching, MatchingDirection, MatchingError, OutputMomentSums, function_matching, function_matching_interleaved,
        gradient_matching, is_held_out,
    },
    statistics::{Estimate, proportion},
};

use super::MeasurementError;

/// One matching distance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Match {
    /// The distance.
    pub distance: f64,
    /// The share that is matched, in `[0,1]`; absent where there is nothing to match.
    pub r2: Option<f64>,
    /// In how many directions the matching network carries anything.
    pub rank: usize,
    /// Over how many samples.
    pub samples: usize,
}

/// Both directions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MatchPair {
    /// The target, matched by an affine map of the source: what attacks T→S speak of.
    pub t_given_s: Match,
    /// The source, matched by an affine map of the target.
    pub s_given_t: Match,
}

/// Gradient and function matching.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Matchings {
    /// Distances of Jacobians (paper.md §3.3).
    pub gradient: Option<MatchPair>,
    /// Distances of outputs (paper.md §4.1); in sample.
    pub function: Option<MatchPair>,
    /// The same, fitted on four of every five images and measured on the fifth (paper.md §7.8); absent below five images.
    #[serde(default)]
    pub function_held_out: Option<MatchPair>,
    /// Knowledge transfer to the labels (paper.md §1.3); absent without labels, or below five images.
    #[serde(default)]
    pub knowledge: Option<KnowledgePair>,
}

/// How well an affine head on a network's outputs predicts the one-hot labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Knowledge {
    /// Distance and R², fitted and measured on all images.
    pub in_sample: Match,
    /// Fitted on four of every five images, measured on the fifth.
    pub held_out: Match,
    /// Share of the held-out images whose label has the head's largest entry.
    pub held_out_accuracy: Estimate,
}

/// Knowledge transfer from either network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KnowledgePair {
    /// A head on the source's outputs.
    pub from_source: Knowledge,
    /// A head on the target's outputs.
    pub from_target: Knowledge,
}

impl From<Matching> for Match {
    fn from(matching: Matching) -> Self {
        Self { distance: matching.distance, r2: matching.r2, rank: matching.rank, samples: matching.samples }
    }
}

/// Gradient matching in both directions.
pub(super) fn gradient(moments: &JacobianMoments) -> Result<MatchPair, MatchingError> {
    Ok(MatchPair {
        t_given_s: gradient_matching(moments, MatchingDirection::TargetGivenSource, None)?.into(),
        s_given_t: gradient_matching(moments, MatchingDirection::SourceGivenTarget, None)?.into(),
    })
}

/// Held-out function matching in both directions; `None` where there are too few images to hold any out.
pub(super) fn function_held_out(source: &Matrix, target: &Matrix) -> Result<Option<MatchPair>, MatchingError> {
    if source.rows() < HELD_OUT_EVERY {
        return Ok(None);
    }
    Ok(Some(MatchPair {
        t_given_s: function_matching_interleaved(target, source, None)?.into(),
        s_given_t: function_matching_interleaved(source, target, None)?.into(),
    }))
}

/// Knowledge transfer from both networks to the labels; `None` where there are too few images to hold any out.
pub(super) fn knowledge(
    source: &Matrix,
    target: &Matrix,
    labels: &[u32],
) -> Result<Option<KnowledgePair>, MeasurementError> {
    if labels.len() < HELD_OUT_EVERY {
        return Ok(None);
    }
    let labels: Vec<usize> = labels.iter().map(|&label| label as usize).collect();
    let classes = labels.iter().max().map_or(0, |largest| largest + 1);
    let truth = one_hot(&labels, classes)?;
    let from = |outputs: &Matrix| -> Result<Option<Knowledge>, MeasurementError> {
        let held_out = knowledge_transfer_held_out(outputs, &truth, None)?;
        let measured: Vec<usize> = (0..labels.len()).filter(|&image| is_held_out(image, labels.len())).collect();
        let right = |&&image: &&usize| largest(&held_out.map.apply(outputs.row(image))) == labels[image];
        let hits = measured.iter().filter(right).count();
        let in_sample = knowledge_transfer(outputs, &truth, None)?.into();
        Ok(proportion(hits, measured.len())?.map(|held_out_accuracy| Knowledge {
            in_sample,
            held_out: held_out.into(),
            held_out_accuracy,
        }))
    };
    let (Some(from_source), Some(from_target)) = (from(source)?, from(target)?) else { return Ok(None) };
    Ok(Some(KnowledgePair { from_source, from_target }))
}

/// The place of the largest entry, the first of several.
fn largest(values: &[f64]) -> usize {
    let mut best = 0;
    for (place, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = place;
        }
    }
    best
}

/// Function matching in both directions, from clean outputs `[N, d]`.
pub(super) fn function(source: &Matrix, target: &Matrix) -> Result<MatchPair, MatchingError> {
    let fit = |star: &Matrix, diamond: &Matrix| -> Result<Match, MatchingError> {
        Ok(function_matching(&OutputMomentSums::over(star, diamond)?.finish()?, None)?.into())
    };
    Ok(MatchPair { t_given_s: fit(target, source)?, s_given_t: fit(source, target)? })
}
