//! `transferscope synthetic`: the paper's synthetic experiment.

use crate::{console::Console, exit::Failure};

/// What can be typed.
#[derive(clap::Args)]
pub struct Arguments {}

/// Runs the experiment.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn run(_: &Arguments, _: &Console) -> Result<(), Failure> {
    Err(Failure::not_possible(anyhow::anyhow!("not in this build")))
}
