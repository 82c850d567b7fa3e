//! The probe: logistic regression on features, its penalty chosen on validation images.

use transferscope_network::array::{Array, ArrayError};
use transferscope_theory::logistic::{Logistic, fit_logistic};

use super::{Candidate, TransferError, TransferPlan};
use crate::{
    deviate::Progress,
    training::{FeatureRows, FitError, Share, split::stratified_split},
};

/// A fitted probe.
pub(super) struct Probe {
    pub model: Logistic,
    pub candidates: Vec<Candidate>,
    pub penalty: f64,
    pub converged: bool,
}

impl Probe {
    /// The head's weight and bias.
    #[expect(clippy::cast_possible_truncation, reason = "rounding to f32 is what is asked for")]
    pub(super) fn head(&self, width: usize) -> Result<[Array<f32>; 2], ArrayError> {
        let narrow =
            |numbers: &[f64], shape: Vec<usize>| Array::new(shape, numbers.iter().map(|&x| x as f32).collect());
        let classes = self.model.bias.len();
        Ok([narrow(&self.model.weight, vec![classes, width])?, narrow(&self.model.bias, vec![classes])?])
    }
}

/// Chooses the penalty on held-out rows, then fits all rows with it.
pub(super) fn fit_probe(
    rows: &FeatureRows,
    plan: &TransferPlan,
    progress: &dyn Progress,
) -> Result<Probe, TransferError> {
    let width = rows.rows.row_length();
    let split = stratified_split(&rows.labels, plan.probe_share(), plan.recipe.seed);
    if split.validation.is_empty() {
        return Err(FitError::NoValidation.into());
    }
    let part = |indices: &[usize]| -> (Vec<f32>, Vec<u32>) {
        let features = indices.iter().flat_map(|&index| rows.rows.row(index)).copied().collect();
        (features, indices.iter().map(|&index| rows.labels[index]).collect())
    };
    let (features, labels) = part(&split.training);
    let mut candidates = Vec::with_capacity(plan.penalties.len());
    let mut best: Option<(Share, f64)> = None;
    let works = plan.penalties.len() + 1;
    for (place, &penalty) in plan.penalties.iter().enumerate() {
        if progress.stopped() {
            return Err(FitError::Stopped.into());
        }
        let fit = fit_logistic(&features, &labels, width, rows.classes, penalty)?;
        let share = judge(&fit.model, rows, &split.validation);
        candidates.push(Candidate { setting: penalty, validation: Some(share), diverged: false });
        if best.is_none_or(|(best, _)| share.is_better_than(&best)) {
            best = Some((share, penalty));
        }
        progress.advanced(place + 1, works);
    }
    let penalty = best.map_or(0.0, |(_, penalty)| penalty);
    let fit = fit_logistic(rows.rows.data(), &rows.labels, width, rows.classes, penalty)?;
    progress.advanced(works, works);
    Ok(Probe { model: fit.model, candidates, penalty, converged: fit.converged })
}

/// How many of the chosen rows a model gets right, and its mean cross entropy there.
#[expect(clippy::cast_precision_loss, reason = "counts of images are small")]
fn judge(model: &Logistic, rows: &FeatureRows, indices: &[usize]) -> Share {
    let (mut right, mut loss) = (0, 0.0);
    for &index in indices {
        let (features, label) = (rows.rows.row(index), rows.labels[index] as usize);
        right += usize::from(model.predict(features) == label);
        let logits = model.logits(features);
        let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        loss += largest + logits.iter().map(|z| (z - largest).exp()).sum::<f64>().ln() - logits[label];
    }
    Share { right, images: indices.len(), loss: loss / indices.len().max(1) as f64 }
}

/// Whether the model gets each row right.
pub(super) fn correct(model: &Logistic, rows: &FeatureRows) -> Vec<bool> {
    rows.labels.iter().enumerate().map(|(row, &label)| model.predict(rows.rows.row(row)) == label as usize).collect()
}
