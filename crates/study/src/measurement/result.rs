//! The record of a measurement.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use transferscope_theory::transferability::DirectionReport;

use super::{ImagesNeeded, Matchings, PerImageRecord, Settings, Success};
use crate::chain::ChainPair;

/// What the file says it is.
pub const FORMAT: &str = "transferscope.measure";
/// The version of the record; fields may be added within one version, none is renamed.
pub const VERSION: u32 = 1;

/// One pair of networks, measured in both directions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// The attack built on the source, seen on the target.
    pub s_to_t: Direction,
    /// The attack built on the target, seen on the source.
    pub t_to_s: Direction,
    /// Gradient and function matching, where asked for.
    pub matching: Option<Matchings>,
    /// The chain from attack to knowledge side by side, where matching was asked for.
    #[serde(default)]
    pub chain: Option<ChainPair>,
    /// How many images would be enough for a wanted standard error, where one was asked for.
    #[serde(default)]
    pub images_needed: Option<ImagesNeeded>,
    /// How many images were used, and why others were not.
    pub samples: Samples,
    /// Every setting.
    pub settings: Settings,
    /// The two networks.
    pub networks: Option<Roles<NetworkRecord>>,
    /// The data.
    pub data: Option<DataRecord>,
    /// How large the perturbations were: of the attack built on each network.
    pub perturbations: Option<Roles<Perturbations>>,
    /// The same measures for untrained twins, where asked for.
    pub untrained_twin: Option<Box<TwinRecord>>,
    /// Remarks: what a reader must know to judge the numbers.
    pub notes: Vec<String>,
    /// Values by image, for paired comparison.
    pub per_image: PerImageRecord,
}

/// The measures with one network or both replaced by a network of the same graph with fresh weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TwinRecord {
    /// How the twin was made.
    pub about: String,
    /// The attack built on the untrained twin of the source, seen on the target.
    pub s_to_t: Direction,
    /// The attack built on the target, seen on the untrained twin of the source.
    pub t_to_s: Direction,
}

/// The measures of one direction of attack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Direction {
    /// alpha1, alpha2, combined, with estimates and reference values.
    #[serde(flatten)]
    pub report: DirectionReport,
    /// How often the attack succeeded; absent for first-order measures.
    pub success: Option<Success>,
}

/// A value for each role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Roles<T> {
    /// The source's.
    pub source: T,
    /// The target's.
    pub target: T,
}

/// How many images there were.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Samples {
    /// Images measured.
    pub used: usize,
    /// Images not measured, by reason.
    pub excluded: BTreeMap<String, usize>,
    /// Images at which the first gradient of the attack was zero: built on the source.
    pub zero_gradient_source: usize,
    /// The same, built on the target.
    pub zero_gradient_target: usize,
}

/// What is known of a network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NetworkRecord {
    /// As it was typed.
    pub spec: String,
    /// The architecture.
    pub architecture: String,
    /// The family, where the zoo knows it.
    pub family: Option<String>,
    /// Where the weights came from.
    pub weights: String,
    /// Learned numbers.
    pub parameters: usize,
    /// Number of classes.
    pub classes: usize,
    /// Share of the measured data that it gets right; absent where the labels are not its own.
    pub accuracy: Option<f64>,
}

/// What is known of the data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DataRecord {
    /// As it was typed.
    pub spec: String,
    /// Images there.
    pub images: usize,
    /// Channels, height, width.
    pub shape: [usize; 3],
    /// Classes, where the data have labels.
    pub classes: Option<usize>,
    /// A hash of pixels and labels, so that two results over other images cannot be taken for one.
    pub sha256: String,
}

/// How large the perturbations of one attack were.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Perturbations {
    /// Largest change of a pixel.
    pub linf: SizeSummary,
    /// Euclidean length.
    pub l2: SizeSummary,
}

/// Mean and largest of sizes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SizeSummary {
    /// The mean over perturbed images.
    pub mean: f64,
    /// The largest.
    pub max: f64,
}
