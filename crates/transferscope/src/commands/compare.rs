//! `transferscope compare`: the paired difference of two results.

use std::path::PathBuf;

use transferscope_study::{
    measurement::{Measurement, compare},
    record,
};

use crate::{console::Console, exit::Failure, show};

/// What can be typed.
#[derive(clap::Args)]
pub struct Arguments {
    /// A result that `measure --json` wrote.
    first: PathBuf,
    /// Another, over the same images.
    second: PathBuf,
    /// Print the differences as one JSON document.
    #[arg(long)]
    json: bool,
}

/// Compares.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn run(arguments: &Arguments, console: &Console) -> Result<(), Failure> {
    let first: Measurement = record::read(&arguments.first).map_err(Failure::bad_input)?;
    let second: Measurement = record::read(&arguments.second).map_err(Failure::bad_input)?;
    let comparison = compare(&first, &second).map_err(Failure::not_possible)?;
    if arguments.json {
        return console.json(&comparison);
    }
    console.answer(&show::comparison(&comparison));
    Ok(())
}
