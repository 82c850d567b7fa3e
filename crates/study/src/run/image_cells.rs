//! What is done in each cell of a study of images.

use std::{collections::HashMap, sync::Arc};

use transferscope_lab::{data::ImageSet, deviate::Attacked, subject::Subject};

use super::{
    PreparedSets, RunError, Runner, attack_file,
    carry_over::{carry_over, raw_pixels, twin},
    measure_pair::{self, ReferenceAttacks, error_of_plan, measure, purpose},
    networks::Network,
    pictures::{Onlooker, examples},
    train_network::{self, train},
    transform::{permuted, transformed},
};
use crate::{
    plan::{Cell, CellKind, Problem, SeenFrom},
    records::Answer,
};

/// The cells of a study of images.
pub(super) struct ImageCells<'a> {
    pub run: &'a Runner<'a>,
    pub data: &'a PreparedSets<ImageSet>,
}

impl ImageCells<'_> {
    pub(super) fn answer(&self, cell: &Cell) -> Result<Answer, RunError> {
        match cell.kind {
            CellKind::TrainReference { reference, task, seed } => self.train_reference(cell, reference, task, seed),
            CellKind::TrainSource { source, seed } => self.train_source(cell, source, seed),
            CellKind::RawPixels { task } => {
                let pixels =
                    raw_pixels(&cell.name, &self.data.tasks[task], &self.run.study().transfer, self.run.means())?;
                Ok(Answer::RawPixels(pixels))
            }
            CellKind::Transfer { source, task, seed } => {
                let network = self.source_network(cell, source, seed)?;
                self.carry(cell, &network, task, self.run.study().seeds[seed])
            }
            CellKind::TwinTransfer { source, task, seed } => {
                let (of, seed) = (&self.run.study().sources[source], self.run.study().seeds[seed]);
                let classes = self.data.tasks[task].train.class_names().unwrap_or_default().to_vec();
                let fresh = Network::fresh(&of.network, of.width, &classes, seed)?;
                let twin = twin(&cell.name, &fresh, &self.data.tasks[task], seed)?;
                self.carry(cell, &twin, task, seed)
            }
            CellKind::Pair { source, task, seed } => self.pair(cell, source, task, seed),
            CellKind::Examples { task } => self.examples(cell, task),
        }
    }

    fn train_source(&self, cell: &Cell, source: usize, seed: usize) -> Result<Answer, RunError> {
        let of = &self.run.study().sources[source];
        let [train_set, test_set] = &self.data.sources[source];
        let seed = self.run.study().seeds[seed];
        let at_data = |error| RunError::Problem(Problem::at(of.data.key.clone(), error));
        let (images, noisy_labels) = transformed(train_set, of.transform, of.recipe.images, seed).map_err(at_data)?;
        let test = permuted(test_set, of.transform).map_err(at_data)?;
        self.store_trained(
            cell,
            &train_network::Job {
                cell: &cell.name,
                network: &of.network,
                family: &of.family,
                width: of.width,
                recipe: &of.recipe,
                seed,
                untrained: of.untrained,
                train: &images,
                test: &test,
                noisy_labels,
                checkpoint: &self.run.store.checkpoint(cell),
            },
        )
    }

    fn train_reference(&self, cell: &Cell, reference: usize, task: usize, seed: usize) -> Result<Answer, RunError> {
        let of = &self.run.study().references[reference];
        let images = &self.data.tasks[task];
        let seed = self.run.study().reference_seeds[seed];
        let whole = crate::plan::Transform { fraction: 1.0, label_noise: 0.0, permuted_pixels: false };
        let (train_set, _) = transformed(&images.train, whole, of.recipe.images, seed)
            .map_err(|error| RunError::Problem(Problem::at("target.data", error)))?;
        self.store_trained(
            cell,
            &train_network::Job {
                cell: &cell.name,
                network: &of.network,
                family: &of.family,
                width: of.width,
                recipe: &of.recipe,
                seed,
                untrained: false,
                train: &train_set,
                test: &images.outcome,
                noisy_labels: 0,
                checkpoint: &self.run.store.checkpoint(cell),
            },
        )
    }

    fn store_trained(&self, cell: &Cell, job: &train_network::Job<'_>) -> Result<Answer, RunError> {
        let (network, mut record) = train(job, self.run.means())?;
        record.weights_sha256 = self.run.store.write_network(cell, &network.graph)?;
        Ok(Answer::Trained(Box::new(record)))
    }

    fn carry(&self, cell: &Cell, network: &Network, task: usize, seed: u64) -> Result<Answer, RunError> {
        let images = &self.data.tasks[task];
        let settings = &self.run.study().transfer;
        let given = carry_over(&cell.name, network, images, settings, seed, self.run.means())?;
        Ok(Answer::Transferred(given))
    }

    fn pair(&self, cell: &Cell, source: usize, task: usize, seed: usize) -> Result<Answer, RunError> {
        let images = self.data.tasks[task].alpha.as_ref();
        let name = self.run.source_name(source, seed);
        let subject = self.source_network(cell, source, seed)?.subject(&name, images, &self.run.engine)?;
        let mut references = Vec::new();
        for reference in 0..self.run.study().references.len() {
            for seed in 0..self.run.study().reference_seeds.len() {
                let subject = Arc::new(self.reference_subject(cell, reference, task, seed)?);
                let own = Arc::clone(&subject);
                let attacked = Box::new(move |eps| self.reference_attacked(cell, &own, [reference, task, seed], eps));
                references.push(ReferenceAttacks { reference, seed, subject, attacked });
            }
        }
        let job = measure_pair::Job {
            cell: &cell.name,
            source: &subject,
            source_name: &name,
            images,
            references,
            attack: &self.run.study().attack,
            endpoint_eps: self.run.study().endpoint.eps,
            threads: self.run.threads,
        };
        Ok(Answer::Paired(Box::new(measure(&job, self.run.events)?)))
    }

    fn examples(&self, cell: &Cell, task: usize) -> Result<Answer, RunError> {
        let images = self.data.tasks[task].alpha.as_ref();
        let study = self.run.study();
        let mut subjects: HashMap<(bool, usize), Subject> = HashMap::new();
        let reference_name = |reference: usize| self.run.reference_name(reference, task, 0);
        for reference in 0..study.references.len() {
            subjects.insert((true, reference), self.reference_subject(cell, reference, task, 0)?);
        }
        let source_name = |source: usize| self.run.source_name(source, 0);
        for source in 0..study.sources.len() {
            let network = self.source_network(cell, source, 0)?;
            subjects.insert((false, source), network.subject(&source_name(source), images, &self.run.engine)?);
        }
        let first_source = study.sources.iter().position(|source| !source.control).unwrap_or(0);
        let (key, name) = match study.endpoint.direction {
            SeenFrom::TargetToSource => ((true, 0), reference_name(0)),
            SeenFrom::SourceToTarget => ((false, first_source), source_name(first_source)),
        };
        let places = (0..study.references.len())
            .map(|place| (true, place))
            .chain((0..study.sources.len()).map(|place| (false, place)));
        let onlookers: Vec<Onlooker<'_>> = places
            .filter_map(|place| {
                let subject = subjects.get(&place)?;
                let name = match place {
                    (true, reference) => study.references[reference].name.clone(),
                    (false, source) => study.sources[source].name.clone(),
                };
                Some(Onlooker { name, reference: place.0, subject })
            })
            .collect();
        let missing = || RunError::Missing { cell: cell.name.clone(), needed: name.clone() };
        let attacked = (name.as_str(), subjects.get(&key).ok_or_else(missing)?);
        let made =
            examples(&cell.name, attacked, &onlookers, images, &study.attack, study.endpoint.eps, self.run.means())?;
        Ok(Answer::Examples(Box::new(made)))
    }

    fn source_network(&self, cell: &Cell, source: usize, seed: usize) -> Result<Network, RunError> {
        let of = &self.run.study().sources[source];
        let classes = self.data.sources[source][0].class_names().unwrap_or_default().to_vec();
        let fresh = Network::fresh(&of.network, of.width, &classes, self.run.study().seeds[seed])?;
        let graph = self.run.stored(cell, CellKind::TrainSource { source, seed }, &fresh.graph)?;
        Ok(Network { graph, ..fresh })
    }

    fn reference_subject(&self, cell: &Cell, reference: usize, task: usize, seed: usize) -> Result<Subject, RunError> {
        let of = &self.run.study().references[reference];
        let images = &self.data.tasks[task];
        let classes = images.train.class_names().unwrap_or_default().to_vec();
        let fresh = Network::fresh(&of.network, of.width, &classes, self.run.study().reference_seeds[seed])?;
        let graph = self.run.stored(cell, CellKind::TrainReference { reference, task, seed }, &fresh.graph)?;
        Network { graph, ..fresh }.subject(
            &self.run.reference_name(reference, task, seed),
            &images.alpha,
            &self.run.engine,
        )
    }

    /// The attack on a reference: from its file, or made and stored there.
    fn reference_attacked(
        &self,
        cell: &Cell,
        subject: &Subject,
        [reference, task, seed]: [usize; 3],
        eps: usize,
    ) -> Result<Attacked, RunError> {
        let images = &self.data.tasks[task].alpha;
        let path = self.run.attack_path(cell, [reference, task, seed], eps, images.ids())?;
        if path.is_file() {
            return Ok(attack_file::read(&path).map_err(crate::records::StoreError::Data)?);
        }
        let failed = |error| RunError::deviate(&cell.name, error);
        let plan = self.run.study().attack.plan(eps, self.run.threads).map_err(|error| failed(error_of_plan(error)))?;
        let name = self.run.reference_name(reference, task, seed);
        let progress = self.run.events.progress(&format!("{name}: images at {}", self.run.study().attack.eps[eps].0));
        let made = transferscope_lab::deviate::attack(subject, images, &plan, &purpose(&name), progress.as_ref())
            .map_err(failed)?;
        attack_file::write(&path, &made).map_err(crate::records::StoreError::Data)?;
        Ok(made)
    }
}
