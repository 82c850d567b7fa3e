//! `score` as a user runs it: files in, scores, ties, agreement and correlations out; refusals with their exit codes.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use transferscope_lab::data::{Compression, NpzWriter};

const IMAGES: usize = 60;

/// A network whose features and logits tell three classes apart better the larger `signal` is.
fn save(folder: &Path, name: &str, signal: f64, outcome: Option<f64>, probabilities: bool) {
    let mut file = NpzWriter::create(&folder.join(name), Compression::Stored).unwrap();
    let labels: Vec<i64> = (0..IMAGES as i64).map(|i| i % 3).collect();
    let number = |i: usize, j: usize| ((i * 31 + j * 17) as f64).sin() + if j == i % 3 { signal } else { 0.0 };
    let features: Vec<f64> = (0..IMAGES * 4).map(|at| number(at / 4, at % 4)).collect();
    let logits: Vec<f64> = match probabilities {
        false => (0..IMAGES * 3).map(|at| number(at / 3, at % 3)).collect(),
        true => (0..IMAGES * 3).map(|at| f64::from(u8::from(at % 3 == 0))).collect(),
    };
    file.array("features", &[IMAGES, 4], features.as_slice()).unwrap();
    file.array("logits", &[IMAGES, 3], logits.as_slice()).unwrap();
    file.array("labels", &[IMAGES], labels.as_slice()).unwrap();
    if let Some(outcome) = outcome {
        file.array("outcome", &[1], [outcome].as_slice()).unwrap();
    }
    file.finish().unwrap();
}

fn score(folder: &Path, arguments: &[&str], code: i32) -> (Vec<u8>, String) {
    let mut command = Command::cargo_bin("transferscope").unwrap();
    let assert = command.current_dir(folder).arg("score").args(arguments).assert().code(code);
    let output = assert.get_output();
    (output.stdout.clone(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn four_networks_with_outcomes_are_ordered_and_correlated() {
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path();
    for (name, signal, outcome) in [("a.npz", 0.1, 0.4), ("b.npz", 0.8, 0.6), ("c.npz", 3.0, 0.9), ("d.npz", 0.4, 0.5)]
    {
        save(there, name, signal, Some(outcome), false);
    }
    let files = ["a.npz", "b.npz", "c.npz", "d.npz", "--table", "scores.csv"];
    let (json, _) = score(there, &[&files[..], &["--json"]].concat(), 0);
    let report: Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(report["ordered_by"], "linear_probe");
    assert_eq!((&report["order"][0], &report["ties"]["networks"][0]["network"]), (&"c".into(), &"c".into()));
    let scores = &report["networks"][0]["scores"];
    assert_eq!(scores.as_object().unwrap().len(), 10);
    assert_eq!(scores["h_score"]["range"]["high"], 2.0);
    assert!(scores["linear_probe"]["value"]["ci95"].is_array() && scores["logme"]["value"]["ci95"].is_null());
    let against = &report["against_outcomes"];
    assert_eq!(against["scores"][0]["correlations"].as_array().unwrap().len(), 5);
    // The written table is one that `recheck` reads.
    let mut recheck = Command::cargo_bin("transferscope").unwrap();
    let output =
        recheck.current_dir(there).args(["recheck", "scores.csv", "--classes", "3", "--json"]).output().unwrap();
    // On so small a table two scores may be equal throughout, which `recheck` calls a fault (exit code 5); it is read all the same.
    assert!(matches!(output.status.code(), Some(0 | 5)));
    let rechecked: Value = serde_json::from_slice(&output.stdout).unwrap();
    let pearson = |value: &Value| value["scores"][0]["correlations"][0]["value"].as_f64().unwrap();
    assert!((pearson(against) - pearson(&rechecked)).abs() < 1e-12);
    let text = String::from_utf8(score(there, &files, 0).0).unwrap();
    for word in ["linear probe", "may be the best", "Spearman", "by outcome", "4 networks: a test of orders"] {
        assert!(text.contains(word), "{word} in\n{text}");
    }
}

#[test]
fn probabilities_under_the_name_of_logits_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), "p.npz", 1.0, None, true);
    let (json, _) = score(folder.path(), &["p.npz", "--json"], 0);
    let report: Value = serde_json::from_slice(&json).unwrap();
    let leep = &report["networks"][0]["scores"]["leep"];
    assert!(leep["value"].is_null() && leep["absent_because"].as_str().unwrap().contains("look like probabilities"));
}

#[test]
fn refusals_have_their_codes_and_sentences() {
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path();
    save(there, "a.npz", 1.0, None, false);
    assert!(score(there, &["missing.npz"], 3).1.contains("missing.npz"));
    assert!(score(there, &["a.npz", "--folds", "1"], 2).1.contains("at least 2"));
    assert!(score(there, &["a.npz", "a.npz"], 3).1.contains("two networks are called 'a'"));
    let mut file = NpzWriter::create(&there.join("no_labels.npz"), Compression::Stored).unwrap();
    file.array("features", &[2, 1], [1.0, 2.0].as_slice()).unwrap();
    file.finish().unwrap();
    assert!(score(there, &["no_labels.npz"], 3).1.contains("'labels'"));
}
