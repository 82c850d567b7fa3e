//! The record of a source measured against every reference of a task.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use transferscope_theory::statistics::Estimate;

use super::DirectionReadings;
use crate::plan::Measure;

/// A source (one training seed) measured against every reference (every seed) of a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Paired {
    /// Images that were attacked.
    pub images: usize,
    /// A hash of their identities: the same for every source of the task.
    pub image_ids: String,
    /// Each reference.
    pub references: Vec<WithReference>,
}

/// One pair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WithReference {
    /// The reference's place in the study.
    pub reference: usize,
    /// The place of its seed.
    pub seed: usize,
    /// Images that the reference gets right.
    pub reference_correct: usize,
    /// Each budget, in the study's order.
    pub budgets: Vec<AtBudget>,
}

impl WithReference {
    /// Nothing measured yet.
    pub(crate) fn begun(reference: usize, seed: usize) -> Self {
        Self { reference, seed, reference_correct: 0, budgets: Vec::new() }
    }
}

/// One pair at one budget.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AtBudget {
    /// Over all images.
    pub all: PairedImages,
    /// Over the images that the reference gets right; absent where there are fewer than two.
    pub reference_correct: Option<PairedImages>,
    /// Each measure on each restart alone: source to target, target to source. Empty with one restart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_restart: Vec<[BTreeMap<Measure, f64>; 2]>,
}

/// Both directions over some images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairedImages {
    /// The attack built on the source, seen on the target.
    pub s_to_t: DirectionReadings,
    /// The attack built on the target, seen on the source.
    pub t_to_s: DirectionReadings,
    /// Share of images at which the attack on the source changes the target's prediction.
    pub target_changed: Option<Estimate>,
    /// Share of images at which the attack on the target changes the source's prediction.
    pub source_changed: Option<Estimate>,
    /// Images at which the first gradient was zero: of the source, of the target.
    pub zero_gradients: [usize; 2],
    /// Why there are no readings; absent where there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undefined: Option<String>,
}

impl PairedImages {
    /// A pair of which no measure is defined, with the reason.
    #[must_use]
    pub fn undefined(reason: String, zero_gradients: [usize; 2]) -> Self {
        Self {
            s_to_t: DirectionReadings::new(),
            t_to_s: DirectionReadings::new(),
            target_changed: None,
            source_changed: None,
            zero_gradients,
            undefined: Some(reason),
        }
    }

    /// The readings of one direction.
    #[must_use]
    pub fn direction(&self, direction: crate::plan::SeenFrom) -> &DirectionReadings {
        match direction {
            crate::plan::SeenFrom::SourceToTarget => &self.s_to_t,
            crate::plan::SeenFrom::TargetToSource => &self.t_to_s,
        }
    }
}
