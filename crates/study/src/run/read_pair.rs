//! From the deviations of a pair to its record at a budget.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use transferscope_lab::deviate::{Deviated, Rows};
use transferscope_theory::transferability::{ReportOptions, TransferabilityError};

use super::RunError;
use crate::{
    measurement::{MeasurementError, directions_of},
    plan::{AttackSettings, Measure},
    records::{AtBudget, PairedImages, readings},
};

/// A hash of the identities of what was attacked.
pub(super) fn hash_of_ids(ids: &[u64]) -> String {
    let bytes: Vec<u8> = ids.iter().flat_map(|id| id.to_le_bytes()).collect();
    Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Places of the images that the reference gets right.
pub(super) fn reference_correct(deviated: &Deviated) -> Vec<usize> {
    let Some(labels) = &deviated.labels else { return Vec::new() };
    (0..labels.len()).filter(|&image| deviated.target_prediction[image] == labels[image] as usize).collect()
}

/// Reads the measures of pairs off their deviations.
pub(super) struct Reader<'a> {
    pub cell: &'a str,
    pub attack: &'a AttackSettings,
    /// The budget at which restarts are also read one by one.
    pub endpoint_eps: usize,
}

impl Reader<'_> {
    /// The readings of all pairs, in their order: each is made on one thread.
    pub(super) fn in_threads(&self, pairs: &[Deviated], eps: usize, threads: usize) -> Vec<Result<AtBudget, RunError>> {
        let share = pairs.len().div_ceil(threads.max(1)).max(1);
        std::thread::scope(|scope| {
            let read = |pairs: &[Deviated]| -> Vec<Result<AtBudget, RunError>> {
                pairs.iter().map(|deviated| self.at_budget(deviated, eps)).collect()
            };
            let workers: Vec<_> = pairs.chunks(share).map(|pairs| scope.spawn(move || read(pairs))).collect();
            let joined = workers.into_iter().map(|worker| worker.join());
            joined.flat_map(|read| read.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
        })
    }

    fn at_budget(&self, deviated: &Deviated, eps: usize) -> Result<AtBudget, RunError> {
        let correct = reference_correct(deviated);
        let every: Vec<usize> = (0..deviated.ids.len()).collect();
        let restarts: Vec<usize> = (0..deviated.restarts).collect();
        let reference_correct = match correct.len() {
            0 | 1 => None,
            _ => Some(self.paired(&deviated.chosen(&correct, &restarts), 0)?),
        };
        let mut by_restart = Vec::new();
        if eps == self.endpoint_eps && restarts.len() > 1 {
            for &restart in &restarts {
                let one = self.paired(&deviated.chosen(&every, &[restart]), 0)?;
                let plain = |readings: &crate::records::DirectionReadings| -> BTreeMap<Measure, f64> {
                    readings.iter().map(|(measure, reading)| (*measure, reading.estimate.value())).collect()
                };
                by_restart.push([plain(&one.s_to_t), plain(&one.t_to_s)]);
            }
        }
        Ok(AtBudget { all: self.paired(deviated, self.attack.permutations)?, reference_correct, by_restart })
    }

    fn paired(&self, deviated: &Deviated, permutations: usize) -> Result<PairedImages, RunError> {
        let options = ReportOptions { permutations, seed: self.attack.seed, ..ReportOptions::default() };
        let [s_to_t, t_to_s] = match directions_of(deviated, false, &options) {
            Ok(measured) => measured,
            // A network that its own attack does not move has no measure, in either direction: a finding, not a failure.
            Err(MeasurementError::Transferability(undefined @ TransferabilityError::NothingLeft { .. })) => {
                return Ok(PairedImages::undefined(undefined.to_string(), deviated.zero_gradients));
            }
            Err(source) => return Err(RunError::Measure { cell: self.cell.to_owned(), source }),
        };
        let changed = |direction: &crate::measurement::Direction| {
            direction.success.as_ref().and_then(|success| success.prediction_changed.clone())
        };
        let mut both = [readings(&s_to_t.report)?, readings(&t_to_s.report)?];
        let noise = [
            envelope_of_noise(&deviated.target_under_noise, &deviated.target_under_target),
            envelope_of_noise(&deviated.source_under_noise, &deviated.source_under_source),
        ];
        for (readings, noise) in both.iter_mut().zip(noise) {
            if let Some(envelope) = readings.get_mut(&Measure::Alpha1Envelope) {
                envelope.references.noise = noise;
            }
        }
        let (target_changed, source_changed) = (changed(&s_to_t), changed(&t_to_s));
        let [s_to_t, t_to_s] = both;
        let zero_gradients = deviated.zero_gradients;
        Ok(PairedImages { target_changed, source_changed, s_to_t, t_to_s, zero_gradients, undefined: None })
    }
}

/// The envelope form of alpha1 with noise in the place of the other network's attack: the mean of
/// |Δ under noise| / max(|Δ under noise|, |Δ under its own attack|). `None` where nothing moved.
fn envelope_of_noise(noise: &Rows, own: &Rows) -> Option<f64> {
    let length = |row: &[f64]| row.iter().map(|x| x * x).sum::<f64>().sqrt();
    let ratios: Vec<f64> = (0..noise.count().min(own.count()))
        .map(|row| (length(noise.row(row)), length(own.row(row))))
        .filter(|(_, own)| *own > 0.0)
        .map(|(noise, own)| noise / noise.max(own))
        .collect();
    (!ratios.is_empty()).then(|| ratios.iter().sum::<f64>() / ratios.len() as f64)
}
