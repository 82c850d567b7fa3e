//! The commands for sentences from end to end, on a made-up language: train, attack, measure; and what they refuse.

use std::{fs, path::Path};

use assert_cmd::Command;

/// Sentences whose class is that of their one deciding word.
fn sentences(count: usize) -> String {
    let words = [["dull", "poor", "cold"], ["fine", "warm", "great"]];
    let nouns = ["film", "plot", "actor", "scene"];
    (0..count)
        .map(|at| {
            format!(
                "{} The {} of this {} is {}.\n",
                at % 2,
                nouns[at / 2 % 4],
                nouns[at / 3 % 4],
                words[at % 2][at / 2 % 3]
            )
        })
        .collect()
}

fn transferscope(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("transferscope").expect("it was built for this test");
    let output = command.current_dir(folder).args(arguments).output().expect("it starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

fn json(folder: &Path, arguments: &[&str]) -> serde_json::Value {
    let (code, out, error) = transferscope(folder, arguments);
    assert_eq!(code, 0, "{arguments:?}: {error}");
    serde_json::from_str(&out).expect("stdout holds one JSON document")
}

const TRAIN: [&str; 10] =
    ["--data", "text:train.txt", "--epochs", "6", "--rate", "0.02", "--batch", "16", "--min-count", "1"];

#[test]
fn networks_are_trained_attacked_and_measured() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let at = folder.path();
    fs::write(at.join("train.txt"), sentences(120)).expect("it can be written");
    fs::write(at.join("test.txt"), sentences(24)).expect("it can be written");
    let found = json(at, &["data", "inspect", "text:train.txt", "--json"]);
    assert_eq!((found["count"].as_u64(), found["words"][3].as_u64()), (Some(120), Some(7)));
    for (network, out) in [("text-bag#length=8&width=8", "bag"), ("text-cnn#length=8&width=8", "cnn")] {
        let rest = ["--test", "text:test.txt", "--out", out, "--json"];
        let record = json(at, &[["text", "train", network].as_slice(), &TRAIN, &rest].concat());
        assert_eq!(record["test_accuracy"]["estimate"].as_f64(), Some(1.0), "{network}");
    }
    // Fine-tuned without moving the table: a sibling whose embeddings can be attacked together.
    json(at, &[["text", "train", "bag", "--keep-embedding", "--out", "sibling", "--json"].as_slice(), &TRAIN].concat());
    let attacked = json(at, &["text", "attack", "cnn", "--data", "text:test.txt", "--out", "changed.txt", "--json"]);
    assert!(attacked["fooled"]["estimate"].as_f64().is_some_and(|share| share > 0.9), "{}", attacked["fooled"]);
    let text = &attacked["texts"][0];
    assert_eq!(text["words"].as_array().map(Vec::len), Some(1));
    assert_ne!(text["before"], text["after"]);
    assert!(fs::read_to_string(at.join("changed.txt")).is_ok_and(|lines| lines.lines().count() >= 20));
    let measured =
        json(at, &["text", "measure", "--source", "cnn", "--target", "bag", "--data", "text:test.txt", "--json"]);
    for direction in ["s_to_t", "t_to_s"] {
        assert!(measured[direction]["alpha1"]["estimate"].as_f64().is_some_and(|alpha1| alpha1 > 0.0), "{direction}");
    }
    assert!(measured["words"]["source"]["words_changed"]["estimate"].is_number());
    let embedding =
        ["text", "measure", "--attack", "pgd", "--data", "text:test.txt", "--json", "--source", "bag", "--target"];
    assert!(json(at, &[embedding.as_slice(), &["sibling"]].concat())["words"].is_null());
    let first_order = ["text", "measure", "--attack", "singular-vector", "--data", "text:test.txt", "--source", "bag"];
    let (code, said, error) = transferscope(at, &[first_order.as_slice(), &["--target", "sibling"]].concat());
    assert_eq!(code, 0, "{error}");
    assert!(said.contains("first order: right-singular vector 0 of the Jacobian, deviations J·v"), "{said}");
    for (option, value) in [("--eps", "0.1"), ("--steps", "3")] {
        let typed = [first_order.as_slice(), &["--target", "sibling", option, value]].concat();
        let (code, _, error) = transferscope(at, &typed);
        assert!(code == 2 && error.contains(&format!("leave {option} out")), "{error}");
    }
    let (code, _, error) = transferscope(at, &[embedding.as_slice(), &["cnn"]].concat());
    assert_eq!(code, 2, "{error}");
    assert!(error.contains("embedding tables differ") && error.contains("hotflip"), "{error}");
}

/// The paper's warm-up is a share of all steps; a checkpoint is gone on from by the command that asks for it, to the same bytes.
#[test]
fn fine_tuning_follows_the_preset_and_keeps_checkpoints() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let at = folder.path();
    fs::write(at.join("train.txt"), sentences(60)).expect("it can be written");
    let tuned = |out: &'static str| {
        let network = ["text", "train", "text-bag#length=8&width=8", "--data", "text:train.txt", "--out", out];
        [network.as_slice(), &["--preset", "paper", "--epochs", "3", "--checkpoint", "kept", "--json"]].concat()
    };
    let record = json(at, &tuned("first"));
    let recipe = &record["recipe"];
    assert_eq!((&recipe["schedule"]["kind"], recipe["dropout"].as_f64()), (&"linear".into(), Some(0.1)));
    assert!(recipe["warm-up"].as_f64().is_some_and(|epochs| (epochs - 0.3).abs() < 1e-12), "{recipe}");
    assert_eq!(recipe["optimizer"]["spare-vectors"].as_bool(), Some(true));
    let (code, _, error) = transferscope(at, &tuned("second"));
    assert!(code == 3 && error.contains("is there already"), "{error}");
    json(at, &[tuned("second").as_slice(), &["--resume"]].concat());
    let bytes = |name: &str| fs::read(at.join(name).join("model.safetensors")).expect("it was written");
    assert_eq!(bytes("first"), bytes("second"));
    let in_order = |seed: &'static str, out: &'static str| {
        let network = ["text", "train", "text-bag#length=8&width=8&seed=1", "--data", "text:train.txt", "--out", out];
        [network.as_slice(), &["--epochs", "2", "--keep", "last", "--in-order", "--seed", seed]].concat()
    };
    for (seed, out) in [("1", "one"), ("2", "other")] {
        assert_eq!(transferscope(at, &in_order(seed, out)).0, 0);
    }
    assert_eq!(bytes("one"), bytes("other"), "in the order of the data no seed is asked");
    let wrong = ["train", "fc", "--data", "digits", "--dropout", "0.1", "--epochs", "1", "--out", "fc.safetensors"];
    let (code, _, error) = transferscope(at, &wrong);
    assert!(code == 2 && error.contains("no place for dropout"), "{error}");
}

