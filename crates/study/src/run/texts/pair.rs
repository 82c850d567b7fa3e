//! Cells that measure: the words of a source attacked once a budget, its texts read by every reference, and theirs by it.

use std::path::Path;

use transferscope_lab::{
    data::text::TextSet,
    roles::{Pair, Source, Target},
    text::{ChangedText, TextSubject, attack_texts, meet_texts},
};

use crate::{
    plan::AttackSettings,
    record::write_text,
    records::{Paired, StoreError, WithReference},
    run::{
        Events, RunError,
        read_pair::{Reader, hash_of_ids, reference_correct},
    },
};

/// Gives the attack on a network at the budget of this place.
pub(super) type AttackMaker<'a> = dyn Fn(&TextSubject, usize) -> Result<Vec<ChangedText>, RunError> + 'a;

/// A reference, and where its attacks come from.
pub(super) struct ReferenceTexts<'a> {
    pub reference: usize,
    pub seed: usize,
    pub subject: TextSubject,
    /// The attack on it at a budget, made once for all sources.
    pub changed: Box<AttackMaker<'a>>,
}

/// What is measured.
pub(super) struct Job<'a> {
    pub cell: &'a str,
    pub source: &'a TextSubject,
    pub texts: &'a TextSet,
    pub references: Vec<ReferenceTexts<'a>>,
    pub attack: &'a AttackSettings,
    pub endpoint_eps: usize,
    pub threads: usize,
}

pub(super) fn measure(job: &Job<'_>, events: &dyn Events) -> Result<Paired, RunError> {
    let begun = |one: &ReferenceTexts<'_>| WithReference::begun(one.reference, one.seed);
    let mut by_reference: Vec<WithReference> = job.references.iter().map(begun).collect();
    for eps in 0..job.attack.eps.len() {
        let own = changed_words(job.cell, job.source, job.texts, job.attack, eps, job.threads, events)?;
        let mut pairs = Vec::new();
        for reference in &job.references {
            let theirs = (reference.changed)(&reference.subject, eps)?;
            let pair = Pair { source: Source(job.source), target: Target(&reference.subject) };
            let progress = events.progress(&format!("{}: texts read at {}", job.cell, job.attack.eps[eps].0));
            let met = meet_texts(pair, job.texts, [&own, &theirs], job.attack.seed, job.threads, progress.as_ref());
            pairs.push(met.map_err(|error| RunError::text(job.cell, error))?);
        }
        let reader = Reader { cell: job.cell, attack: job.attack, endpoint_eps: job.endpoint_eps };
        let read = reader.in_threads(&pairs, eps, job.threads);
        for ((record, deviated), budget) in by_reference.iter_mut().zip(&pairs).zip(read) {
            record.reference_correct = reference_correct(deviated).len();
            record.budgets.push(budget?);
        }
    }
    Ok(Paired { images: job.texts.len(), image_ids: hash_of_ids(job.texts.ids()), references: by_reference })
}

/// The attack on the words of a network at a budget.
pub(super) fn changed_words(
    cell: &str,
    subject: &TextSubject,
    texts: &TextSet,
    attack: &AttackSettings,
    eps: usize,
    threads: usize,
    events: &dyn Events,
) -> Result<Vec<ChangedText>, RunError> {
    let Some((family, method)) = attack.word_family(eps) else {
        return Err(RunError::Missing { cell: cell.to_owned(), needed: "an attack on words".to_owned() });
    };
    let progress = events.progress(&format!("{cell}: texts changed at {}", attack.eps[eps].0));
    attack_texts(subject, texts, &family, method, threads, progress.as_ref())
        .map_err(|error| RunError::text(cell, error))
}

/// Changed texts from their file, or made and stored there, to the same bytes.
pub(super) fn kept(
    path: &Path,
    make: impl FnOnce() -> Result<Vec<ChangedText>, RunError>,
) -> Result<Vec<ChangedText>, RunError> {
    let damaged = |error: serde_json::Error| StoreError::Damaged { path: path.to_owned(), problem: error.to_string() };
    if path.is_file() {
        let text =
            std::fs::read_to_string(path).map_err(|source| StoreError::Read { path: path.to_owned(), source })?;
        return Ok(serde_json::from_str(&text).map_err(damaged)?);
    }
    let made = make()?;
    let text = serde_json::to_string(&made).map_err(damaged)?;
    write_text(path, &text).map_err(StoreError::from)?;
    Ok(made)
}
