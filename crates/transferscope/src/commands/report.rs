//! `transferscope report`: the page of a study again, from its records alone.

use std::path::PathBuf;

use transferscope_study::{records::Store, report::write};

use super::study_folder::report_failure;
use crate::{console::Console, exit::Failure, show};

/// What can be typed.
#[derive(clap::Args)]
pub struct Arguments {
    /// The folder of a study.
    folder: PathBuf,
    /// Show how long each step took; the page is then not the same bytes for every run of one seed.
    #[arg(long)]
    times: bool,
    /// Print the summary as one JSON document.
    #[arg(long)]
    json: bool,
}

/// Makes the page.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn run(arguments: &Arguments, console: &Console) -> Result<(), Failure> {
    let written = write(&Store::at(&arguments.folder), arguments.times).map_err(report_failure)?;
    if arguments.json {
        console.json(&written.summary)
    } else {
        console.answer(&show::study(&written.summary, &written.page));
        Ok(())
    }
}
