//! One candidate of a ranking: scores, alphas, baselines, and what it cost to know them.

use serde::Serialize;

use super::{AlphaRecord, NetworkScores};
use crate::measurement::NetworkRecord;

/// Everything that is known of one candidate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CandidateRecord {
    /// What it is called in tables.
    pub name: String,
    /// Architecture, family, weights, parameters.
    pub network: NetworkRecord,
    /// SHA-256 of its graph and weights.
    pub fingerprint: String,
    /// Multiply-add pairs for one image.
    pub multiply_adds: usize,
    /// Accuracy on its own source task, where the outcome table says it.
    pub source_accuracy: Option<f64>,
    /// All scores.
    pub scores: NetworkScores,
    /// Against each reference; empty where time ran out.
    pub alphas: Vec<AlphaRecord>,
    /// What a reader should know of it.
    pub flags: Vec<String>,
    /// What it cost.
    pub cost: CandidateCost,
}

/// Passes of one image through the candidate, and seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct CandidateCost {
    /// Forward passes an image for features and outputs; all scores come from them. 0 where the cache had them.
    pub forward_for_scores: f64,
    /// Forward passes an image for the alphas, all references together.
    pub forward_for_alphas: f64,
    /// Reverse passes an image for the alphas, to the pixels only.
    pub reverse_for_alphas: f64,
    /// Seconds of features and outputs.
    pub observe_seconds: f64,
    /// Seconds of all scores.
    pub score_seconds: f64,
    /// Seconds of the alphas.
    pub alpha_seconds: f64,
}

/// A measure of a candidate as one number, by name: what orders are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlphaForm {
    /// T→S combined, plug-in.
    Combined,
    /// T→S combined, normalised.
    CombinedNormalised,
    /// T→S combined, centred.
    CombinedCentred,
    /// T→S alpha1, envelope.
    Alpha1Envelope,
    /// T→S alpha2, normalised.
    Alpha2Normalised,
    /// T→S alpha2, centred.
    Alpha2Centred,
    /// Function matching of the reference by the candidate.
    FunctionMatching,
    /// Gradient matching of the reference by the candidate.
    GradientMatching,
}

impl AlphaForm {
    /// Every form.
    pub const ALL: [Self; 8] = [
        Self::Combined,
        Self::CombinedNormalised,
        Self::CombinedCentred,
        Self::Alpha1Envelope,
        Self::Alpha2Normalised,
        Self::Alpha2Centred,
        Self::FunctionMatching,
        Self::GradientMatching,
    ];

    /// Its name in tables and JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Combined => "combined_t_to_s",
            Self::CombinedNormalised => "combined_normalised_t_to_s",
            Self::CombinedCentred => "combined_centred_t_to_s",
            Self::Alpha1Envelope => "alpha1_envelope_t_to_s",
            Self::Alpha2Normalised => "alpha2_normalised_t_to_s",
            Self::Alpha2Centred => "alpha2_centred_t_to_s",
            Self::FunctionMatching => "function_matching_r2",
            Self::GradientMatching => "gradient_matching_r2",
        }
    }

    /// The value against one reference.
    #[must_use]
    pub fn of(self, record: &AlphaRecord) -> Option<f64> {
        let direction = &record.t_to_s;
        match self {
            Self::Combined => Some(direction.combined.value()),
            Self::CombinedNormalised => direction.combined_normalised,
            Self::CombinedCentred => Some(direction.combined_centred.value()),
            Self::Alpha1Envelope => Some(direction.alpha1_envelope.value()),
            Self::Alpha2Normalised => direction.alpha2_normalised,
            Self::Alpha2Centred => direction.alpha2_centred.as_ref().map(|estimate| estimate.value()),
            Self::FunctionMatching => record.function_matching_r2,
            Self::GradientMatching => record.gradient_matching_r2,
        }
    }
}

impl CandidateRecord {
    /// The mean of a form over the references, where every reference has it.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "there are few references")]
    pub fn alpha(&self, form: AlphaForm) -> Option<f64> {
        let values: Vec<f64> = self.alphas.iter().map(|record| form.of(record)).collect::<Option<_>>()?;
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }
}
