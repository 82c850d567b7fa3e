//! The references of a ranking, and whether they agree with each other.

use serde::Serialize;
use transferscope_theory::statistics::{
    Estimate,
    correlation::{CorrelationKind, correlation},
};

use super::{AlphaForm, CandidateRecord};
use crate::measurement::NetworkRecord;

/// A network that knows the target task, which candidates are held against.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReferenceRecord {
    /// What it is called in tables.
    pub name: String,
    /// Architecture, family, weights, parameters.
    pub network: NetworkRecord,
    /// Whether it was trained here, on the target's training split.
    pub trained_here: bool,
    /// Its accuracy on images of the training split that it was not trained on, or on the images measured where it was given;
    /// absent where the labels are not its own.
    pub accuracy: Option<Estimate>,
    /// Over what that accuracy is.
    pub accuracy_over: String,
}

/// Two references.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReferenceAgreement {
    /// One.
    pub first: String,
    /// The other.
    pub second: String,
    /// Share of the measured images on which both predict the same class.
    pub same_prediction: f64,
    /// Whether they order the candidates alike: Spearman over candidates of the normalised combined measure, T→S; absent
    /// with fewer than three candidates.
    pub order_spearman: Option<f64>,
}

/// Every pair of references; `predictions` are theirs on the same images.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of images are small")]
pub fn reference_agreement(
    references: &[ReferenceRecord],
    predictions: &[Vec<usize>],
    candidates: &[CandidateRecord],
) -> Vec<ReferenceAgreement> {
    let measured: Vec<&CandidateRecord> =
        candidates.iter().filter(|candidate| candidate.alphas.len() == references.len()).collect();
    let column = |place: usize| -> Option<Vec<f64>> {
        measured.iter().map(|candidate| AlphaForm::CombinedNormalised.of(&candidate.alphas[place])).collect()
    };
    let mut pairs = Vec::new();
    for (place, first) in references.iter().enumerate() {
        for (other, second) in references.iter().enumerate().skip(place + 1) {
            let (a, b) = (&predictions[place], &predictions[other]);
            let same = a.iter().zip(b).filter(|(a, b)| a == b).count();
            let order_spearman = match (column(place), column(other)) {
                (Some(a), Some(b)) if a.len() > 2 => correlation(CorrelationKind::Spearman, &a, &b).ok(),
                _ => None,
            };
            pairs.push(ReferenceAgreement {
                first: first.name.clone(),
                second: second.name.clone(),
                same_prediction: same as f64 / a.len().max(1) as f64,
                order_spearman,
            });
        }
    }
    pairs
}
