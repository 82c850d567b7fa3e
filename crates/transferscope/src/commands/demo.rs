//! `transferscope demo`: the whole job on embedded data.

use std::path::PathBuf;

use toml::Value;
use transferscope_study::{
    experiments::published_study,
    plan::{Override, Setting},
    run::ShardOfCells,
};

use super::{run::machine, study_folder, subjects::RunOptions};
use crate::{console::Console, exit::Failure, show};

/// What can be typed.
#[derive(clap::Args)]
pub struct Arguments {
    /// The folder of records, networks and page.
    #[arg(long, value_name = "DIR", default_value = "transferscope-demo")]
    out: PathBuf,
    /// The seed of everything: training, attacks, resampling.
    #[arg(long, default_value_t = 0)]
    seed: u32,
    #[command(flatten)]
    run: RunOptions,
    /// Print the summary as one JSON document.
    #[arg(long)]
    json: bool,
}

/// Trainings of one network that a seed stands for.
const SEEDS: u32 = 3;

/// Runs the demo.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn run(arguments: &Arguments, console: &Console) -> Result<(), Failure> {
    let first = i64::from(arguments.seed) * i64::from(SEEDS);
    let seeds = |count: i64| Value::Array((first..first + count).map(Value::Integer).collect());
    let given = |key: &str, value: Value| Override {
        origin: format!("--seed {}", arguments.seed),
        setting: Setting { key: key.to_owned(), value },
    };
    let overrides = [
        given("seeds", seeds(SEEDS.into())),
        given("target.reference_seeds", seeds(2)),
        given("attack.seed", Value::Integer(arguments.seed.into())),
    ];
    let machine = machine(&arguments.run)?;
    let text = published_study("demo").unwrap_or_default();
    let ready = study_folder::ready("studies/demo.toml", text, None, &overrides, &machine)?;
    let written = study_folder::run(&ready, &arguments.out, machine, ShardOfCells::WHOLE, console)?;
    let Some(written) = written else { return Ok(()) };
    if arguments.json {
        console.json(&written.summary)
    } else {
        console.answer(&show::study(&written.summary, &written.page));
        Ok(())
    }
}
