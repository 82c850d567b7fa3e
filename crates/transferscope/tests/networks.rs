//! `networks`, `data` and `explain` as a user runs them.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use assert_cmd::Command;
use serde_json::Value;

fn answer(arguments: &[&str]) -> String {
    let output = Command::cargo_bin("transferscope").unwrap().args(arguments).assert().success();
    String::from_utf8(output.get_output().stdout.clone()).unwrap()
}

#[test]
fn the_zoo_is_listed() {
    let text = answer(&["networks", "list"]);
    for name in ["fc", "lenet", "alexnet", "resnet18", "resnet34", "resnet50", "resnet8-cifar", "resnet56-cifar"] {
        assert!(text.contains(name), "{name}");
    }
    let list: Value = serde_json::from_str(&answer(&["networks", "list", "--json"])).unwrap();
    assert!(list.as_array().unwrap().iter().any(|entry| entry["name"] == "lenet" && entry["parameters"] == 62_006));
}

#[test]
fn inspection_checks_the_gradient() {
    let text = answer(&["networks", "inspect", "lenet#width=0.5"]);
    for part in ["gradient check passed", "head:", "contract:", "conv1", "multiply-adds"] {
        assert!(text.contains(part), "'{part}' is missing in:\n{text}");
    }
}

/// A converted network is the same network: same logits, no zoo needed.
#[test]
fn a_network_survives_conversion() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (network, first, second) = (file("net.safetensors"), file("a.npz"), file("b.npz"));
    let spec = "lenet#seed=3&width=0.5";
    answer(&["networks", "convert", spec, "--out", &network]);
    let data = "digits#limit=20";
    answer(&["networks", "run", spec, "--data", data, "--input-gradient", "--out", &first]);
    answer(&["networks", "run", &network, "--data", data, "--input-gradient", "--out", &second]);
    assert_eq!(std::fs::read(first).unwrap(), std::fs::read(second).unwrap());
}

#[test]
fn data_are_listed_and_inspected() {
    let text = answer(&["data", "list"]);
    for kind in ["digits", "cifar10", "cifar100", "stl10", "idx", "folder", "npz"] {
        assert!(text.contains(kind), "{kind}");
    }
    let digits: Value = serde_json::from_str(&answer(&["data", "inspect", "digits", "--json"])).unwrap();
    assert_eq!(digits["count"], 1797);
}

#[test]
fn terms_are_explained() {
    let text = answer(&["explain", "alpha2"]);
    for part in ["range", "floor", "ceiling", "moved by", "defined in"] {
        assert!(text.contains(part), "{part}");
    }
    assert!(answer(&["explain"]).contains("combined"));
}

/// One network for a moment: every figure is there and above zero, and the reference tier is among the peaks.
#[test]
fn bench_tells_peaks_and_images_a_second() {
    let result: Value =
        serde_json::from_str(&answer(&["bench", "lenet", "--seconds", "0.01", "--batch", "4", "--json"])).unwrap();
    assert_eq!(result["peaks"][0]["tier"], "portable");
    let is_positive = |figure: &Value| figure.as_f64() > Some(0.0);
    assert!(result["peaks"].as_array().unwrap().iter().all(|peak| is_positive(&peak["gigaflops"])));
    for figure in ["forward", "gradient", "share_of_peak"] {
        assert!(is_positive(&result["rows"][0][figure]), "{figure}");
    }
}
