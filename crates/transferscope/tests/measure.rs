//! The main job as a user runs it: on embedded data, in JSON, in shards, with wrong input.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

fn transferscope(arguments: &[&str]) -> assert_cmd::assert::Assert {
    Command::cargo_bin("transferscope").unwrap().args(arguments).assert()
}

/// A pair that needs no training: fresh weights, narrow, so that a run takes a second.
const PAIR: [&str; 6] =
    ["--source", "lenet#seed=1&width=0.5", "--target", "fc#seed=2&width=0.1", "--data", "digits#split=test&limit=96"];

fn measured(more: &[&str]) -> Value {
    let arguments: Vec<&str> = ["measure"].iter().chain(&PAIR).chain(more).chain(&["--json"]).copied().collect();
    let output = transferscope(&arguments).success().get_output().stdout.clone();
    serde_json::from_slice(&output).unwrap()
}

fn without_clock_or_threads(mut value: Value) -> Value {
    value["settings"]["shard"] = Value::Null;
    value
}

#[test]
fn json_keeps_the_contract() {
    let result = measured(&["--steps", "2", "--matching"]);
    for direction in ["s_to_t", "t_to_s"] {
        for name in ["alpha1", "alpha2", "combined"] {
            let measure = &result[direction][name];
            assert!(measure["estimate"].is_f64(), "{direction} {name}: {measure}");
            assert_eq!(measure["over"], "images");
            assert_eq!(measure["n"], 96);
            for key in ["ci95", "std_error", "method"] {
                assert!(measure.get(key).is_some(), "{direction} {name} {key}");
            }
            for key in ["noise", "permuted", "self"] {
                assert!(measure["references"].get(key).is_some(), "{direction} {name} {key}");
            }
        }
        for key in ["median", "ratio_of_means", "envelope", "share_above_1"] {
            assert!(result[direction]["alpha1"][key].is_f64(), "{key}");
        }
        for key in ["unbiased_squared", "normalised", "centred"] {
            assert!(result[direction]["alpha2"][key].is_f64(), "{key}");
        }
        assert!(result[direction]["success"]["prediction_changed"]["estimate"].is_f64());
    }
    for kind in ["gradient", "function"] {
        for given in ["t_given_s", "s_given_t"] {
            let r2 = result["matching"][kind][given]["r2"].as_f64().unwrap();
            assert!((0.0..=1.0).contains(&r2));
        }
    }
    assert_eq!(result["samples"]["used"], 96);
    assert_eq!(result["settings"]["steps"], 2);
}

/// The chain of one pair, held out and in sample, and its links over three sources.
#[test]
fn the_chain_stands_side_by_side_and_over_sources() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for seed in 1..=3 {
        let source = format!("fc#seed={seed}&width=0.1");
        let arguments = ["measure", "--source", &source, "--target", "fc#seed=9&width=0.15", "--data"];
        let arguments: Vec<&str> = arguments
            .into_iter()
            .chain([
                "digits#split=test&limit=40",
                "--attack",
                "singular-vector",
                "--matching",
                "--engine",
                "burn",
                "--json",
            ])
            .collect();
        let output = transferscope(&arguments).success().get_output().stdout.clone();
        let result: Value = serde_json::from_slice(&output).unwrap();
        let (chain, matching) = (&result["chain"], &result["matching"]);
        // Attacks T->S speak of the target given the source, and of a head on the source.
        assert_eq!(chain["t_given_s"]["combined"], result["t_to_s"]["combined"]["estimate"]);
        assert_eq!(chain["t_given_s"]["gradient_r2"], matching["gradient"]["t_given_s"]["r2"]);
        assert_eq!(chain["s_given_t"]["function_r2_held_out"], matching["function_held_out"]["s_given_t"]["r2"]);
        let knowledge = &matching["knowledge"]["from_source"];
        assert_eq!(chain["t_given_s"]["transfer_r2_held_out"], knowledge["held_out"]["r2"]);
        // 8 of 40 images are held out; in sample is never worse.
        assert_eq!(knowledge["held_out_accuracy"]["n"], 8);
        let r2 = |value: &Value| value["r2"].as_f64().unwrap();
        assert!(r2(&knowledge["in_sample"]) >= r2(&knowledge["held_out"]));
        assert!(r2(&matching["function"]["t_given_s"]) >= r2(&matching["function_held_out"]["t_given_s"]));
        let path = folder.path().join(format!("{seed}.json"));
        std::fs::write(&path, &output).unwrap();
        files.push(path.display().to_string());
    }
    let arguments = ["chain", &files[0], &files[1], &files[2]];
    let text = String::from_utf8(transferscope(&arguments).success().get_output().stdout.clone()).unwrap();
    for word in ["gradients: matching R2", "which link breaks", "below 8 no verdict"] {
        assert!(text.contains(word), "'{word}' is missing in:\n{text}");
    }
    let arguments: Vec<&str> = arguments.into_iter().chain(["--json"]).collect();
    let answer: Value =
        serde_json::from_slice(&transferscope(&arguments).success().get_output().stdout.clone()).unwrap();
    assert_eq!(answer["results"].as_array().map(Vec::len), Some(3));
    assert_eq!(answer["t_given_s"].as_array().map(Vec::len), Some(6));
    assert_eq!(answer["t_given_s"][0]["chains"], 3);
    // A result without matching has no chain.
    let bare = folder.path().join("bare.json");
    std::fs::write(&bare, serde_json::to_string(&measured(&["--steps", "1"])).unwrap()).unwrap();
    let refused = transferscope(&["chain", &files[0], &bare.display().to_string()]).code(3);
    assert!(String::from_utf8_lossy(&refused.get_output().stderr).contains("--matching"));
}

