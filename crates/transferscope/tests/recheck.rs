//! `recheck` as a user runs it: a small table always, the public tables where they are.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::path::PathBuf;

use assert_cmd::Command;
use serde_json::Value;

fn recheck(arguments: &[&str], code: i32) -> (Value, String) {
    let mut all = vec!["recheck"];
    all.extend(arguments);
    all.push("--json");
    let assert = Command::cargo_bin("transferscope").unwrap().args(&all).assert().code(code);
    let output = assert.get_output();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    (serde_json::from_slice(&output.stdout).unwrap_or(Value::Null), error)
}

fn shared_tables() -> Option<PathBuf> {
    let root = std::env::var_os("TRANSFERSCOPE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let tables = root.join("data/published-tables");
    tables.is_dir().then_some(tables)
}

#[test]
fn the_papers_table_is_five_networks_and_no_more() {
    let (report, _) = recheck(&["paper"], 0);
    assert_eq!(report["networks"], 5);
    let smallest = report["advice"]["smallest_p"].as_f64().unwrap();
    assert!((smallest - 1.0 / 60.0).abs() < 1e-12);
    assert_eq!(report["advice"]["squared"].as_array().unwrap().len(), 2);
}

#[test]
fn faults_of_the_public_tables_are_found_and_sound_ones_pass() {
    let Some(tables) = shared_tables() else {
        eprintln!("skipped: the public tables are not here");
        return;
    };
    let file = |name: &str| tables.join(format!("tllib-{name}.csv")).display().to_string();
    for name in ["caltech101", "cifar10", "cifar100", "stanfordcars", "sun397"] {
        recheck(&[&file(name)], 0);
    }
    for name in ["aircraft", "oxfordiiitpets"] {
        let (report, _) = recheck(&[&file(name)], 5);
        assert!(report["claims"].as_array().unwrap().iter().any(|claim| claim["verdict"] == "not_reproducible"));
    }
    let (report, _) = recheck(&[&file("dtd"), "--classes", "dtd"], 5);
    assert!(!report["copies"].as_array().unwrap().is_empty());
    // Three H-scores above 46, and the copied column's ten positive values where an NCE cannot be.
    let violations = report["bound_violations"].as_array().unwrap();
    let of = |score: &str| violations.iter().filter(|violation| violation["score"] == score).count();
    assert_eq!((of("h_score"), of("nce")), (3, 10));
}

#[test]
fn tables_of_several_targets_are_also_taken_together() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    // The score orders the networks as the outcomes do on both targets, the bar on none.
    let one = write("one.csv", "network,outcome,score,bar\na,1,1,3\nb,2,2,2.5\nc,3,4,1\n");
    let two = write("two.csv", "network,outcome,score,bar\na,5,7,1\nb,3,2,2.5\nc,4,5,2\n");
    let (report, _) = recheck(&[&one, &two, "--bars", "bar"], 0);
    assert_eq!(report["tables"][1]["target"], "two");
    let across = &report["across_targets"];
    assert_eq!((&across["targets"][0], &across["kinds"][0]["best_bar"]), (&"one".into(), &"bar".into()));
    let score = &across["kinds"][0]["scores"][0];
    assert_eq!((&score["name"], score["mean"]["estimate"].as_f64()), (&"score".into(), Some(1.0)));
    assert!(score["over_best_bar"]["estimate"].as_f64().unwrap() > 1.0 && score["helps"].is_boolean());
    let (_, error) = recheck(&[&one, "--bars", "bar"], 2);
    assert!(error.contains("give several tables"), "{error}");
    let (_, error) = recheck(&[&one, &two, "--bars", "nothing"], 2);
    assert!(error.contains("'nothing'") && error.contains("score, bar"), "{error}");
    let mut command = Command::cargo_bin("transferscope").unwrap();
    let output = command.args(["recheck", &one, &two, "--bars", "bar"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("2 target tasks: one, two") && text.contains("the best bar is bar"), "{text}");
}

#[test]
fn bad_tables_get_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let write = |text: &str| {
        let path = folder.path().join("table.csv");
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    for (text, part) in [
        ("model,accuracy,leep\na,1,2\nb,2\n", "b"),
        ("model,accuracy,leep\na,1,2\nb,2,x\nc,3,4\nd,4,5\n", "x"),
        ("model,score\na,1\nb,2\nc,3\n", "outcome"),
    ] {
        let (_, error) = recheck(&[&write(text)], 3);
        assert!(error.contains(part), "{text:?}: {error}");
    }
    let (_, error) = recheck(&["nothing.csv"], 3);
    assert!(error.contains("nothing.csv"));
}
