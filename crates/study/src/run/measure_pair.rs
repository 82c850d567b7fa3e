//! Cells that measure: a source attacked once a budget, seen by every reference, and theirs by it.

use std::sync::Arc;

use transferscope_lab::{
    data::ImageSet,
    deviate::{Attacked, attack, meet, see},
    subject::Subject,
};

use super::{
    Events, RunError,
    read_pair::{Reader, hash_of_ids, reference_correct},
};
use crate::{
    plan::AttackSettings,
    records::{Paired, WithReference},
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
    let begun = |one: &ReferenceAttacks<'_>| WithReference::begun(one.reference, one.seed);
    let mut by_reference: Vec<WithReference> = job.references.iter().map(begun).collect();
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
            pairs.push(deviated);
        }
        let reader = Reader { cell: job.cell, attack: job.attack, endpoint_eps: job.endpoint_eps };
        let read = reader.in_threads(&pairs, eps, job.threads);
        for ((record, deviated), budget) in by_reference.iter_mut().zip(&pairs).zip(read) {
            record.reference_correct = reference_correct(deviated).len();
            record.budgets.push(budget?);
        }
    }
    Ok(Paired { images: job.images.len(), image_ids: hash_of_ids(job.images.ids()), references: by_reference })
}

/// The random streams of the starts of a network's attacks.
pub(super) fn purpose(network: &str) -> String {
    format!("start of the attack on {network}")
}

pub(super) fn error_of_plan(error: transferscope_lab::budget::BudgetError) -> transferscope_lab::deviate::DeviateError {
    transferscope_lab::deviate::PlanError::from(error).into()
}
