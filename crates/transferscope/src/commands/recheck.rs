//! `transferscope recheck`: a table of scores and outcomes, checked.

use crate::{console::Console, exit::Failure};

/// What can be typed.
#[derive(clap::Args)]
pub struct Arguments {}

/// Re-checks a table.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn run(_: &Arguments, _: &Console) -> Result<(), Failure> {
    Err(Failure::not_possible(anyhow::anyhow!("not in this build")))
}
