//! The runner: cells in order, each stored before the next begins.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use transferscope_lab::{compiled::EngineWish, deviate::Attacked, subject::Subject};

use super::{
    Events, Prepared, RunError, Times, attack_file,
    carry_over::{carry_over, raw_pixels, twin},
    means::Means,
    measure_pair::{self, ReferenceAttacks, error_of_plan, measure, purpose},
    networks::Network,
    pictures::{Onlooker, examples},
    train_network::{self, train},
    transform::{permuted, transformed},
};
use crate::{
    plan::{Cell, CellKind, Problem, SeenFrom, Study},
    records::{Answer, PlanFile, Record, Store},
};

/// Between two looks at a cell that another run works on.
const WAIT: Duration = Duration::from_millis(200);

/// Which cells are done here: those of every `count`-th source, from `index`, and what they need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShardOfCells {
    /// Which.
    pub index: usize,
    /// Of how many.
    pub count: usize,
}

impl ShardOfCells {
    /// All cells.
    pub const WHOLE: Self = Self { index: 0, count: 1 };

    fn holds(self, cell: &Cell) -> bool {
        match cell.source {
            Some(source) => source % self.count == self.index,
            // References are made by whoever needs them; what is left over, by the shard that is the whole.
            None => matches!(cell.kind, CellKind::TrainReference { .. }) || self.count == 1,
        }
    }
}

/// What a run left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Cells of the plan.
    pub cells: usize,
    /// Cells that had a record already.
    pub kept: usize,
    /// Cells that are not of this shard and have no record yet.
    pub left: usize,
}

/// Does the cells of a plan.
pub struct Runner<'a> {
    /// The plan.
    pub plan: &'a PlanFile,
    /// Its data.
    pub data: &'a Prepared,
    /// Where everything is stored.
    pub store: &'a Store,
    /// How networks are run.
    pub engine: EngineWish,
    /// Threads; no bit depends on it.
    pub threads: usize,
    /// Which cells.
    pub shard: ShardOfCells,
    /// Who listens.
    pub events: &'a dyn Events,
}

