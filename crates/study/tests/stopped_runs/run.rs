//! A planned study on its data, stopped after some cells.

use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

use transferscope_lab::compiled::EngineWish;
use transferscope_study::{
    plan::{Cell, Parsed, cells},
    records::{PlanFile, Store},
    run::{Events, Finished, Prepared, RunError, Runner, ShardOfCells},
};

/// Stops before the cell after this many.
struct StopAfter {
    cells: usize,
    done: AtomicUsize,
}

impl Events for StopAfter {
    fn finished(&self, _: &Cell, _: f64) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    fn stopped(&self) -> bool {
        self.done.load(Ordering::Relaxed) >= self.cells
    }
}

/// The cells of a study on its data.
pub fn cells_of(parsed: &Parsed, data: &Prepared) -> Vec<Cell> {
    cells(&parsed.study, &data.fingerprints, "test")
}

/// Runs a study on its data in a folder, on one thread.
pub fn run_on(
    parsed: &Parsed,
    data: &Prepared,
    folder: &Path,
    stop_after: usize,
    shard: ShardOfCells,
) -> Result<Finished, RunError> {
    let (cells, images) = (cells_of(parsed, data), data.attacked_and_scored());
    let plan = PlanFile::new(None, parsed, data.fingerprints.clone(), images, "test".to_owned(), cells);
    let store = Store::create(folder).unwrap();
    store.write_plan(&plan, &parsed.effective_text()).unwrap();
    let events = StopAfter { cells: stop_after, done: AtomicUsize::new(0) };
    let engine = EngineWish::default();
    Runner { plan: &plan, data, store: &store, engine, threads: 1, shard, events: &events }.run()
}
