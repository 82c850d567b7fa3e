//! The records of a plan, all of them or those that are there.

use std::collections::BTreeMap;

use super::{
    Answer, Examples, Paired, PlanFile, RawPixels, Record, Store, StoreError, TextExamples, Trained, Transferred,
};
use crate::plan::{CellKind, twin_of};

/// Why a study cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The folder failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Cells are missing.
    #[error(
        "{missing} of {all} cells have no record yet (the first is {first}): \
         the same `run` command does them and leaves what is there as it is"
    )]
    Unfinished {
        /// How many.
        missing: usize,
        /// Of how many.
        all: usize,
        /// The first.
        first: String,
    },
}

/// A plan with the records of all its cells.
#[derive(Clone, Debug)]
pub struct Collected {
    /// The plan.
    pub plan: PlanFile,
    records: BTreeMap<CellKind, Record>,
}

/// Reads the records of the plan that stands in a folder.
///
/// # Errors
/// Where a record is missing or damaged.
pub fn collect(store: &Store) -> Result<Collected, CollectError> {
    let plan = store.require_plan()?;
    let mut records = BTreeMap::new();
    let mut missing = Vec::new();
    for cell in &plan.cells {
        match store.record(cell)? {
            Some(record) => drop(records.insert(cell.kind, record)),
            None => missing.push(cell.name.clone()),
        }
    }
    match missing.first() {
        Some(first) => {
            Err(CollectError::Unfinished { missing: missing.len(), all: plan.cells.len(), first: first.clone() })
        }
        None => Ok(Collected { plan, records }),
    }
}

impl Collected {
    fn answer(&self, kind: CellKind) -> Option<&Answer> {
        self.records.get(&kind).map(|record| &record.answer)
    }

    /// The engines that ran, each once.
    #[must_use]
    pub fn engines(&self) -> Vec<String> {
        let mut engines: Vec<String> = self.records.values().map(|record| record.engine.clone()).collect();
        engines.sort();
        engines.dedup();
        engines
    }

    /// A trained source.
    #[must_use]
    pub fn source(&self, source: usize, seed: usize) -> Option<&Trained> {
        match self.answer(CellKind::TrainSource { source, seed }) {
            Some(Answer::Trained(trained)) => Some(trained),
            _ => None,
        }
    }

    /// A trained reference.
    #[must_use]
    pub fn reference(&self, reference: usize, task: usize, seed: usize) -> Option<&Trained> {
        match self.answer(CellKind::TrainReference { reference, task, seed }) {
            Some(Answer::Trained(trained)) => Some(trained),
            _ => None,
        }
    }

    /// What carrying a source over gave.
    #[must_use]
    pub fn transfer(&self, source: usize, task: usize, seed: usize) -> Option<&Transferred> {
        match self.answer(CellKind::Transfer { source, task, seed }) {
            Some(Answer::Transferred(transferred)) => Some(transferred),
            _ => None,
        }
    }

    /// What carrying its untrained twin over gave.
    #[must_use]
    pub fn twin(&self, source: usize, task: usize, seed: usize) -> Option<&Transferred> {
        let source = twin_of(&self.plan.study, source);
        match self.answer(CellKind::TwinTransfer { source, task, seed }) {
            Some(Answer::Transferred(transferred)) => Some(transferred),
            _ => None,
        }
    }

    /// A source measured against the references.
    #[must_use]
    pub fn pair(&self, source: usize, task: usize, seed: usize) -> Option<&Paired> {
        match self.answer(CellKind::Pair { source, task, seed }) {
            Some(Answer::Paired(paired)) => Some(paired),
            _ => None,
        }
    }

    /// The classifier on raw pixels.
    #[must_use]
    pub fn raw_pixels(&self, task: usize) -> Option<&RawPixels> {
        match self.answer(CellKind::RawPixels { task }) {
            Some(Answer::RawPixels(pixels)) => Some(pixels),
            _ => None,
        }
    }

    /// The texts of a task.
    #[must_use]
    pub fn text_examples(&self, task: usize) -> Option<&TextExamples> {
        match self.answer(CellKind::Examples { task }) {
            Some(Answer::TextExamples(examples)) => Some(examples),
            _ => None,
        }
    }

    /// The images of a task.
    #[must_use]
    pub fn examples(&self, task: usize) -> Option<&Examples> {
        match self.answer(CellKind::Examples { task }) {
            Some(Answer::Examples(examples)) => Some(examples),
            _ => None,
        }
    }
}
