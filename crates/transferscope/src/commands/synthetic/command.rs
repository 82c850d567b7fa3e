//! What can be typed after `synthetic`, and what is done with it.

use std::path::{Path, PathBuf};

use serde::Serialize;
use transferscope_study::{
    chain::ChainLink,
    experiments::synthetic::{
        ColumnCorrelation, GeneratedOptions, PAPER_SEED, ROWS, RowBounds, SyntheticError, SyntheticOptions,
        SyntheticResult, SyntheticWorld, bounds, chain_links, correlations_with_loss, generate, report,
        run as run_rows,
    },
    record,
};

use super::read_world;
use crate::{console::Console, exit::Failure, show};

/// What can be typed.
#[derive(clap::Args)]
pub struct Arguments {
    /// A folder with `datasets/` and `models/` (the layout of the public checkout), or the word `generated`.
    #[arg(long, default_value = GENERATED, value_name = "DIR|generated")]
    data: PathBuf,
    /// Hidden width of the source [default: 50 where its weights are there, else the first that is not the target's].
    #[arg(long, value_name = "W", value_parser = clap::value_parser!(u16).range(1..=4096))]
    source_width: Option<u16>,
    /// Which singular direction the attack uses, from 0; 0 is the attack of the paper.
    #[arg(long, default_value_t = 0, value_name = "L")]
    level: usize,
    /// Seed of generated data, networks and deviations [default: 0]; a folder has its own.
    #[arg(long, value_name = "S")]
    seed: Option<u32>,
    /// Print one JSON document.
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print the rows with the columns of the public tables.
    #[arg(long)]
    csv: bool,
    /// Also evaluate the bounds of the theory on every row (about three times the work).
    #[arg(long)]
    bounds: bool,
    /// Write a page with the curves, levels 0 and 1 and the one asked for, and the bounds.
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Threads [default: one for each processor]; the numbers do not depend on it.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// The word for data and networks that the command makes itself.
const GENERATED: &str = "generated";
/// Levels that the page always has.
const PAGE_LEVELS: [usize; 2] = [0, 1];

/// The JSON document.
#[derive(Serialize)]
struct Document<'a> {
    data: &'a str,
    #[serde(flatten)]
    result: &'a SyntheticResult,
    correlations_with_loss_source: Vec<ColumnCorrelation>,
    chain: Vec<ChainLink>,
    claim: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bounds: Option<&'a [RowBounds]>,
}

/// Runs the experiment.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn run(arguments: &Arguments, console: &Console) -> Result<(), Failure> {
    let threads =
        arguments.threads.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
    let world = world(arguments, threads, console)?;
    let generated = arguments.data == Path::new(GENERATED);
    let deviation_seed = if generated { arguments.seed.unwrap_or(0) } else { PAPER_SEED };
    let options = SyntheticOptions { level: arguments.level, deviation_seed, threads };
    let result = run_rows(&world, &options).map_err(failure)?;
    let every_row: Vec<usize> = (0..ROWS).collect();
    let bounds = if arguments.bounds || arguments.report.is_some() {
        Some(bounds(&world, &options, &every_row).map_err(failure)?)
    } else {
        None
    };
    let data = if generated { format!("seed {deviation_seed}") } else { arguments.data.display().to_string() };
    if let Some(path) = &arguments.report {
        write_page(path, &world, &options, &result, bounds.as_deref().unwrap_or_default(), &data)?;
        console.remark(&format!("page: {}", path.display()));
    }
    if arguments.csv {
        console.answer(result.public_csv().trim_end());
        return Ok(());
    }
    let shown = bounds.as_deref().filter(|_| arguments.bounds);
    if arguments.json {
        return console.json(&Document {
            data: &data,
            result: &result,
            correlations_with_loss_source: correlations_with_loss(&result),
            chain: chain_links(&result),
            claim: report::claim(&result),
            bounds: shown,
        });
    }
    console.answer(&show::synthetic(&result, shown, &data));
    Ok(())
}

fn world(arguments: &Arguments, threads: usize, console: &Console) -> Result<SyntheticWorld, Failure> {
    let source_width = arguments.source_width.map(usize::from);
    if arguments.data != Path::new(GENERATED) {
        if arguments.seed.is_some() {
            return Err(Failure::usage(anyhow::anyhow!(
                "--seed goes with --data generated; a folder is run with the seed of the public program, {PAPER_SEED}"
            )));
        }
        return read_world(&arguments.data, source_width).map_err(Failure::bad_input);
    }
    let defaults = GeneratedOptions::default();
    let options = GeneratedOptions {
        seed: arguments.seed.unwrap_or(0).into(),
        source_width: source_width.unwrap_or(defaults.source_width),
        threads,
        ..defaults
    };
    console.remark(&format!(
        "making {} samples and training two networks by {} steps of L-BFGS each (seconds)",
        options.samples, options.steps
    ));
    generate(&options).map_err(failure)
}

fn failure(error: SyntheticError) -> Failure {
    match error {
        SyntheticError::Level { .. } | SyntheticError::Shape { .. } | SyntheticError::TooFewSamples { .. } => {
            Failure::bad_input(error)
        }
        _ => Failure::not_possible(error),
    }
}

fn write_page(
    path: &Path,
    world: &SyntheticWorld,
    options: &SyntheticOptions,
    result: &SyntheticResult,
    bounds: &[RowBounds],
    data: &str,
) -> Result<(), Failure> {
    let mut levels = PAGE_LEVELS.to_vec();
    if !levels.contains(&options.level) {
        levels.push(options.level);
    }
    let mut results = Vec::new();
    for level in levels {
        results.push(if level == result.level {
            result.clone()
        } else {
            run_rows(world, &SyntheticOptions { level, ..*options }).map_err(failure)?
        });
    }
    let page = report::page(&results, bounds, data).map_err(Failure::not_possible)?;
    record::write_text(path, &page).map_err(Failure::bad_input)
}