#[test]
fn what_cannot_be_meant_is_refused_with_what_would_be() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let at = folder.path();
    fs::write(at.join("bad.txt"), "1 fine\n0\n").expect("it can be written");
    fs::write(at.join("one.txt"), "1 fine\n1 good\n").expect("it can be written");
    let refused = |arguments: &[&str], code: i32, word: &str| {
        let (found, _, error) = transferscope(at, arguments);
        assert_eq!(found, code, "{arguments:?}: {error}");
        assert!(error.contains(word), "{arguments:?}: {error}");
    };
    let train = |network: &'static str, data: &'static str| ["text", "train", network, "--data", data, "--out", "x"];
    refused(&train("text-bag", "text:bad.txt"), 3, "line 2");
    refused(&train("text-bag", "text:nowhere.txt"), 3, "nowhere.txt");
    refused(&train("text-bag", "digits"), 2, "text:PATH");
    refused(&[train("text-bag", "text:one.txt").as_slice(), &["--min-count", "1"]].concat(), 3, "two classes");
    refused(&train("text-bag", "text:one.txt"), 3, "--min-count");
    refused(&train("text-rnn", "text:one.txt"), 2, "text-bag, text-cnn, bert");
    refused(&["text", "run", "bert", "--data", "text:one.txt"], 2, "text train bert");
    refused(&["measure", "--source", "lenet", "--target", "lenet", "--data", "text:one.txt"], 2, "transferscope text");
}
