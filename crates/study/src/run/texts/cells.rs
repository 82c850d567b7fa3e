//! What is done in each cell of a study of sentences.

use transferscope_lab::{
    data::text::TextSet,
    text::{TextNetwork, TextSubject},
};

use super::{
    carry_over::carry_over,
    examples::{Onlooker, examples},
    networks::{fresh, part, subject},
    pair::{self, ReferenceTexts, changed_words, kept, measure},
    train::{self, train},
    word_counts::word_counts,
};
use crate::{
    plan::{Cell, CellKind, PretrainedText, SeenFrom, TextReading},
    records::Answer,
    run::{PreparedSets, RunError, Runner},
};

/// The cells of a study of sentences.
pub(in crate::run) struct TextCells<'a> {
    pub run: &'a Runner<'a>,
    pub data: &'a PreparedSets<TextSet>,
    pub reading: TextReading,
    pub pretrained: &'a [PretrainedText],
}

impl TextCells<'_> {
    pub(in crate::run) fn answer(&self, cell: &Cell) -> Result<Answer, RunError> {
        let study = self.run.study();
        match cell.kind {
            CellKind::TrainReference { reference, task, seed } => self.train_reference(cell, reference, task, seed),
            CellKind::TrainSource { source, seed } => self.train_source(cell, source, seed),
            CellKind::RawPixels { task } => {
                let counts = word_counts(&cell.name, &self.data.tasks[task], &study.transfer, self.run.means())?;
                Ok(Answer::RawPixels(counts))
            }
            CellKind::Transfer { source, task, seed } => {
                let fresh = self.fresh_source(cell, source, seed)?.0;
                let graph = self.run.stored(cell, CellKind::TrainSource { source, seed }, &fresh.graph)?;
                self.carry(cell, &TextNetwork { graph, ..fresh }, task, study.seeds[seed])
            }
            CellKind::TwinTransfer { source, task, seed } => {
                // No normalization goes by the batch, so the network before it learns is the twin as it stands.
                self.carry(cell, &self.fresh_source(cell, source, seed)?.0, task, study.seeds[seed])
            }
            CellKind::Pair { source, task, seed } => self.pair(cell, source, task, seed),
            CellKind::Examples { task } => self.examples(cell, task),
        }
    }

    /// A source before its training, and the texts that it learns from and knows the words of.
    fn fresh_source(&self, cell: &Cell, source: usize, seed: usize) -> Result<(TextNetwork, TextSet), RunError> {
        let (of, seed) = (&self.run.study().sources[source], self.run.study().seeds[seed]);
        let texts = part(&self.data.sources[source][0], of.recipe.images, seed)
            .map_err(|error| RunError::text(&cell.name, error))?;
        let network = fresh(&cell.name, (&of.network, of.width), (&self.reading, self.pretrained), &texts, seed)?;
        Ok((network, texts))
    }

    fn fresh_reference(
        &self,
        cell: &Cell,
        [reference, task, seed]: [usize; 3],
    ) -> Result<(TextNetwork, TextSet), RunError> {
        let (of, seed) = (&self.run.study().references[reference], self.run.study().reference_seeds[seed]);
        let texts = part(&self.data.tasks[task].train, of.recipe.images, seed)
            .map_err(|error| RunError::text(&cell.name, error))?;
        let network = fresh(&cell.name, (&of.network, of.width), (&self.reading, self.pretrained), &texts, seed)?;
        Ok((network, texts))
    }

    fn train_source(&self, cell: &Cell, source: usize, seed: usize) -> Result<Answer, RunError> {
        let of = &self.run.study().sources[source];
        let (fresh, texts) = self.fresh_source(cell, source, seed)?;
        self.store_trained(
            cell,
            train::Job {
                cell: &cell.name,
                network: &of.network,
                family: &of.family,
                fresh,
                recipe: &of.recipe,
                seed: self.run.study().seeds[seed],
                untrained: of.untrained,
                train: &texts,
                test: &self.data.sources[source][1],
                checkpoint: &self.run.store.checkpoint(cell),
            },
        )
    }

    fn train_reference(&self, cell: &Cell, reference: usize, task: usize, seed: usize) -> Result<Answer, RunError> {
        let of = &self.run.study().references[reference];
        let (fresh, texts) = self.fresh_reference(cell, [reference, task, seed])?;
        self.store_trained(
            cell,
            train::Job {
                cell: &cell.name,
                network: &of.network,
                family: &of.family,
                fresh,
                recipe: &of.recipe,
                seed: self.run.study().reference_seeds[seed],
                untrained: false,
                train: &texts,
                test: &self.data.tasks[task].outcome,
                checkpoint: &self.run.store.checkpoint(cell),
            },
        )
    }

    fn store_trained(&self, cell: &Cell, job: train::Job<'_>) -> Result<Answer, RunError> {
        let (network, mut record) = train(job, self.run.means())?;
        record.weights_sha256 = self.run.store.write_network(cell, &network.graph)?;
        Ok(Answer::Trained(Box::new(record)))
    }

    fn carry(&self, cell: &Cell, network: &TextNetwork, task: usize, seed: u64) -> Result<Answer, RunError> {
        let settings = &self.run.study().transfer;
        let given = carry_over(&cell.name, network, &self.data.tasks[task], settings, seed, self.run.means())?;
        Ok(Answer::Transferred(given))
    }

    fn source_subject(&self, cell: &Cell, source: usize, seed: usize) -> Result<TextSubject, RunError> {
        let fresh = self.fresh_source(cell, source, seed)?.0;
        let graph = self.run.stored(cell, CellKind::TrainSource { source, seed }, &fresh.graph)?;
        let name = self.run.source_name(source, seed);
        subject(&cell.name, &name, &TextNetwork { graph, ..fresh }, &self.run.engine)
    }

    fn reference_subject(&self, cell: &Cell, at: [usize; 3]) -> Result<TextSubject, RunError> {
        let [reference, task, seed] = at;
        let fresh = self.fresh_reference(cell, at)?.0;
        let graph = self.run.stored(cell, CellKind::TrainReference { reference, task, seed }, &fresh.graph)?;
        let name = self.run.reference_name(reference, task, seed);
        subject(&cell.name, &name, &TextNetwork { graph, ..fresh }, &self.run.engine)
    }

    fn pair(&self, cell: &Cell, source: usize, task: usize, seed: usize) -> Result<Answer, RunError> {
        let study = self.run.study();
        let texts = self.data.tasks[task].alpha.as_ref();
        let subject = self.source_subject(cell, source, seed)?;
        let mut references = Vec::new();
        for reference in 0..study.references.len() {
            for seed in 0..study.reference_seeds.len() {
                let at = [reference, task, seed];
                let changed = Box::new(move |subject: &TextSubject, eps: usize| {
                    let path = self.run.attack_path(cell, at, eps, texts.ids())?;
                    let (threads, events) = (self.run.threads, self.run.events);
                    kept(&path, || {
                        changed_words(&cell.name, subject, texts, &self.run.study().attack, eps, threads, events)
                    })
                });
                let subject = self.reference_subject(cell, at)?;
                references.push(ReferenceTexts { reference, seed, subject, changed });
            }
        }
        let job = pair::Job {
            cell: &cell.name,
            source: &subject,
            texts,
            references,
            attack: &study.attack,
            endpoint_eps: study.endpoint.eps,
            threads: self.run.threads,
        };
        Ok(Answer::Paired(Box::new(measure(&job, self.run.events)?)))
    }

    fn examples(&self, cell: &Cell, task: usize) -> Result<Answer, RunError> {
        let study = self.run.study();
        let references = (0..study.references.len())
            .map(|reference| self.reference_subject(cell, [reference, task, 0]))
            .collect::<Result<Vec<_>, _>>()?;
        let sources = (0..study.sources.len())
            .map(|source| self.source_subject(cell, source, 0))
            .collect::<Result<Vec<_>, _>>()?;
        let first_source = study.sources.iter().position(|source| !source.control).unwrap_or(0);
        let (name, subject) = match study.endpoint.direction {
            SeenFrom::TargetToSource => (self.run.reference_name(0, task, 0), &references[0]),
            SeenFrom::SourceToTarget => (self.run.source_name(first_source, 0), &sources[first_source]),
        };
        let of_references = study.references.iter().zip(&references).map(|(of, subject)| Onlooker {
            name: of.name.clone(),
            reference: true,
            subject,
        });
        let of_sources = study.sources.iter().zip(&sources).map(|(of, subject)| Onlooker {
            name: of.name.clone(),
            reference: false,
            subject,
        });
        let onlookers: Vec<Onlooker<'_>> = of_references.chain(of_sources).collect();
        let texts = self.data.tasks[task].alpha.as_ref();
        let made = examples(
            &cell.name,
            (&name, subject),
            &onlookers,
            texts,
            &study.attack,
            study.endpoint.eps,
            self.run.means(),
        )?;
        Ok(Answer::TextExamples(Box::new(made)))
    }
}
