//! What `run`, `demo` and `report` share: a study from text to a page, and the exit code of everything that can go wrong.

use std::path::Path;

use transferscope_import::text::{is_trained_here, load_text_network};
use transferscope_lab::{compiled::EngineWish, text::TextNetwork};
use transferscope_study::{
    plan::{Override, Parsed, PlanError, PretrainedPlace, cells, parse},
    records::{PlanFile, Store, StoreError},
    report::{ReportError, Written, write},
    run::{Prepared, RunError, Runner, ShardOfCells, engine_name, prepare},
};

use super::text::loading::tokenizer;
use crate::{console::Console, exit::Failure, show::StudyProgress};

/// A study that is ready to be run.
pub struct Ready {
    /// The checked study with its text.
    pub parsed: Parsed,
    /// Its data.
    pub data: Prepared,
    /// Its plan.
    pub plan: PlanFile,
}

/// How networks of a study are run.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Engine and device.
    pub engine: EngineWish,
    /// Threads; no bit depends on it.
    pub threads: usize,
}

/// Reads, checks and plans a study.
///
/// # Errors
/// With exit code 3 for a study or data that cannot be used, 2 for an override that cannot be meant.
pub fn ready(
    name: &str,
    text: &str,
    profile: Option<&str>,
    overrides: &[Override],
    machine: &Machine,
) -> Result<Ready, Failure> {
    let parsed = parse(name, text, profile, overrides).map_err(plan_failure)?;
    let data = prepare(&parsed.study, &pretrained).map_err(|problem| plan_failure(parsed.place(&problem)))?;
    let engine = engine_name(&parsed.study, data.pretrained(), &machine.engine).map_err(Failure::usage)?;
    let cells = cells(&parsed.study, &data.fingerprints, &engine);
    let images = data.attacked_and_scored();
    let fingerprints = data.fingerprints.clone();
    let plan = PlanFile::new(profile.map(str::to_owned), &parsed, fingerprints, images, engine, cells);
    Ok(Ready { parsed, data, plan })
}

/// The network of a folder; one that is not tied to a length reads as many tokens as the study feeds.
fn pretrained(place: &PretrainedPlace, length: usize) -> Result<TextNetwork, String> {
    let path = &place.path;
    if !path.is_dir() {
        return Err(format!(
            "there is no folder {}; `transferscope networks get minilm-l6` writes one, and `--set data.root=DIR` says where \
             relative ones start",
            path.display()
        ));
    }
    let loaded =
        load_text_network(path, (!is_trained_here(path)).then_some(length), None).map_err(|error| error.to_string())?;
    let tokenizer = tokenizer(&loaded).map_err(|failure| failure.error.to_string())?;
    Ok(TextNetwork { graph: loaded.graph, contract: loaded.contract, tokenizer })
}

/// Runs a study that is ready, and writes its page where every cell has its record.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn run(
    ready: &Ready,
    out: &Path,
    machine: Machine,
    shard: ShardOfCells,
    console: &Console,
) -> Result<Option<Written>, Failure> {
    let store = Store::create(out).map_err(store_failure)?;
    if let Some(before) = store.plan().map_err(store_failure)?
        && before.cells != ready.plan.cells
    {
        let kept = ready.plan.cells.iter().filter(|cell| before.cells.contains(cell)).count();
        console.remark(&format!(
            "the study in {} was started in another form: {kept} of {} cells depend on nothing that changed and are kept, \
             the others are done anew; records of the earlier form are not used",
            out.display(),
            ready.plan.cells.len()
        ));
    }
    store.write_plan(&ready.plan, &ready.parsed.effective_text()).map_err(store_failure)?;
    let progress = StudyProgress::new(console);
    let runner = Runner {
        plan: &ready.plan,
        data: &ready.data,
        store: &store,
        engine: machine.engine,
        threads: machine.threads,
        shard,
        events: &progress,
    };
    let finished = runner.run().map_err(|error| match error {
        RunError::Problem(problem) => plan_failure(ready.parsed.place(&problem)),
        other => run_failure(other),
    })?;
    if finished.left > 0 {
        console.remark(&format!(
            "this shard is done; {} cells are left to the others. When all are done, the same command without --shard makes the page",
            finished.left
        ));
        return Ok(None);
    }
    write(&store, false).map(Some).map_err(report_failure)
}

/// The exit code of a study that is refused.
#[must_use]
pub fn plan_failure(error: PlanError) -> Failure {
    match &error {
        PlanError::Elsewhere { origin, .. } if origin.starts_with("--") => Failure::usage(error),
        _ => Failure::bad_input(error),
    }
}

/// The exit code of a folder that cannot be used.
#[must_use]
pub fn store_failure(error: StoreError) -> Failure {
    Failure::bad_input(error)
}

fn run_failure(error: RunError) -> Failure {
    match error {
        RunError::Stopped => Failure { code: crate::exit::INTERRUPTED, error: error.into() },
        RunError::Store(error) => store_failure(error),
        other => Failure::not_possible(other),
    }
}

/// The exit code of a report that cannot be made.
#[must_use]
pub fn report_failure(error: ReportError) -> Failure {
    match error {
        ReportError::Collect(_) | ReportError::Write(_) => Failure::bad_input(error),
        other => Failure::not_possible(other),
    }
}
