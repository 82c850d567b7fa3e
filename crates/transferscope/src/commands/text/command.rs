//! The commands for sentences.

use serde::Serialize;
use transferscope_network::zoo::text::text_architectures;

use super::{attack, measure, run_network, train};
use crate::{console::Console, exit::Failure, show};

/// What can be typed.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// The text networks of the zoo.
    List {
        /// Print the list as one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Train a text network on labelled sentences, or fine-tune one from its folder.
    Train(Box<train::Arguments>),
    /// Measure a pair of text networks: alpha1, alpha2 and combined under attacks on words or on embeddings.
    Measure(Box<measure::Arguments>),
    /// Ask a text network about sentences: accuracy, and logits and sentence vectors as npz.
    Run(Box<run_network::Arguments>),
    /// Change the words of sentences until a network's answer changes, and show what was changed.
    Attack(Box<attack::Arguments>),
}

/// One text network, for the list.
#[derive(Serialize)]
pub struct TextEntry {
    name: &'static str,
    family: &'static str,
    about: &'static str,
}

/// Does what was asked for.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn run(arguments: &Arguments, console: &Console) -> Result<(), Failure> {
    match &arguments.action {
        Action::List { json } => {
            let entry = |it: &transferscope_network::zoo::text::TextArchitecture| TextEntry {
                name: it.name,
                family: it.family,
                about: it.about,
            };
            let entries: Vec<TextEntry> = text_architectures().iter().map(entry).collect();
            if *json {
                return console.json(&entries);
            }
            let rows: Vec<[&str; 3]> = entries.iter().map(|it| [it.name, it.family, it.about]).collect();
            console.answer(&show::text_networks(&rows));
            Ok(())
        }
        Action::Train(arguments) => train::run(arguments, console),
        Action::Measure(arguments) => measure::run(arguments, console),
        Action::Run(arguments) => run_network::run(arguments, console),
        Action::Attack(arguments) => attack::run(arguments, console),
    }
}