impl Runner<'_> {
    /// Does every cell of the shard that has no record.
    ///
    /// # Errors
    /// See [`RunError`]; what is finished is kept.
    pub fn run(&self) -> Result<Finished, RunError> {
        let cells = &self.plan.cells;
        let kept = cells.iter().filter(|cell| self.store.has_record(cell)).count();
        self.events.planned(cells.len(), kept);
        let (mut left, mut with_others) = (0, Vec::new());
        for (place, cell) in cells.iter().enumerate() {
            // References that another run works on can wait until something needs them.
            let can_wait = matches!(cell.kind, CellKind::TrainReference { .. });
            if !can_wait {
                with_others.drain(..).try_for_each(|(place, cell)| self.wait_for(place, cell))?;
            }
            if self.is_done(cell)? {
                continue;
            }
            if !self.shard.holds(cell) {
                left += usize::from(!self.store.has_record(cell));
            } else if !can_wait {
                self.wait_for(place, cell)?;
            } else if !self.claimed(place, cell)? {
                with_others.push((place, cell));
            }
        }
        with_others.into_iter().try_for_each(|(place, cell)| self.wait_for(place, cell))?;
        if left == 0 {
            self.store.drop_attacks();
        }
        Ok(Finished { cells: cells.len(), kept, left })
    }

    /// Does a cell, or waits until the run that works on it has done it (or is gone).
    fn wait_for(&self, place: usize, cell: &Cell) -> Result<(), RunError> {
        while !self.claimed(place, cell)? {
            std::thread::sleep(WAIT);
        }
        Ok(())
    }

    /// Does a cell unless another run works on it.
    fn claimed(&self, place: usize, cell: &Cell) -> Result<bool, RunError> {
        if self.events.stopped() {
            return Err(RunError::Stopped);
        }
        let Some(_claim) = self.store.claim(cell)? else { return Ok(false) };
        if self.is_done(cell)? {
            return Ok(true);
        }
        self.events.begins(cell, place + 1, self.plan.cells.len());
        let started = Instant::now();
        let answer = self.answer(cell)?;
        self.store.write_record(&Record { cell: cell.clone(), engine: self.plan.engine.clone(), answer })?;
        self.store.drop_checkpoint(cell);
        let seconds = started.elapsed().as_secs_f64();
        Times::add(self.store.root(), &cell.name, seconds);
        self.events.finished(cell, seconds);
        Ok(true)
    }

    /// Whether a cell has its record, and a trained network its weights where something still needs them.
    fn is_done(&self, cell: &Cell) -> Result<bool, RunError> {
        let Some(record) = self.store.record(cell)? else { return Ok(false) };
        if !matches!(record.answer, Answer::Trained(_)) {
            return Ok(true);
        }
        let unfinished = |other: &&Cell| !self.store.has_record(other) && self.needs(other, cell);
        Ok(self.store.has_network(cell) || !self.plan.cells.iter().any(|other| unfinished(&other)))
    }

    /// Whether `other` needs the weights of `cell`.
    fn needs(&self, other: &Cell, cell: &Cell) -> bool {
        match (cell.kind, other.kind) {
            (
                CellKind::TrainSource { source, seed },
                CellKind::Transfer { source: of, seed: at, .. } | CellKind::Pair { source: of, seed: at, .. },
            ) => source == of && seed == at,
            (CellKind::TrainSource { seed, .. }, CellKind::Examples { .. }) => seed == 0,
            (
                CellKind::TrainReference { task, .. },
                CellKind::Pair { task: of, .. } | CellKind::Examples { task: of },
            ) => task == of,
            _ => false,
        }
    }

    fn answer(&self, cell: &Cell) -> Result<Answer, RunError> {
        match cell.kind {
            CellKind::TrainReference { reference, task, seed } => self.train_reference(cell, reference, task, seed),
            CellKind::TrainSource { source, seed } => self.train_source(cell, source, seed),
            CellKind::RawPixels { task } => {
                let pixels = raw_pixels(&cell.name, &self.data.tasks[task], &self.study().transfer, self.means())?;
                Ok(Answer::RawPixels(pixels))
            }
            CellKind::Transfer { source, task, seed } => {
                let network = self.source_network(cell, source, seed)?;
                self.carry(cell, &network, task, self.study().seeds[seed])
            }
            CellKind::TwinTransfer { source, task, seed } => {
                let (of, seed) = (&self.study().sources[source], self.study().seeds[seed]);
                let classes = self.data.tasks[task].train.class_names().unwrap_or_default().to_vec();
                let fresh = Network::fresh(&of.network, of.width, &classes, seed)?;
                let twin = twin(&cell.name, &fresh, &self.data.tasks[task], seed)?;
                self.carry(cell, &twin, task, seed)
            }
            CellKind::Pair { source, task, seed } => self.pair(cell, source, task, seed),
            CellKind::Examples { task } => self.examples(cell, task),
        }
    }

    fn means(&self) -> Means<'_> {
        Means { engine: &self.engine, threads: self.threads, events: self.events }
    }

    fn study(&self) -> &Study {
        &self.plan.study
    }

    fn train_source(&self, cell: &Cell, source: usize, seed: usize) -> Result<Answer, RunError> {
        let of = &self.study().sources[source];
        let [train_set, test_set] = &self.data.sources[source];
        let seed = self.study().seeds[seed];
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
                checkpoint: &self.store.checkpoint(cell),
            },
        )
    }

    fn train_reference(&self, cell: &Cell, reference: usize, task: usize, seed: usize) -> Result<Answer, RunError> {
        let of = &self.study().references[reference];
        let images = &self.data.tasks[task];
        let seed = self.study().reference_seeds[seed];
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
                checkpoint: &self.store.checkpoint(cell),
            },
        )
    }

    fn store_trained(&self, cell: &Cell, job: &train_network::Job<'_>) -> Result<Answer, RunError> {
        let (network, mut record) = train(job, self.means())?;
        record.weights_sha256 = self.store.write_network(cell, &network.graph)?;
        Ok(Answer::Trained(Box::new(record)))
    }

    fn carry(&self, cell: &Cell, network: &Network, task: usize, seed: u64) -> Result<Answer, RunError> {
        let images = &self.data.tasks[task];
        let settings = &self.study().transfer;
        let given = carry_over(&cell.name, network, images, settings, seed, self.means())?;
        Ok(Answer::Transferred(given))
    }

    fn pair(&self, cell: &Cell, source: usize, task: usize, seed: usize) -> Result<Answer, RunError> {
        let images = self.data.tasks[task].alpha.as_ref();
        let name = format!("source {} {}", self.study().sources[source].name, self.study().seeds[seed]);
        let subject = self.source_network(cell, source, seed)?.subject(&name, images, &self.engine)?;
        let mut references = Vec::new();
        for reference in 0..self.study().references.len() {
            for seed in 0..self.study().reference_seeds.len() {
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
            attack: &self.study().attack,
            endpoint_eps: self.study().endpoint.eps,
            threads: self.threads,
        };
        Ok(Answer::Paired(Box::new(measure(&job, self.events)?)))
    }

    fn examples(&self, cell: &Cell, task: usize) -> Result<Answer, RunError> {
        let images = self.data.tasks[task].alpha.as_ref();
        let study = self.study();
        let mut subjects: HashMap<(bool, usize), Subject> = HashMap::new();
        let reference_name = |reference: usize| self.reference_name(reference, task, 0);
        for reference in 0..study.references.len() {
            subjects.insert((true, reference), self.reference_subject(cell, reference, task, 0)?);
        }
        let source_name = |source: usize| format!("source {} {}", study.sources[source].name, study.seeds[0]);
        for source in 0..study.sources.len() {
            let network = self.source_network(cell, source, 0)?;
            subjects.insert((false, source), network.subject(&source_name(source), images, &self.engine)?);
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
        let made = examples(&cell.name, attacked, &onlookers, images, &study.attack, study.endpoint.eps, self.means())?;
        Ok(Answer::Examples(Box::new(made)))
    }

    fn source_network(&self, cell: &Cell, source: usize, seed: usize) -> Result<Network, RunError> {
        let of = &self.study().sources[source];
        let classes = self.data.sources[source][0].class_names().unwrap_or_default().to_vec();
        let fresh = Network::fresh(&of.network, of.width, &classes, self.study().seeds[seed])?;
        self.stored(cell, CellKind::TrainSource { source, seed }, fresh)
    }

    fn reference_name(&self, reference: usize, task: usize, seed: usize) -> String {
        let study = self.study();
        format!(
            "reference {} {} {}",
            study.references[reference].name, study.tasks[task].name, study.reference_seeds[seed]
        )
    }

    fn reference_subject(&self, cell: &Cell, reference: usize, task: usize, seed: usize) -> Result<Subject, RunError> {
        let of = &self.study().references[reference];
        let images = &self.data.tasks[task];
        let classes = images.train.class_names().unwrap_or_default().to_vec();
        let fresh = Network::fresh(&of.network, of.width, &classes, self.study().reference_seeds[seed])?;
        let network = self.stored(cell, CellKind::TrainReference { reference, task, seed }, fresh)?;
        network.subject(&self.reference_name(reference, task, seed), &images.alpha, &self.engine)
    }

    /// A fresh network with the weights that its cell stored.
    fn stored(&self, cell: &Cell, kind: CellKind, fresh: Network) -> Result<Network, RunError> {
        let missing = || RunError::Missing { cell: cell.name.clone(), needed: format!("{kind:?}") };
        let trained = self.plan.cell(kind).ok_or_else(missing)?;
        let graph = self.store.network(trained, &fresh.graph)?.ok_or_else(missing)?;
        Ok(Network { graph, ..fresh })
    }

    /// The attack on a reference: from its file, or made and stored there.
    fn reference_attacked(
        &self,
        cell: &Cell,
        subject: &Subject,
        [reference, task, seed]: [usize; 3],
        eps: usize,
    ) -> Result<Attacked, RunError> {
        let missing = || RunError::Missing { cell: cell.name.clone(), needed: "an attack on a reference".to_owned() };
        let trained = self.plan.cell(CellKind::TrainReference { reference, task, seed }).ok_or_else(missing)?;
        let path = self.store.attack_path(trained, &self.attack_key(task, eps))?;
        if path.is_file() {
            return Ok(attack_file::read(&path).map_err(crate::records::StoreError::Data)?);
        }
        let failed = |error| RunError::deviate(&cell.name, error);
        let plan = self.study().attack.plan(eps, self.threads).map_err(|error| failed(error_of_plan(error)))?;
        let name = self.reference_name(reference, task, seed);
        let progress = self.events.progress(&format!("{name}: images at {}", self.study().attack.eps[eps].0));
        let images = &self.data.tasks[task].alpha;
        let made = transferscope_lab::deviate::attack(subject, images, &plan, &purpose(&name), progress.as_ref())
            .map_err(failed)?;
        attack_file::write(&path, &made).map_err(crate::records::StoreError::Data)?;
        Ok(made)
    }

    /// What of the attack and the images a file of an attack depends on.
    fn attack_key(&self, task: usize, eps: usize) -> String {
        use sha2::{Digest, Sha256};
        let study = self.study();
        let settings = crate::plan::AttackSettings { eps: vec![study.attack.eps[eps].clone()], ..study.attack.clone() };
        let images = self.data.tasks[task].alpha.ids();
        let text = format!("{settings:?} {images:?}");
        Sha256::digest(text).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }
}
