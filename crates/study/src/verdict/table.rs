//! Values by source and training seed: references averaged first, so that n counts networks.

use crate::{
    plan::{Measure, SeenFrom, Study},
    records::{Collected, PairedImages},
};

use super::spread::mean;

/// Which value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The measure.
    pub measure: Measure,
    /// Whose attack on whom.
    pub direction: SeenFrom,
    /// The place of the budget.
    pub eps: usize,
    /// Whether only the images that the reference gets right are taken.
    pub reference_correct: bool,
}

/// The records of a study as a table.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    collected: &'a Collected,
}

impl<'a> Table<'a> {
    /// A view of the records.
    #[must_use]
    pub fn new(collected: &'a Collected) -> Self {
        Self { collected }
    }

    /// The study.
    #[must_use]
    pub fn study(&self) -> &'a Study {
        &self.collected.plan.study
    }

    /// The records.
    #[must_use]
    pub fn collected(&self) -> &'a Collected {
        self.collected
    }

    /// Places of the sources that count: all but controls.
    #[must_use]
    pub fn counted(&self) -> Vec<usize> {
        (0..self.study().sources.len()).filter(|&source| !self.study().sources[source].control).collect()
    }

    /// One value of each training seed of a source, the mean over references and their seeds. `None` where a pair lacks it.
    #[must_use]
    pub fn values(&self, source: usize, task: usize, key: Key) -> Option<Vec<f64>> {
        let seeds = 0..self.study().seeds.len();
        seeds.map(|seed| Some(mean(&self.by_reference(source, task, seed, key)?))).collect()
    }

    /// One value of each reference and its seeds.
    #[must_use]
    pub fn by_reference(&self, source: usize, task: usize, seed: usize, key: Key) -> Option<Vec<f64>> {
        let paired = self.collected.pair(source, task, seed)?;
        let one = |reference: &crate::records::WithReference| -> Option<f64> {
            let images = images(reference.budgets.get(key.eps)?, key)?;
            Some(images.direction(key.direction).get(&key.measure)?.estimate.value())
        };
        paired.references.iter().map(one).collect()
    }

    /// The mean over pairs of a number of each reading.
    #[must_use]
    pub fn mean_of(
        &self,
        source: usize,
        task: usize,
        key: Key,
        number: impl Fn(&crate::records::Reading) -> Option<f64>,
    ) -> Option<f64> {
        let mut all = Vec::new();
        for seed in 0..self.study().seeds.len() {
            for reference in &self.collected.pair(source, task, seed)?.references {
                let images = images(reference.budgets.get(key.eps)?, key)?;
                all.push(number(images.direction(key.direction).get(&key.measure)?)?);
            }
        }
        Some(mean(&all))
    }

    /// The outcome of each training seed.
    #[must_use]
    pub fn outcomes(&self, source: usize, task: usize) -> Option<Vec<f64>> {
        let seeds = 0..self.study().seeds.len();
        seeds.map(|seed| Some(self.collected.transfer(source, task, seed)?.outcome.accuracy.value())).collect()
    }

    /// What the untrained twin gave at each training seed.
    #[must_use]
    pub fn twins(&self, source: usize, task: usize) -> Option<Vec<f64>> {
        let seeds = 0..self.study().seeds.len();
        seeds.map(|seed| Some(self.collected.twin(source, task, seed)?.outcome.accuracy.value())).collect()
    }

    /// The accuracy of each training seed on the source's own test images.
    #[must_use]
    pub fn source_accuracies(&self, source: usize) -> Option<Vec<f64>> {
        let seeds = 0..self.study().seeds.len();
        seeds.map(|seed| Some(self.collected.source(source, seed)?.test_accuracy.value())).collect()
    }
}

fn images(budget: &crate::records::AtBudget, key: Key) -> Option<&PairedImages> {
    if key.reference_correct { budget.reference_correct.as_ref() } else { Some(&budget.all) }
}
