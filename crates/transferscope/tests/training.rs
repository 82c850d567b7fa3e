//! `train` and `transfer` as a user runs them: files that load back, resume after a kill, refusals with their codes.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::{path::Path, time::Duration};

use assert_cmd::Command;
use serde_json::Value;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("transferscope").unwrap();
    command.args(arguments);
    command
}

fn json(arguments: &[&str]) -> Value {
    let output = command(arguments).arg("--json").assert().success();
    serde_json::from_slice(&output.get_output().stdout).unwrap()
}

fn refusal(arguments: &[&str], code: i32) -> String {
    let output = command(arguments).assert().code(code);
    String::from_utf8(output.get_output().stderr.clone()).unwrap()
}

const TRAIN: &str = "digits#split=train&limit=160&seed=1";

fn train<'a>(out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let own =
        ["train", "fc#width=0.1", "--data", TRAIN, "--epochs", "4", "--rate", "0.1", "--batch", "16", "--out", out];
    own.iter().copied().chain(more.iter().copied()).collect()
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}

/// What was trained is a NETWORK: it is transferred, its transfer is one too, and both know their classes.
#[test]
fn a_trained_network_is_transferred_and_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let [trained, probed] = ["trained.safetensors", "probed.safetensors"].map(|name| path(folder.path(), name));
    let result = json(&train(&trained, &["--test", "digits#split=test"]));
    assert_eq!(result["history"].as_array().unwrap().len(), 4);
    let accuracy = result["test_accuracy"]["estimate"].as_f64().unwrap();
    assert!(accuracy > 0.2, "chance is 0.10 ± 0.013, found {accuracy}");
    assert_eq!((&result["chosen_on_test"], &result["test_accuracy"]["n"]), (&Value::from(false), &Value::from(500)));
    let task = ["--data", "digits#split=train&classes=1,7", "--test", "digits#split=test&classes=1,7"];
    let options = ["--method", "probe", "--twin", "--baseline", "--out", &probed];
    let result = json(&[&["transfer", &trained], &task[..], &options[..]].concat());
    assert!(result["outcome"]["accuracy"]["estimate"].as_f64().unwrap() > 0.9);
    for reference in ["untrained_twin", "raw_pixels"] {
        assert!(result[reference]["gain"]["ci95"].is_array(), "{reference}");
    }
    assert_eq!(result["from_scratch"], Value::Null);
    let inspected = json(&["networks", "inspect", &probed, "--no-check"]);
    assert_eq!(inspected["contract"]["class_names"], serde_json::json!(["1", "7"]));
}

/// A run that is killed between two epochs ends, resumed, with the bytes of one that was not; and the killed run leaves no
/// half-written network.
#[test]
fn a_killed_run_is_resumed_to_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, parts, checkpoint] =
        ["whole.safetensors", "parts.safetensors", "checkpoint"].map(|name| path(folder.path(), name));
    command(&train(&whole, &[])).assert().success();
    let with_checkpoint = train(&parts, &["--checkpoint", &checkpoint]);
    let mut running = std::process::Command::new(assert_cmd::cargo::cargo_bin("transferscope"))
        .args(&with_checkpoint)
        .stderr(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    // As soon as there is a checkpoint; where the run is faster than this test it has ended, and is resumed all the same.
    let file = Path::new(&checkpoint).join("checkpoint.npz");
    while !file.exists() && running.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(2));
    }
    drop(running.kill());
    running.wait().unwrap();
    assert!(file.exists());
    let refused = refusal(&with_checkpoint, 3);
    assert!(refused.contains("resume"), "{refused}");
    command(&train(&parts, &["--checkpoint", &checkpoint, "--resume"])).assert().success();
    assert_eq!(std::fs::read(whole).unwrap(), std::fs::read(parts).unwrap());
}

#[test]
fn refusals_have_their_codes_and_write_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = path(folder.path(), "x.safetensors");
    let nowhere = path(folder.path(), "none/x.safetensors");
    for (arguments, code, words) in [
        (train(&out, &["--validation", "1.5"]), 2, "validation"),
        (train(&out, &["--keep", "last", "--patience", "3"]), 2, "--patience"),
        (train(&out, &["--preset", "paper"]), 2, "test"),
        (train(&out, &["--resume"]), 2, "--checkpoint"),
        (train(&nowhere, &[]), 3, "none"),
        (vec!["train", "fc", "--data", "digits#classes=1", "--out", &out], 3, "two classes"),
        (vec!["train", "fc#classes=3", "--data", TRAIN, "--out", &out], 3, "3 classes"),
        (vec!["train", "fc", "--data", TRAIN, "--rate", "nan", "--out", &out], 2, "learning rate"),
        (vec!["train", "fc@digits", "--data", TRAIN, "--out", &out], 2, "already"),
        (vec!["transfer", "fc", "--data", TRAIN, "--test", "digits#classes=1,2"], 3, "classes"),
        (vec!["transfer", "fc", "--data", TRAIN, "--test", "digits", "--method", "lastlayer"], 2, "last-layer"),
    ] {
        let text = refusal(&arguments, code);
        assert!(text.contains(words), "{arguments:?}: {text}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
