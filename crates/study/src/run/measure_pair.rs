//! Cells that measure: a source attacked once a budget, seen by every reference, and theirs by it.

use std::{collections::BTreeMap, sync::Arc};

use sha2::{Digest, Sha256};
use transferscope_lab::{
    data::ImageSet,
    deviate::{Attacked, Deviated, Rows, attack, meet, see},
    subject::Subject,
};
use transferscope_theory::transferability::{ReportOptions, TransferabilityError};

use super::{Events, RunError};
use crate::{
    measurement::{MeasurementError, directions_of},
    plan::{AttackSettings, Measure},
    records::{AtBudget, Paired, PairedImages, WithReference, readings},
};

/// A reference, and where its attacks come from.
pub(super) struct ReferenceAttacks<'a> {
    pub reference: usize,
    pub seed: usize,
    pub subject: Arc<Subject>,
    /// The attack on it at a budget, made once for all sources.
    pub attacked: Box<dyn Fn(usize) -> Result<Attacked, RunError> + 'a>,
}

/// What is measured.
pub(super) struct Job<'a> {
    pub cell: &'a str,
    pub source: &'a Subject,
    pub source_name: &'a str,
    pub images: &'a ImageSet,
    pub references: Vec<ReferenceAttacks<'a>>,
    pub attack: &'a AttackSettings,
    /// The budget of the endpoint, at which restarts are also measured one by one.
    pub endpoint_eps: usize,
    pub threads: usize,
}

pub(super) fn measure(job: &Job<'_>, events: &dyn Events) -> Result<Paired, RunError> {
    let failed = |error| RunError::deviate(job.cell, error);
    let mut by_reference: Vec<WithReference> = job
        .references
        .iter()
        .map(|one| WithReference {
            reference: one.reference,
            seed: one.seed,
            reference_correct: 0,
            budgets: Vec::new(),
        })
        .collect();
    for eps in 0..job.attack.eps.len() {
        let plan = job.attack.plan(eps, job.threads).map_err(|error| failed(error_of_plan(error)))?;
        let progress = events.progress(&format!("{}: images at {}", job.cell, job.attack.eps[eps].0));
        let own =
            attack(job.source, job.images, &plan, &purpose(job.source_name), progress.as_ref()).map_err(failed)?;
        let mut pairs = Vec::new();
        for reference in &job.references {
            let theirs = (reference.attacked)(eps)?;
            let target_seen = see(&reference.subject, &theirs, &own, &plan, progress.as_ref()).map_err(failed)?;
            let source_seen = see(job.source, &own, &theirs, &plan, progress.as_ref()).map_err(failed)?;
            let deviated = meet(&own, &theirs, source_seen, target_seen).map_err(failed)?;
            let correct = reference_correct(&deviated);
            pairs.push((deviated, correct));
        }
        let reader = Reader { cell: job.cell, attack: job.attack, endpoint_eps: job.endpoint_eps };
        let read = reader.in_threads(&pairs, eps, job.threads);
        for ((record, (_, correct)), budget) in by_reference.iter_mut().zip(&pairs).zip(read) {
            record.reference_correct = correct.len();
            record.budgets.push(budget?);
        }
    }
    let ids: Vec<u8> = job.images.ids().iter().flat_map(|id| id.to_le_bytes()).collect();
    Ok(Paired {
        images: job.images.len(),
        image_ids: Sha256::digest(&ids).iter().map(|byte| format!("{byte:02x}")).collect(),
        references: by_reference,
    })
}

/// The random streams of the starts of a network's attacks.
pub(super) fn purpose(network: &str) -> String {
    format!("start of the attack on {network}")
}

pub(super) fn error_of_plan(error: transferscope_lab::budget::BudgetError) -> transferscope_lab::deviate::DeviateError {
    transferscope_lab::deviate::PlanError::from(error).into()
}

/// Places of the images that the reference gets right.
fn reference_correct(deviated: &Deviated) -> Vec<usize> {
    let Some(labels) = &deviated.labels else { return Vec::new() };
    (0..labels.len()).filter(|&image| deviated.target_prediction[image] == labels[image] as usize).collect()
}

/// Reads the measures of pairs off their deviations.
struct Reader<'a> {
    cell: &'a str,
    attack: &'a AttackSettings,
    endpoint_eps: usize,
}

impl Reader<'_> {
    /// The readings of all pairs, in their order: each is made on one thread.
    fn in_threads(
        &self,
        pairs: &[(Deviated, Vec<usize>)],
        eps: usize,
        threads: usize,
    ) -> Vec<Result<AtBudget, RunError>> {
        let share = pairs.len().div_ceil(threads.max(1)).max(1);
        std::thread::scope(|scope| {
            let read = |pairs: &[(Deviated, Vec<usize>)]| -> Vec<Result<AtBudget, RunError>> {
                pairs.iter().map(|(deviated, correct)| self.at_budget(deviated, correct, eps)).collect()
            };
            let workers: Vec<_> = pairs.chunks(share).map(|pairs| scope.spawn(move || read(pairs))).collect();
            let joined = workers.into_iter().map(|worker| worker.join());
            joined.flat_map(|read| read.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
        })
    }

    fn at_budget(&self, deviated: &Deviated, correct: &[usize], eps: usize) -> Result<AtBudget, RunError> {
        let every: Vec<usize> = (0..deviated.ids.len()).collect();
        let restarts: Vec<usize> = (0..deviated.restarts).collect();
        let reference_correct = match correct.len() {
            0 | 1 => None,
            _ => Some(self.paired(&deviated.chosen(correct, &restarts), 0)?),
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
