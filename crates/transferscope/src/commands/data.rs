//! `transferscope data`: which kinds of data can be read, and what a set holds.

use transferscope_lab::data::{
    inspect, kinds,
    text::{inspect_text, is_text, load_text},
};

use super::subjects;
use crate::{console::Console, exit::Failure, show};

/// What can be typed.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// The kinds of data, with their settings.
    List {
        /// Print the list as one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// What a set of images or sentences holds: counts, sizes, statistics, a hash.
    Inspect {
        /// KIND:PATH#key=value&...
        data: String,
        /// Print the account as one JSON document.
        #[arg(long)]
        json: bool,
    },
}

/// Lists or inspects.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn run(arguments: &Arguments, console: &Console) -> Result<(), Failure> {
    match &arguments.action {
        Action::List { json: true } => console.json(&kinds()),
        Action::List { json: false } => {
            console.answer(&show::kinds(&kinds()));
            Ok(())
        }
        Action::Inspect { data, json } if is_text(data) => {
            let inspection = inspect_text(&load_text(data).map_err(subjects::data_failure)?);
            if *json {
                return console.json(&inspection);
            }
            console.answer(&show::text_inspection(&inspection));
            Ok(())
        }
        Action::Inspect { data, json } => {
            let inspection = inspect(&subjects::images(data)?);
            if *json {
                return console.json(&inspection);
            }
            console.answer(&show::inspection(&inspection));
            Ok(())
        }
    }
}
