//! Cargo as a child process: run for its exit status, or for what it prints.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::root::root;

/// The cargo that runs this program, so that a check never mixes two toolchains.
fn cargo(arguments: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// Runs cargo with its output shown; true when it succeeded.
///
/// # Errors
/// When cargo cannot be started.
pub fn succeeds(arguments: &[&str], environment: &[(&str, &str)]) -> Result<bool> {
    let status = cargo(arguments)
        .envs(environment.iter().copied())
        .status()
        .with_context(|| format!("`cargo {}` could not be started; is cargo on the PATH?", arguments.join(" ")))?;
    Ok(status.success())
}

/// True when cargo has this subcommand.
pub fn has(subcommand: &str) -> bool {
    cargo(&[subcommand, "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs cargo and returns what it wrote to its standard output.
///
/// # Errors
/// When cargo cannot be started or fails; the message holds what it wrote to its standard error.
pub fn output(arguments: &[&str]) -> Result<String> {
    let line = arguments.join(" ");
    let output = cargo(arguments).output().with_context(|| format!("`cargo {line}` could not be started"))?;
    if !output.status.success() {
        bail!("`cargo {line}` failed:\n{}", String::from_utf8_lossy(&output.stderr).trim_end());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`cargo {line}` printed something that is not UTF-8"))
}
