//! The runner: cells in order, each stored before the next begins.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};
use transferscope_lab::compiled::EngineWish;
use transferscope_network::graph::Graph;

use super::{
    Events, Prepared, PreparedSamples, RunError, Times, image_cells::ImageCells, means::Means, texts::TextCells,
};
use crate::{
    plan::{AttackSettings, Cell, CellKind, Study},
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
        match &self.data.samples {
            PreparedSamples::Images(data) => ImageCells { run: self, data }.answer(cell),
            PreparedSamples::Texts { sets, reading, pretrained } => {
                TextCells { run: self, data: sets, reading: *reading, pretrained }.answer(cell)
            }
        }
    }

    pub(super) fn means(&self) -> Means<'_> {
        Means { engine: &self.engine, threads: self.threads, events: self.events }
    }

    pub(super) fn study(&self) -> &Study {
        &self.plan.study
    }

    pub(super) fn source_name(&self, source: usize, seed: usize) -> String {
        format!("source {} {}", self.study().sources[source].name, self.study().seeds[seed])
    }

    pub(super) fn reference_name(&self, reference: usize, task: usize, seed: usize) -> String {
        let study = self.study();
        format!(
            "reference {} {} {}",
            study.references[reference].name, study.tasks[task].name, study.reference_seeds[seed]
        )
    }

    /// A fresh graph with the weights that its cell stored.
    pub(super) fn stored(&self, cell: &Cell, kind: CellKind, fresh: &Graph) -> Result<Graph, RunError> {
        let missing = || RunError::Missing { cell: cell.name.clone(), needed: format!("{kind:?}") };
        let trained = self.plan.cell(kind).ok_or_else(missing)?;
        self.store.network(trained, fresh)?.ok_or_else(missing)
    }

    /// Where the attack on a reference is kept: named by what of the attack and of the samples it depends on.
    pub(super) fn attack_path(
        &self,
        cell: &Cell,
        [reference, task, seed]: [usize; 3],
        eps: usize,
        ids: &[u64],
    ) -> Result<PathBuf, RunError> {
        let missing = || RunError::Missing { cell: cell.name.clone(), needed: "an attack on a reference".to_owned() };
        let trained = self.plan.cell(CellKind::TrainReference { reference, task, seed }).ok_or_else(missing)?;
        let attack = &self.study().attack;
        let settings = AttackSettings { eps: vec![attack.eps[eps].clone()], ..attack.clone() };
        let text = format!("{settings:?} {ids:?}");
        let key: String = Sha256::digest(text).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Ok(self.store.attack_path(trained, &key)?)
    }
}
