//! The commands around studies, as people type them: refusals with their codes, plans without work, saved attacks.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use transferscope::{
    commands::subjects::{self, RunOptions},
    console::Console,
    lab::data,
};

fn transferscope(arguments: &[&str], folder: &Path) -> (i32, String, String) {
    let mut command = Command::cargo_bin("transferscope").unwrap();
    let output = command.args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_study_is_written_planned_and_refused_with_a_sentence_and_a_code() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| transferscope(arguments, folder.path());
    let (code, said, _) = run(&["init", "demo"]);
    assert_eq!(code, 0);
    assert!(said.contains("demo.toml") && said.contains("about"), "{said}");
    // What is there is not written over.
    assert_eq!(run(&["init", "demo"]).0, 3);
    assert_eq!(run(&["init", "demos"]).0, 2);

    let (code, said, _) = run(&["run", "demo.toml", "--dry-run"]);
    assert_eq!(code, 0, "{said}");
    for part in ["cells", "attack and measure", "Chance of finding", "consistent with"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let (_, json, _) = run(&["run", "demo.toml", "--dry-run", "--json"]);
    let plan: Value = serde_json::from_str(&json).unwrap();
    assert!(plan["minutes"].as_f64().unwrap() > 0.0 && plan["power"]["can_decide"] == Value::Bool(false));

    for (arguments, code, words) in [
        (vec!["run", "missing.toml"], 3, "init"),
        (vec!["run", "demo.toml", "--set", "training.epocs=1"], 2, "did you mean `epochs`"),
        (vec!["run", "demo.toml", "--profile", "quick"], 2, "no profile"),
        (vec!["run", "demo.toml", "--shard", "2/2"], 2, "shard"),
        // A file where the folder should be: cannot be written, and nothing was trained before it was found out.
        (vec!["run", "demo.toml", "--out", "demo.toml/out"], 3, "demo.toml/out"),
        (vec!["report", "."], 3, "not the folder of a study"),
    ] {
        let (found, _, said) = run(&arguments);
        assert_eq!(found, code, "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
}

/// What the manifest says of the saved images is what anybody finds who loads them again.
#[test]
fn what_is_saved_is_what_was_evaluated() {
    const NETWORK: &str = "fc@digits#width=0.05&epochs=2";
    let folder = tempfile::tempdir().unwrap();
    let arguments =
        ["attack", NETWORK, "--data", "digits#split=test&limit=70", "--eps", "0.21", "--out", "saved", "--json"];
    let (code, json, said) = transferscope(&arguments, folder.path());
    assert_eq!(code, 0, "{said}");
    let manifest: Value = serde_json::from_str(&json).unwrap();
    let saved = folder.path().join("saved");
    assert_eq!(std::fs::read_dir(saved.join("png")).unwrap().count(), 70);
    let on_disk: Value = serde_json::from_str(&std::fs::read_to_string(saved.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(on_disk, manifest);
    // 0.21 is 53.55 levels of 1/255: rounding must not go to 54. A millionth for f32.
    assert!(manifest["largest_change"].as_f64().unwrap() <= 53.0 / 255.0 + 1e-6);

    let images = data::load(&format!("npz:{}", saved.join("adversarial.npz").display())).unwrap();
    let clean = data::load("digits#split=test&limit=70").unwrap();
    assert_eq!(images.labels(), clean.labels());
    let console = Console::standard();
    let network = subjects::network(NETWORK, &console).unwrap_or_else(|failure| panic!("{}", failure.error));
    let options =
        RunOptions { engine: "auto".into(), precision: "f32".into(), device: "flex".into(), threads: Some(1) };
    let graph = subjects::attached(&network, &images).unwrap_or_else(|failure| panic!("{}", failure.error));
    let outcome = transferscope::lab::training::measure_accuracy(&graph, &images, &options.device, 1).unwrap();
    assert_eq!(Some(outcome.accuracy.value()), manifest["adversarial_accuracy"].as_f64());
    assert!(manifest["clean_accuracy"].as_f64() > manifest["adversarial_accuracy"].as_f64());

    // No step, no image; several restarts, no single image.
    for extra in [vec!["--attack", "singular-vector"], vec!["--start", "random", "--restarts", "2"]] {
        let mut arguments = vec!["attack", "lenet", "--data", "digits#limit=2", "--out", "none"];
        arguments.extend(extra);
        assert_eq!(transferscope(&arguments, folder.path()).0, 2);
    }
}
