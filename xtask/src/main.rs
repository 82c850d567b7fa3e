//! Chores of the workspace: the checks that keep the design.
//!
//! `cargo xtask check` runs everything that must hold before a change is proposed, cheapest first, and stops at
//! the first step that fails. `cargo xtask help` names the steps; each can be run alone. `cargo xtask bench-peers`
//! compares the engine with PyTorch.

mod bench_peers;
mod process;
mod report;
mod root;
mod rust;
mod steps;
mod tidy;
mod tree;
mod walls;

use std::process::ExitCode;

use steps::{STEPS, Step};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] | ["help" | "--help" | "-h"] => {
            report::help(STEPS);
            ExitCode::SUCCESS
        }
        ["check"] => run(STEPS),
        ["bench-peers", options @ ..] => match bench_peers::run(options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                report::failed("bench-peers", &error);
                ExitCode::FAILURE
            }
        },
        [name] => match STEPS.iter().position(|step| step.name == *name) {
            Some(place) => run(&STEPS[place..=place]),
            None => misuse(&format!("there is no step named `{name}`")),
        },
        _ => misuse("one word is expected: `check`, `help`, or the name of one step"),
    }
}

/// Runs the steps in order and stops at the first that fails, because the later ones cost more and say less.
fn run(steps: &[Step]) -> ExitCode {
    for step in steps {
        report::start(step);
        match (step.run)() {
            Ok(broken) if broken.is_empty() => {}
            Ok(broken) => {
                report::failure(step, &broken);
                return ExitCode::FAILURE;
            }
            Err(error) => {
                report::cannot_run(step, &error);
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

/// Tells what was typed wrong; 2 is the exit code for wrong usage.
fn misuse(what: &str) -> ExitCode {
    report::misuse(what, STEPS);
    ExitCode::from(2)
}
