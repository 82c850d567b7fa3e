//! The transferscope binary: reads the command line, runs a command, ends with its exit code.

use std::process::ExitCode;

use clap::Parser;
use transferscope::{commands, console::Console, exit, interrupt};

/// Measures how attacks and knowledge transfer between neural networks.
///
/// People's text goes to stdout; with --json, stdout holds one JSON document and nothing else.
/// Exit codes: 0 done, 2 usage, 3 bad input, 4 computation not possible, 5 checks failed, 130 interrupted.
#[derive(Parser)]
#[command(name = "transferscope", version, max_term_width = 100)]
struct CommandLine {
    #[command(subcommand)]
    command: commands::Command,
}

fn main() -> ExitCode {
    exit::quiet_panics();
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(error) => {
            // clap prints help and version to stdout (code 0) and mistakes to stderr (code 2).
            return match error.print() {
                Ok(()) if error.exit_code() == 0 => ExitCode::SUCCESS,
                _ => ExitCode::from(exit::USAGE),
            };
        }
    };
    interrupt::listen();
    let console = Console::standard();
    match commands::dispatch(line.command, &console) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            console.failure(&failure);
            ExitCode::from(failure.code)
        }
    }
}