/// How many images are enough: four times the error needs a sixteenth of the images.
#[test]
fn a_wanted_error_is_turned_into_a_number_of_images() {
    let needed = |wanted: &str| {
        let result = measured(&["--steps", "2", "--wanted-error", wanted]);
        result["images_needed"]["s_to_t"]["alpha1"].as_u64().unwrap()
    };
    let (fine, coarse) = (needed("0.001"), needed("0.004"));
    assert!(fine.abs_diff(16 * coarse) <= 16, "{fine} {coarse}");
    let refused = transferscope(&["measure", "--deviations", "x.npz", "--wanted-error", "0"]).code(2);
    assert!(String::from_utf8_lossy(&refused.get_output().stderr).contains("above 0"));
}

#[test]
fn threads_do_not_change_a_bit() {
    let one = measured(&["--steps", "2", "--start", "random", "--threads", "1"]);
    let two = measured(&["--steps", "2", "--start", "random", "--threads", "2"]);
    assert_eq!(one, two);
}

#[test]
fn two_merged_shards_are_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (first, second, whole) = (file("0.npz"), file("1.npz"), file("whole.npz"));
    measured(&["--steps", "2", "--shard", "0/2", "--save", &first]);
    measured(&["--steps", "2", "--shard", "1/2", "--save", &second]);
    measured(&["--steps", "2", "--save", &whole]);
    let given = |files: &[&str]| -> Value {
        let arguments: Vec<&str> = ["measure", "--json", "--deviations"].iter().chain(files).copied().collect();
        serde_json::from_slice(&transferscope(&arguments).success().get_output().stdout).unwrap()
    };
    let merged = given(&[&second, &first]);
    assert_eq!(without_clock_or_threads(merged.clone()), without_clock_or_threads(given(&[&whole])));
    // And the networks' own run gives the same numbers as its saved deviations.
    let direct = measured(&["--steps", "2"]);
    assert_eq!(direct["s_to_t"]["combined"]["estimate"], merged["s_to_t"]["combined"]["estimate"]);
    assert_eq!(direct["t_to_s"]["alpha1"], merged["t_to_s"]["alpha1"]);
}

#[test]
fn two_results_are_compared_image_by_image() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, result: &Value| {
        let path = folder.path().join(name);
        std::fs::write(&path, serde_json::to_string(result).unwrap()).unwrap();
        path.display().to_string()
    };
    let weak = write("weak.json", &measured(&["--steps", "2", "--eps", "2/255"]));
    let strong = write("strong.json", &measured(&["--steps", "2", "--eps", "8/255"]));
    let output = transferscope(&["compare", &strong, &weak, "--json"]).success().get_output().stdout.clone();
    let comparison: Value = serde_json::from_slice(&output).unwrap();
    assert_eq!(comparison["shared_images"], 96);
    assert!(comparison["s_to_t"]["alpha1"]["ci95"].is_array());
    let differs = comparison["settings_that_differ"].as_array().unwrap();
    assert!(differs.iter().any(|entry| entry[0] == "eps"));
    // A result against itself: no difference at all.
    let output = transferscope(&["compare", &weak, &weak, "--json"]).success().get_output().stdout.clone();
    let same: Value = serde_json::from_slice(&output).unwrap();
    assert_eq!(same["s_to_t"]["alpha1"]["estimate"], 0.0);
}

