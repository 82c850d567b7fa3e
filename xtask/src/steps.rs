//! The steps of `cargo xtask check`, cheapest first; the tests are last so that their summary ends the output.

use anyhow::Result;

use crate::process;
use crate::report::Broken;
use crate::tidy;
use crate::walls;

/// One step of the check.
pub struct Step {
    /// What is typed after `cargo xtask`.
    pub name: &'static str,
    /// What it does, in one line.
    pub what: &'static str,
    /// Runs it; the rules that do not hold, none when all is well.
    pub run: fn() -> Result<Vec<Broken>>,
    /// True where the tool's own summary must end the output: what to do is then said at the start.
    pub tool_speaks_last: bool,
}

/// All steps in the order of `check`.
pub const STEPS: &[Step] = &[
    Step { name: "format", what: "rustfmt would change nothing", run: format, tool_speaks_last: false },
    Step {
        name: "tidy",
        what: "the rules of the house that no compiler knows",
        run: tidy::rules::run,
        tool_speaks_last: false,
    },
    Step { name: "walls", what: "who may depend on whom", run: walls::rules::run, tool_speaks_last: false },
    Step { name: "clippy", what: "no warning in any target", run: clippy, tool_speaks_last: false },
    Step {
        name: "docs",
        what: "the documentation builds, private items included, without a warning",
        run: docs,
        tool_speaks_last: false,
    },
    Step { name: "doctest", what: "every example in the documentation runs", run: doctest, tool_speaks_last: false },
    Step {
        name: "test",
        what: "unit and integration tests; each restates a law, so where one fails repair the code, not the test",
        run: test,
        tool_speaks_last: true,
    },
];

/// Runs cargo, whose own output says what is wrong; `broken` adds the rule, the reason and the remedy.
fn cargo(arguments: &[&str], environment: &[(&str, &str)], broken: Broken) -> Result<Vec<Broken>> {
    let fine = process::succeeds(arguments, environment)?;
    Ok(if fine { Vec::new() } else { vec![broken] })
}

fn format() -> Result<Vec<Broken>> {
    cargo(
        &["fmt", "--all", "--", "--check"],
        &[],
        Broken {
            rule: "rustfmt would change nothing (places above)",
            why: "one layout for all, so that a change shows only what it changes",
            remedy: "run `cargo fmt --all`",
            places: Vec::new(),
        },
    )
}

fn clippy() -> Result<Vec<Broken>> {
    cargo(
        &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
        &[],
        Broken {
            rule: "no warning from the compiler or clippy in any target (places above)",
            why: "a warning that stays hides the next one; disallowed methods name their alternative in clippy.toml",
            remedy: "repair it, or put `#[expect(the_lint, reason = \"…\")]` on the smallest item and say why",
            places: Vec::new(),
        },
    )
}

fn docs() -> Result<Vec<Broken>> {
    cargo(
        &["doc", "--workspace", "--no-deps", "--document-private-items"],
        &[("RUSTDOCFLAGS", "-D warnings")],
        Broken {
            rule: "the documentation builds with private items and without a warning (places above)",
            why: "a broken link is a reader who gives up; private items are read by the next person who changes them",
            remedy: "repair the link or the markup that rustdoc names",
            places: Vec::new(),
        },
    )
}

fn doctest() -> Result<Vec<Broken>> {
    cargo(
        &["test", "--doc", "--workspace"],
        &[],
        Broken {
            rule: "every example in the documentation runs (places above)",
            why: "an example is the first thing that is copied",
            remedy: "repair the example or the code it shows; `cargo test --doc -p CRATE` runs one crate's",
            places: Vec::new(),
        },
    )
}

fn test() -> Result<Vec<Broken>> {
    let arguments: &[&str] = if process::has("nextest") {
        &["nextest", "run", "--workspace", "--no-fail-fast"]
    } else {
        // The examples of the documentation are the step before.
        &["test", "--workspace", "--no-fail-fast", "--lib", "--bins", "--tests", "--examples"]
    };
    cargo(
        arguments,
        &[],
        Broken {
            rule: "every test passes (places above)",
            why: "a test restates a law of the design or of the paper",
            remedy: "repair the code; change the test only when the law itself was wrong, and say so in the commit",
            places: Vec::new(),
        },
    )
}
