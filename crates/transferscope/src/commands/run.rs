//! `transferscope run`: a study from its file to its page, resumable.

use std::path::{Path, PathBuf};

use transferscope_lab::compiled::EngineWish;
use transferscope_study::{
    plan::{Override, design_power, work_of},
    run::ShardOfCells,
};

use super::{speed::Paces, study_folder, study_folder::Machine, subjects::RunOptions};
use crate::{console::Console, exit::Failure, show};

/// What can be typed.
#[derive(clap::Args)]
pub struct Arguments {
    /// The study file (`transferscope init` writes one).
    study: PathBuf,
    /// The folder of records, networks and page [default: the file's name with -results].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Another value for a key of the study, such as data.root=DIR or training.epochs=3; may be given several times.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// A profile of the study.
    #[arg(long)]
    profile: Option<String>,
    /// Print cells, minutes and what the design can show; do nothing.
    #[arg(long)]
    dry_run: bool,
    /// Do only every N-th source, from I; the same folder, or the records of all put into one, give the whole.
    #[arg(long, value_name = "I/N")]
    shard: Option<String>,
    #[command(flatten)]
    run: RunOptions,
    /// Print the summary (or, with --dry-run, the plan) as one JSON document.
    #[arg(long)]
    json: bool,
}

/// Runs a study.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn run(arguments: &Arguments, console: &Console) -> Result<(), Failure> {
    let shard = shard(arguments.shard.as_deref())?;
    let overrides: Vec<Override> = arguments
        .set
        .iter()
        .map(|text| Override::typed(text))
        .collect::<Result<_, _>>()
        .map_err(|problem| Failure::usage(anyhow::anyhow!("--set: {}", problem.message)))?;
    let name = arguments.study.display().to_string();
    let text = std::fs::read_to_string(&arguments.study).map_err(|error| {
        Failure::bad_input(anyhow::anyhow!("cannot read the study '{name}': {error}; `transferscope init` writes one"))
    })?;
    let machine = machine(&arguments.run)?;
    let out = arguments.out.clone().unwrap_or_else(|| default_out(&arguments.study));
    let ready = study_folder::ready(&name, &text, arguments.profile.as_deref(), &overrides, &machine)?;
    if arguments.dry_run {
        return dry_run(&ready, arguments.json, &machine, console);
    }
    let Some(written) = study_folder::run(&ready, &out, machine, shard, console)? else { return Ok(()) };
    if arguments.json {
        console.json(&written.summary)
    } else {
        console.answer(&show::study(&written.summary, &written.page));
        Ok(())
    }
}

/// Engine, device and threads as typed.
pub(super) fn machine(options: &RunOptions) -> Result<Machine, Failure> {
    let engine = EngineWish { engine: options.engine()?, device: options.device.clone() };
    Ok(Machine { engine, threads: options.threads() })
}

fn default_out(study: &Path) -> PathBuf {
    let stem = study.file_stem().map_or_else(|| "study".to_owned(), |stem| stem.to_string_lossy().into_owned());
    PathBuf::from(format!("{stem}-results"))
}

fn shard(text: Option<&str>) -> Result<ShardOfCells, Failure> {
    let Some(text) = text else { return Ok(ShardOfCells::WHOLE) };
    let numbers = text.split_once('/').and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
    match numbers {
        Some((index, count)) if index < count => Ok(ShardOfCells { index, count }),
        _ => Err(Failure::usage(anyhow::anyhow!("expected a shard I/N with I below N, such as 0/2, found '{text}'"))),
    }
}

/// The plan without the work.
#[derive(serde::Serialize)]
struct DryRun<'a> {
    cells: &'a [transferscope_study::plan::Cell],
    work: transferscope_study::plan::Work,
    minutes: f64,
    power: transferscope_study::plan::DesignPower,
    images: &'a [[usize; 2]],
}

fn dry_run(ready: &study_folder::Ready, json: bool, machine: &Machine, console: &Console) -> Result<(), Failure> {
    let study = &ready.parsed.study;
    let mut paces = Paces::default();
    paces.measure(study, ready.data.pretrained(), machine)?;
    let work = work_of(study, &ready.plan.cells, &ready.data.counts(), |network, width| paces.of(network, width));
    let power = design_power(study).map_err(Failure::not_possible)?;
    let minutes = work.seconds() / 60.0;
    let plan = DryRun { cells: &ready.plan.cells, minutes, work, power, images: &ready.plan.images };
    if json {
        return console.json(&plan);
    }
    console.answer(&show::dry_run(study, plan.cells, &plan.work, &plan.power, plan.images));
    Ok(())
}
