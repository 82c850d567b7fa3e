//! Every setting of a measurement, as it stands in the result.

use serde::{Deserialize, Serialize};

/// What was asked for. Absent settings do not apply.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// `fgsm`, `pgd`, `singular-vector`; or `given` where deviations were read from a file.
    pub attack: String,
    /// Whether the measures are first order (deviations J·v, no finite step).
    pub first_order: bool,
    /// Which singular vector, from 0.
    pub level: Option<usize>,
    /// What a gradient attack climbs.
    pub objective: Option<String>,
    /// The norm of the budget.
    pub norm: Option<String>,
    /// The size of the budget, in pixel units.
    pub eps: Option<f64>,
    /// Steps of a gradient attack.
    pub steps: Option<usize>,
    /// The size of each step, in pixel units.
    pub step_size: Option<f64>,
    /// Where it starts.
    pub start: Option<String>,
    /// How many starts an image.
    pub restarts: usize,
    /// Which images.
    pub images: String,
    /// Which outputs.
    pub outputs: String,
    /// The seed of starts, noise and resampling.
    pub seed: u64,
    /// The engine.
    pub engine: Option<String>,
    /// The precision of the engine.
    pub precision: String,
    /// The device.
    pub device: Option<String>,
    /// The preset that the settings came from.
    pub preset: Option<String>,
    /// Random pairings behind the permuted reference.
    pub permutations: usize,
    /// Which part of the images this is, where it is a part.
    pub shard: Option<String>,
}
