//! What people read: which rule was broken, where, why the rule is there, and what to do.
#![expect(clippy::print_stderr, reason = "this program talks to a person at a terminal, and this is its only mouth")]

use crate::steps::Step;

/// One place where a rule does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Path below the root, with `/`; a package name for what no file holds.
    pub path: String,
    /// Line, counted from 1; 0 when the whole file is meant.
    pub line: usize,
    /// What was found there.
    pub found: String,
}

impl Place {
    /// A place in a file.
    pub fn new(path: &str, line: usize, found: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, found: found.into() }
    }
}

/// A rule that does not hold, with everything a reader needs to repair it.
#[derive(Debug)]
pub struct Broken {
    /// The rule in one line.
    pub rule: &'static str,
    /// Why it is there.
    pub why: &'static str,
    /// What to do.
    pub remedy: &'static str,
    /// Where; empty when the tool that was run has said it already.
    pub places: Vec<Place>,
}

/// Announces a step.
pub fn start(step: &Step) {
    eprintln!("── {}: {}", step.name, step.what);
}

/// Tells of every rule that does not hold; silent after a tool whose own summary must end the output.
pub fn failure(step: &Step, broken: &[Broken]) {
    if step.tool_speaks_last {
        return;
    }
    for rule in broken {
        eprintln!("\nbroken rule: {}", rule.rule);
        for place in &rule.places {
            if place.line == 0 {
                eprintln!("  {}: {}", place.path, place.found);
            } else {
                eprintln!("  {}:{}: {}", place.path, place.line, place.found);
            }
        }
        eprintln!("  why: {}", rule.why);
        eprintln!("  do:  {}", rule.remedy);
    }
    eprintln!("\n`{0}` failed; `cargo xtask {0}` runs this step alone", step.name);
}

/// Tells that a step could not be run at all.
pub fn cannot_run(step: &Step, error: &anyhow::Error) {
    eprintln!("`{}` could not be run: {error:#}", step.name);
}

/// Tells that a command failed.
pub fn failed(name: &str, error: &anyhow::Error) {
    eprintln!("`{name}` failed: {error:#}");
}

/// Names the steps.
pub fn help(steps: &[Step]) {
    eprintln!("cargo xtask check     all steps below in this order; stops at the first that fails");
    for step in steps {
        eprintln!("cargo xtask {:<9} {}", step.name, step.what);
    }
    eprintln!("cargo xtask bench-peers [NETWORK|WORK|PRECISION]… [--engine=NAME] [--json]");
    eprintln!("                      the engine beside PyTorch, alternately; needs python3 with torch");
    eprintln!("cargo xtask help      this list");
}

/// Tells what was typed wrong, and what can be typed.
pub fn misuse(what: &str, steps: &[Step]) {
    eprintln!("{what}\n");
    help(steps);
}
