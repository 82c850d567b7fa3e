//! `cargo xtask bench-peers`: the same work in this project and in PyTorch, alternately in one go.
//!
//! Whole processes take turns, so that whatever else the machine does touches both alike; only ratios of medians mean
//! anything on a shared machine.
#![expect(clippy::print_stdout, reason = "the table is the answer, and may be piped into a file")]

use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::{process, root::root};

/// Network, work, our precision, PyTorch's, and the ratio that is the goal.
const CASES: &[(&str, &str, &str, &str, f64)] = &[
    ("resnet18", "forward", "f32", "f32", 0.8),
    ("resnet18", "forward", "bf16x3", "f32", 0.5),
    ("resnet18", "forward", "bf16", "bf16", 0.6),
    ("resnet18", "gradient", "f32", "f32", 0.7),
    ("resnet18", "gradient", "bf16x3", "f32", 0.4),
    ("resnet18", "gradient", "bf16", "bf16", 0.6),
    ("resnet50", "forward", "f32", "f32", 0.8),
    ("resnet50", "forward", "bf16x3", "f32", 0.5),
    ("resnet50", "forward", "bf16", "bf16", 0.6),
    ("resnet50", "gradient", "f32", "f32", 0.7),
    ("resnet50", "gradient", "bf16x3", "f32", 0.4),
    ("resnet50", "gradient", "bf16", "bf16", 0.6),
    ("resnet20-cifar", "gradient", "f32", "f32", 0.7),
    ("mobilenet", "gradient", "f32", "f32", 0.7),
    ("lenet", "gradient", "f32", "f32", 0.7),
    ("fc", "gradient", "f32", "f32", 0.7),
    ("resnet18", "training", "f32", "f32", 1.0),
];
const ROUNDS: usize = 3;

/// Runs all cases, or those whose network, work or precision was typed, and prints the table, or with `--json` one document.
/// `--engine=cpu-avx2` holds our side to a tier.
///
/// # Errors
/// Where the example cannot be built, or PyTorch is not there (`pip install torch`).
pub fn run(words: &[&str]) -> Result<()> {
    let as_json = words.contains(&"--json");
    let chosen: Vec<&&str> = words.iter().filter(|word| !word.starts_with("--")).collect();
    let engine = words.iter().find_map(|word| word.strip_prefix("--engine=")).unwrap_or("cpu");
    // The whole workspace: one package alone would be built with other features of its dependencies.
    let build = ["build", "--release", "--workspace", "--example", "peer"];
    if !process::succeeds(&build, &[])? {
        bail!("the example could not be built");
    }
    let own = root().join("target/release/examples/peer");
    let script = root().join("benches/peers/pytorch.py");
    let mut rows = Vec::new();
    for (case, work, precision, their_precision, goal) in CASES {
        if !chosen.iter().all(|word| [case, work, precision].contains(word)) {
            continue;
        }
        let engine = if *precision == "f32" { engine.to_owned() } else { format!("{engine}-{precision}") };
        let (mut ours, mut theirs) = (Timed::default(), Timed::default());
        for _ in 0..ROUNDS {
            ours.add(Command::new(&own).args([case, work, engine.as_str()]))?;
            theirs.add(Command::new("python3").arg(&script).args([case, work, "--precision", their_precision]))?;
        }
        let ratio = ours.median() / theirs.median();
        if !as_json {
            if rows.is_empty() {
                println!(
                    "theirs: {}; batch 64, two threads, medians of {} runs, in ms\n",
                    theirs.version,
                    ours.times.len()
                );
                println!("| network | work | engine | ours | their precision | theirs | ratio | goal |");
                println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
            }
            let (own, their) = (ours.median(), theirs.median());
            println!(
                "| {case} | {work} | {} | {own:.1} | {their_precision} | {their:.1} | {ratio:.2} | {goal} |",
                ours.version
            );
        }
        rows.push(json!({
            "network": case, "work": work, "precision": precision, "their_precision": their_precision, "batch": 64, "ratio": ratio, "goal": goal,
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
