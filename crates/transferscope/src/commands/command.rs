//! The list of commands.

use clap::Subcommand;

use super::{
    attack, bench, chain, compare, data, demo, explain, init, measure, networks, rank, recheck, report, run, score,
    synthetic, text, training,
};
use crate::{console::Console, exit::Failure};

/// What can be asked.
#[derive(Subcommand)]
pub enum Command {
    /// The whole job on embedded data, in under a minute: ends with the path of a page.
    Demo(demo::Arguments),
    /// Run a study: train, carry over, attack, relate, report; resumable.
    Run(Box<run::Arguments>),
    /// Write a commented study to start from.
    Init(init::Arguments),
    /// Make the page of a study again from its records.
    Report(report::Arguments),
    /// Save adversarial images as npz and lossless PNG, with the manifest that made them.
    Attack(Box<attack::Arguments>),
    /// Measure a pair of networks: alpha1, alpha2 and combined, in both directions, with error bars and reference values.
    Measure(Box<measure::Arguments>),
    /// The paired difference of two results over the same images.
    Compare(compare::Arguments),
    /// Which link from attack to knowledge breaks, over the results of several sources.
    Chain(chain::Arguments),
    /// List, inspect, run and convert networks.
    Networks(networks::Arguments),
    /// List the kinds of data that can be read, and inspect data.
    Data(data::Arguments),
    /// Train a network on labelled images.
    Train(Box<training::train::Arguments>),
    /// Give a network a new head for another task: last layer, everything, or a probe of its features.
    Transfer(Box<training::transfer::Arguments>),
    /// Sentences: train text networks, measure pairs of them, attack words.
    Text(text::Arguments),
    /// The paper's synthetic experiment.
    Synthetic(synthetic::Arguments),
    /// Re-check a table of scores and outcomes: correlations, bounds, and claims.
    Recheck(recheck::Arguments),
    /// What this machine can do: peak, tiers of kernels, images a second of the zoo's networks.
    Bench(bench::Arguments),
    /// Which of many networks to fine-tune on a task: scores, alphas, ties, agreement, costs.
    Rank(Box<rank::Arguments>),
    /// Scores of networks whose features are saved: LogME, H-score, LEEP, NLEEP, NCE, TransRate, PARC, kNN, linear probe.
    Score(score::Arguments),
    /// What a term means: formula, range, floor, ceiling, what moves it.
    Explain(explain::Arguments),
}

/// Runs a command.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn dispatch(command: Command, console: &Console) -> Result<(), Failure> {
    match command {
        Command::Demo(arguments) => demo::run(&arguments, console),
        Command::Run(arguments) => run::run(&arguments, console),
        Command::Init(arguments) => init::run(&arguments, console),
        Command::Report(arguments) => report::run(&arguments, console),
        Command::Attack(arguments) => attack::run(&arguments, console),
        Command::Measure(arguments) => measure::run(&arguments, console),
        Command::Compare(arguments) => compare::run(&arguments, console),
        Command::Chain(arguments) => chain::run(&arguments, console),
        Command::Networks(arguments) => networks::run(&arguments, console),
        Command::Data(arguments) => data::run(&arguments, console),
        Command::Train(arguments) => training::train::run(&arguments, console),
        Command::Transfer(arguments) => training::transfer::run(&arguments, console),
        Command::Text(arguments) => text::run(&arguments, console),
        Command::Synthetic(arguments) => synthetic::run(&arguments, console),
        Command::Recheck(arguments) => recheck::run(&arguments, console),
        Command::Bench(arguments) => bench::run(&arguments, console),
        Command::Rank(arguments) => rank::run(&arguments, console),
        Command::Score(arguments) => score::run(&arguments, console),
        Command::Explain(arguments) => explain::run(&arguments, console),
    }
}