#[test]
fn first_order_measures_and_their_levels() {
    let level = |level: &str| measured(&["--attack", "singular-vector", "--level", level]);
    let (top, second) = (level("0"), level("1"));
    assert_eq!(top["settings"]["first_order"], true);
    let alpha1 = |result: &Value| result["s_to_t"]["alpha1"]["estimate"].as_f64().unwrap();
    // Exact attacks: alpha1 is at most 1, and both levels divide by the top one.
    assert!(alpha1(&top) <= 1.0 + 1e-6 && alpha1(&second) <= 1.0 + 1e-6);
    assert_eq!(top["s_to_t"]["success"], Value::Null);
}

#[test]
fn text_speaks_in_words() {
    let arguments: Vec<&str> = ["measure"].iter().chain(&PAIR).chain(&["--steps", "1"]).copied().collect();
    let output = transferscope(&arguments).success().get_output().stdout.clone();
    let text = String::from_utf8(output).unwrap();
    for word in ["knowledge -> adversarial", "chance", "ceiling", "never trained", "96 images measured"] {
        assert!(text.contains(word), "'{word}' is missing in:\n{text}");
    }
}

/// Each wrong input: exit code, and a part of the sentence that says what to do.
#[test]
fn wrong_input_gets_a_sentence_and_its_code() {
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("test_batch.bin");
    std::fs::write(&cut, vec![0_u8; 3073 * 2 + 5]).unwrap();
    let cut = format!("cifar10:{}", cut.display());
    let unwritable = Path::new("no-such-folder").join("x.csv").display().to_string();
    let cases: Vec<(Vec<&str>, i32, &str)> = vec![
        (vec!["measure", "--source", "lenet"], 2, "--target"),
        (vec!["measure"], 2, "lenet@digits"),
        (with_data("digits", &["--eps", "-1"]), 2, "above 0"),
        (with_data("digits", &["--eps", "8"]), 2, "did you mean 8/255"),
        (with_data("digits", &["--attack", "cw"]), 2, "singular-vector"),
        (with_data("digits", &["--precision", "fp8"]), 2, "bf16x3"),
        (
            with_data("digits", &["--engine", "burn", "--precision", "bf16"]),
            2,
            "only fixed networks on the engine 'cpu'",
        ),
        (with_data("digits", &["--device", "cuda"]), 2, "flex"),
        (with_data("digits#classes=three", &[]), 3, "three"),
        (with_data("digits#limit=ten", &[]), 2, "limit"),
        (with_data("digitz", &[]), 2, "digits"),
        (with_data("cifar10:no-such-folder", &[]), 3, "no-such-folder"),
        (with_data(&cut, &[]), 3, "3073"),
        (vec!["measure", "--source", "lenot", "--target", "fc", "--data", "digits"], 2, "lenet"),
        (vec!["measure", "--source", "lenet@nothing.th", "--target", "fc", "--data", "digits"], 3, "nothing.th"),
        (with_data("digits#limit=8", &["--steps", "1", "--per-image", &unwritable]), 3, "no-such-folder"),
        (vec!["measure", "--deviations", "nothing.npz"], 3, "nothing.npz"),
        (vec!["measure", "--jacobians", "nothing.npz", "--eps", "0.1"], 2, "networks"),
        (
            vec![
                "measure",
                "--source",
                "lenet#classes=7",
                "--target",
                "fc",
                "--data",
                "digits",
                "--images",
                "both-correct",
            ],
            2,
            "7 classes",
        ),
        (vec!["explain", "gamma2"], 2, "alpha2"),
    ];
    for (arguments, code, part) in cases {
        let assert = transferscope(&arguments).code(code);
        let error = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(error.contains(part), "{arguments:?} should speak of '{part}':\n{error}");
        assert!(!error.contains("panicked"), "{arguments:?}:\n{error}");
        assert!(assert.get_output().stdout.is_empty(), "{arguments:?} wrote an answer");
    }
}

fn with_data<'a>(data: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    ["measure", "--source", "lenet", "--target", "fc", "--data", data].iter().chain(more).copied().collect()
}
