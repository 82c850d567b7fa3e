//! The Python on-ramp, run: examples/from_pytorch.py makes files that `score` and `measure` accept. Needs PyTorch; skips without.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::{path::Path, process::Command as Process};

use assert_cmd::Command;
use serde_json::Value;

/// Two tiny networks on random images; labels by brightness, so that features know something.
const SCRIPT: &str = r#"
import sys, torch
sys.path.insert(0, sys.argv[1])
from from_pytorch import for_deviations, for_jacobians, for_score
torch.manual_seed(0)
def network(width):
    return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(27, width), torch.nn.ReLU(), torch.nn.Linear(width, 4)).eval()
source, target = network(6), network(9)
images = torch.rand(40, 3, 3, 3)
labels = (images.mean((1, 2, 3)) > images.mean()).long()
loader = [(images[:25], labels[:25]), (images[25:], labels[25:])]
for_score("source.npz", source, source[3], loader, outcome=0.7)
for_score("target.npz", target, target[3], loader)
for_deviations("deviations.npz", source, target, loader)
for_jacobians("jacobians.npz", source, target, loader)
"#;

fn made_by_python(folder: &Path) -> bool {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").canonicalize().unwrap();
    let run = |arguments: &[&str]| {
        Process::new("python3").args(arguments).current_dir(folder).output().is_ok_and(|output| {
            if !output.status.success() {
                eprintln!("{}", String::from_utf8_lossy(&output.stderr));
            }
            output.status.success()
        })
    };
    if !run(&["-c", "import torch, numpy"]) {
        eprintln!("skipped: there is no PyTorch here");
        return false;
    }
    assert!(run(&["-c", SCRIPT, &examples.display().to_string()]), "the example runs where PyTorch is");
    true
}

fn answer(folder: &Path, arguments: &[&str]) -> Value {
    let assert = Command::cargo_bin("transferscope").unwrap().current_dir(folder).args(arguments).assert().success();
    serde_json::from_slice(&assert.get_output().stdout).unwrap()
}

#[test]
fn files_of_the_example_are_scored_and_measured() {
    let folder = tempfile::tempdir().unwrap();
    if !made_by_python(folder.path()) {
        return;
    }
    let scored = answer(folder.path(), &["score", "source.npz", "target.npz", "--json"]);
    assert_eq!(scored["networks"][0]["network"], "source");
    assert_eq!((&scored["networks"][0]["features"], &scored["networks"][1]["features"]), (&6.into(), &9.into()));
    assert!(scored["networks"][0]["scores"]["leep"]["value"]["estimate"].as_f64().unwrap() < 0.0);
    let moved = answer(folder.path(), &["measure", "--deviations", "deviations.npz", "--json"]);
    let alpha1 = moved["s_to_t"]["alpha1"]["estimate"].as_f64().unwrap();
    assert!(alpha1 > 0.0 && moved["samples"]["used"] == 40);
    let linear = answer(folder.path(), &["measure", "--jacobians", "jacobians.npz", "--json"]);
    // To first order no other perturbation moves the target more than its own.
    let alpha1 = linear["s_to_t"]["alpha1"]["estimate"].as_f64().unwrap();
    assert!(alpha1 > 0.0 && alpha1 <= 1.0, "{alpha1}");
}
