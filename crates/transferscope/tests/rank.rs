//! `rank` as a user runs it, on tiny networks and a few digits: order, alphas, cache, page, and what it refuses.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

const DATA: &str = "digits#limit=120&seed=1";
const CANDIDATES: [&str; 3] = ["lenet", "fc#width=0.05", "resnet8-cifar#width=0.25"];

fn rank(folder: &Path, arguments: &[&str], code: i32) -> (Value, String) {
    let mut command = Command::cargo_bin("transferscope").unwrap();
    let assert = command.current_dir(folder).arg("rank").args(arguments).arg("--json").assert().code(code);
    let output = assert.get_output();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    (serde_json::from_slice(&output.stdout).unwrap_or(Value::Null), error)
}

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut all = vec!["--target-data", DATA, "--candidates"];
    all.extend(CANDIDATES);
    all.extend(more);
    all
}

#[test]
fn candidates_are_ordered_measured_kept_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path();
    std::fs::write(
        there.join("known.csv"),
        "network,outcome,source_accuracy\nlenet,0.9,\nfc#width=0.05,0.7,0.5\nresnet8-cifar#width=0.25,0.8,-\n",
    )
    .unwrap();
    let arguments = with(&[
        "--reference",
        "alexnet#width=0.1",
        "--steps",
        "2",
        "--alpha-images",
        "40",
        "--cache",
        "kept",
        "--page",
        "page.html",
        "--outcomes",
        "known.csv",
        "--table",
        "one.csv",
    ]);
    let (report, _) = rank(there, &arguments, 0);
    assert_eq!(report["target"]["spec"], "digits#limit=120&seed=1&split=train");
    assert_eq!(report["ordered_by"], "linear_probe");
    let candidates = report["candidates"].as_array().unwrap();
    assert_eq!((candidates.len(), report["alpha_images"].as_u64()), (3, Some(40)));
    let probe = |name: &Value| {
        let found = candidates.iter().find(|candidate| &candidate["name"] == name).unwrap();
        found["scores"]["scores"]["linear_probe"]["value"]["estimate"].as_f64().unwrap()
    };
    let order = report["order"].as_array().unwrap();
    assert!(probe(&order[0]) >= probe(&order[1]) && probe(&order[1]) >= probe(&order[2]));
    for candidate in candidates {
        let alphas = candidate["alphas"].as_array().unwrap();
        assert_eq!(alphas.len(), 1);
        let envelope = alphas[0]["t_to_s"]["alpha1_envelope"]["estimate"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&envelope));
        assert!(candidate["flags"][0].as_str().unwrap().contains("never trained"));
        assert_eq!(candidate["cost"]["forward_for_scores"], 1.0);
        assert_eq!(candidate["cost"]["reverse_for_alphas"], 2.0);
    }
    assert_eq!(report["order_by_combined"].as_array().unwrap().len(), 3);
    assert_eq!(report["against_outcomes"]["networks"], 3);
    let html = std::fs::read_to_string(there.join("page.html")).unwrap();
    assert!(
        html.contains("Which network to fine-tune")
            && html.contains("resnet8-cifar#width=0.25")
            && !html.contains("http")
    );

    // The table is one that `recheck` takes, together with those of other targets.
    std::fs::copy(there.join("one.csv"), there.join("two.csv")).unwrap();
    let mut recheck = Command::cargo_bin("transferscope").unwrap();
    let bars = ["--bars", "source_accuracy", "linear_probe", "--json"];
    let output = recheck.current_dir(there).args(["recheck", "one.csv", "two.csv"]).args(bars).output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 5)), "{}", String::from_utf8_lossy(&output.stderr));
    let together: Value = serde_json::from_slice(&output.stdout).unwrap();
    let taus = &together["across_targets"]["kinds"][0];
    assert_eq!(taus["best_bar"], "linear_probe");
    assert!(taus["scores"].as_array().unwrap().iter().any(|score| score["name"] == "combined_t_to_s"));

    // The second time features come from the cache, and every score is the same to the last bit.
    let (again, _) = rank(there, &with(&["--reference", "none", "--cache", "kept"]), 0);
    for (first, second) in candidates.iter().zip(again["candidates"].as_array().unwrap()) {
        assert_eq!(second["cost"]["forward_for_scores"], 0.0);
        for (kind, entry) in first["scores"]["scores"].as_object().unwrap() {
            assert_eq!(entry["value"]["estimate"], second["scores"]["scores"][kind]["value"]["estimate"], "{kind}");
        }
    }
}

#[test]
fn references_are_trained_on_what_they_are_not_measured_on() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = with(&["--reference-epochs", "1", "--steps", "1", "--alpha-images", "30"]);
    let (report, _) = rank(folder.path(), &arguments, 0);
    let references = report["references"].as_array().unwrap();
    assert_eq!(references.len(), 4);
    let families: Vec<&str> = references.iter().map(|found| found["network"]["family"].as_str().unwrap()).collect();
    // LeNet and ResNet are candidates' families here, so others are taken.
    assert_eq!(families, ["alexnet", "alexnet", "mobilenet", "mobilenet"]);
    assert!(references[0]["network"]["weights"].as_str().unwrap().contains("96 images"));
    assert_eq!(references[0]["accuracy"]["n"], 24);
    assert_eq!(report["reference_agreement"].as_array().unwrap().len(), 6);
    assert_eq!(report["alpha_images"], 24);
}

#[test]
fn the_first_candidates_are_fine_tuned_and_judged_on_the_test_split() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = with(&["--reference", "none", "--verify", "2", "--verify-epochs", "1"]);
    let (report, _) = rank(folder.path(), &arguments, 0);
    let verified = &report["verification"];
    assert_eq!(verified["test_data"], "digits#split=test");
    let candidates = verified["candidates"].as_array().unwrap();
    assert_eq!((candidates.len(), &candidates[0]["name"]), (2, &report["order"][0]));
    assert_eq!(candidates[0]["accuracy"]["n"], 500);
    assert!(verified["order_held"].is_boolean() && verified["sentence"].as_str().unwrap().contains("order"));
}

#[test]
fn refusals_have_their_codes_and_sentences() {
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path();
    let test_split = ["--target-data", "digits#split=test", "--candidates", "lenet"];
    assert!(rank(there, &test_split, 2).1.contains("training split only"));
    assert!(rank(there, &with(&["--reference", "lenet"]), 2).1.contains("never a candidate"));
    assert!(rank(there, &with(&["--verify", "4"]), 2).1.contains("number of candidates, 3"));
    assert!(rank(there, &with(&["--time-limit", "soon"]), 2).1.contains("time limit"));
    std::fs::write(there.join("other.csv"), "network,outcome\nsomebody,0.9\n").unwrap();
    assert!(rank(there, &with(&["--outcomes", "other.csv"]), 3).1.contains("names none of the candidates"));
    let (late, _) = rank(there, &with(&["--time-limit", "0.001s"]), 0);
    assert!(late["notes"].to_string().contains("time limit was reached"));
}
