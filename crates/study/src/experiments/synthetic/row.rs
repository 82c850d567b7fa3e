//! One row of the experiment: a perturbed source measured against the target, in every way the theory offers.

use serde::Serialize;
use transferscope_theory::{jacobian::FirstOrderReport, matching::Matching};

/// A distance with its R².
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Distance {
    /// The distance, at least 0.
    pub distance: f64,
    /// Share that is explained: in [0, 1] in sample, at most 1 held out; `None` where there is nothing to explain.
    pub r2: Option<f64>,
}

impl From<&Matching> for Distance {
    fn from(matching: &Matching) -> Self {
        if matching.squared <= ROUNDING * matching.total {
            return Self { distance: 0.0, r2: matching.r2.map(|_| 1.0) };
        }
        Self { distance: matching.distance, r2: matching.r2 }
    }
}

/// The squared distance is a difference of two sums; what is left below this share of the total is their rounding (the
/// second moments of the experiment have condition numbers of a few hundred, each times 2.2e-16).
const ROUNDING: f64 = 1e-13;

/// A matching distance in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BothDirections {
    /// The target imitated by an affine head on the source.
    pub t_given_s: Distance,
    /// The source imitated by an affine head on the target.
    pub s_given_t: Distance,
}

/// Gradient and function matching.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RowMatching {
    /// Of the Jacobians (paper §1.5).
    pub gradient: BothDirections,
    /// Of the outputs (paper §1.4).
    pub function: BothDirections,
    /// The same, fitted on four of every five samples and measured on the fifth.
    pub function_held_out: BothDirections,
}

/// Knowledge transfer to the ground truth, in sample and held out (one of every five samples, interleaved).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RowTransfer {
    /// An affine head on the source's ten outputs, as the theory has it (paper §1.3).
    pub on_outputs: Distance,
    /// The same, held out.
    pub on_outputs_held_out: Distance,
    /// An affine head on the hidden features: the public program's loss (paper §11.1, Q4).
    pub on_features: Distance,
    /// The same, held out.
    pub on_features_held_out: Distance,
}

/// What the measures give where there is nothing (paper §6.3, §7.1).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RowChance {
    /// E alpha1 of a random direction against a field of rank one; the same in both directions.
    pub alpha1_rank_one: f64,
    /// Root of E alpha1² of a random direction on the target: sqrt(mean stable rank / n).
    pub alpha1_rms_on_target: Option<f64>,
    /// The same on the source.
    pub alpha1_rms_on_source: Option<f64>,
    /// alpha2 of independent isotropic directions, 1/sqrt(N).
    pub alpha2: f64,
}

/// One row of the experiment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SyntheticRow {
    /// Row number i, from 0.
    pub row: usize,
    /// The increment 0.1 i, the axis of the paper's plot.
    pub scale: f64,
    /// The cumulative coefficient 0.05 i (i + 1), which is what really multiplies the deviations (paper §11.1, Q3).
    pub cumulative: f64,
    /// alpha1, attack on the source, seen on the target.
    pub alpha1_s_to_t: f64,
    /// alpha1, attack on the target, seen on the source.
    pub alpha1_t_to_s: f64,
    /// alpha2, attack on the source.
    pub alpha2_s_to_t: f64,
    /// alpha2, attack on the target.
    pub alpha2_t_to_s: f64,
    /// Combined, attack on the source.
    pub combined_s_to_t: f64,
    /// Combined, attack on the target.
    pub combined_t_to_s: f64,
    /// Loss of the source with its last layer re-solved on the hidden features, in sample.
    pub loss_source: f64,
    /// Loss of the trained target as it is.
    pub loss_target: f64,
    /// Gradient matching distance of the target given the source.
    pub gradient_matching: f64,
    /// Loss of the perturbed source as it is, nothing re-solved.
    pub loss_source_raw: f64,
    /// All matching distances with R².
    pub matching: RowMatching,
    /// Knowledge transfer.
    pub knowledge_transfer: RowTransfer,
    /// tau1 of the older theory.
    pub tau1: Option<f64>,
    /// tau2 of the older theory, attack on the source.
    pub tau2_s_to_t: Option<f64>,
    /// tau2 of the older theory, attack on the target.
    pub tau2_t_to_s: Option<f64>,
    /// Chance levels.
    pub chance: RowChance,
    /// Estimates with errors, unbiased squares, spectra.
    pub first_order: FirstOrderReport,
}
