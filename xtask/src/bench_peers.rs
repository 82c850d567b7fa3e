//! `cargo xtask bench-peers`: the same work in this project and in PyTorch, alternately in one go.
//!
//! Whole processes take turns, so that whatever else the machine does touches both alike; only ratios of medians mean
//! anything on a shared machine.
#![expect(clippy::print_stdout, reason = "the table is the answer, and may be piped into a file")]

use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::{process, root::root};

/// Network, work, and the ratio that is the goal.
const CASES: &[(&str, &str, f64)] = &[
    ("resnet18", "forward", 0.8),
    ("resnet18", "gradient", 0.7),
    ("resnet50", "forward", 0.8),
    ("resnet50", "gradient", 0.7),
    ("resnet20-cifar", "gradient", 0.7),
    ("mobilenet", "gradient", 0.7),
    ("lenet", "gradient", 0.7),
    ("fc", "gradient", 0.7),
    ("resnet18", "training", 1.0),
];
const ROUNDS: usize = 3;

/// Runs all cases, or those whose name or work was typed, and prints the table, or with `--json` one document.
///
/// # Errors
/// Where the example cannot be built, or PyTorch is not there (`pip install torch`).
pub fn run(words: &[&str]) -> Result<()> {
    let as_json = words.contains(&"--json");
    let chosen: Vec<&&str> = words.iter().filter(|word| !word.starts_with("--")).collect();
    let engine = words.iter().find_map(|word| word.strip_prefix("--engine=")).unwrap_or("cpu");
    let build = ["build", "--release", "--package", "transferscope-engine", "--example", "peer"];
    if !process::succeeds(&build, &[])? {
        bail!("the example could not be built");
    }
    let own = root().join("target/release/examples/peer");
    let script = root().join("benches/peers/pytorch.py");
    let mut rows = Vec::new();
    for (case, work, goal) in CASES {
        if !chosen.is_empty() && !chosen.iter().any(|word| *word == case || *word == work) {
            continue;
        }
        let (mut ours, mut theirs) = (Timed::default(), Timed::default());
        for _ in 0..ROUNDS {
            ours.add(Command::new(&own).args([case, work, engine]))?;
            theirs.add(Command::new("python3").arg(&script).args([case, work]))?;
        }
        let ratio = ours.median() / theirs.median();
        if !as_json {
            if rows.is_empty() {
                println!(
                    "ours: {}; theirs: {}; batch 64, medians of {} runs, in ms",
                    ours.version,
                    theirs.version,
                    ours.times.len()
                );
                println!("\n| network | work | ours | theirs | ratio | goal |\n| --- | --- | --- | --- | --- | --- |");
            }
            println!("| {case} | {work} | {:.1} | {:.1} | {ratio:.2} | {goal} |", ours.median(), theirs.median());
        }
        rows.push(json!({
            "network": case, "work": work, "batch": 64, "ratio": ratio, "goal": goal,
            "ours": {"median_ms": ours.median(), "ms": ours.times, "version": ours.version},
            "theirs": {"median_ms": theirs.median(), "ms": theirs.times, "version": theirs.version},
        }));
    }
    if rows.is_empty() {
        bail!("no case is named like that; the networks and works are {CASES:?}");
    }
    if as_json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
    }
    Ok(())
}

/// The times of one program.
#[derive(Default)]
struct Timed {
    times: Vec<f64>,
    version: String,
}

impl Timed {
    fn add(&mut self, command: &mut Command) -> Result<()> {
        let output = command.output().with_context(|| format!("{command:?} could not be started"))?;
        if !output.status.success() {
            bail!("{command:?} failed:\n{}", String::from_utf8_lossy(&output.stderr).trim_end());
        }
        let said: Value =
            serde_json::from_slice(&output.stdout).with_context(|| format!("{command:?} printed no JSON"))?;
        let times = said["milliseconds"].as_array().into_iter().flatten().filter_map(Value::as_f64);
        self.times.extend(times);
        self.version = said["version"].as_str().unwrap_or_default().to_owned();
        Ok(())
    }

    fn median(&self) -> f64 {
        let mut sorted = self.times.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::INFINITY)
    }
}
