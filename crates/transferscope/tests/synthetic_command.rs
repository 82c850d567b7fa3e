//! The command `synthetic` from outside: contract of its output, and what it says of bad input.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use assert_cmd::Command;
use serde_json::Value;

fn transferscope() -> Command {
    Command::cargo_bin("transferscope").unwrap()
}

#[track_caller]
fn refused(arguments: &[&str], code: i32, words: &str) {
    let output = transferscope().arg("synthetic").args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.contains(words), "expected '{words}' in: {said}");
    assert!(output.stdout.is_empty());
}

#[test]
fn bad_input_is_told_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    refused(&["--data", "no/such/folder"], 3, "expected one with `datasets/` and `models/`");
    refused(&["--data", root, "--seed", "1"], 2, "--seed goes with --data generated");
    refused(&["--json", "--csv"], 2, "cannot be used with");
    refused(&["--source-width", "0"], 2, "0 is not in 1..=4096");
    std::fs::create_dir(folder.path().join("datasets")).unwrap();
    refused(&["--data", root], 3, "expected one npz file with arrays X and Y");
    std::fs::write(folder.path().join("datasets/rbf-m-100-N.npz"), b"not a zip").unwrap();
    refused(&["--data", root], 3, "models");
    std::fs::create_dir(folder.path().join("models")).unwrap();
    std::fs::write(folder.path().join("models/model_weights-target-m-7-N"), b"damaged").unwrap();
    refused(&["--data", root], 3, "no weights of hidden width 100");
    refused(&["--data", root], 3, "widths there: 7");
    std::fs::write(folder.path().join("models/model_weights-target-m-100-N"), b"damaged").unwrap();
    refused(&["--data", root], 3, "model_weights-target-m-100-N");
}

fn shared() -> Option<std::path::PathBuf> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/synthetic");
    path.is_dir().then_some(path)
}

#[test]
fn json_keeps_its_contract_and_the_page_is_whole() {
    let Some(data) = shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let output =
        transferscope().args(["synthetic", "--json", "--data"]).arg(&data).arg("--report").arg(&page).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = document["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 10);
    for name in [
        "row",
        "scale",
        "cumulative",
        "alpha1_s_to_t",
        "alpha1_t_to_s",
        "alpha2_s_to_t",
        "alpha2_t_to_s",
        "combined_s_to_t",
        "combined_t_to_s",
        "loss_source",
        "loss_target",
        "gradient_matching",
    ] {
        assert!(rows.iter().all(|row| row[name].is_number()), "{name}");
    }
    assert_eq!(document["source_width"], 50);
    let page = std::fs::read_to_string(page).unwrap();
    assert_eq!(page.matches("<svg").count(), 8, "four pictures for each of two levels");
    for words in [
        "level 0 (the attack of the paper)",
        "the claim holds",
        "the claim does not hold throughout",
        "Which link breaks",
    ] {
        assert!(page.contains(words), "{words}");
    }
    for foreign in ["http://", "https://", "<script", "NaN"] {
        let allowed = page.replace("http://www.w3.org/2000/svg", "").replace("http://www.w3.org/1999/xlink", "");
        assert!(!allowed.contains(foreign), "{foreign}");
    }
    refused(&["--data", data.to_str().unwrap(), "--level", "10"], 3, "levels 0 to 9");
    refused(&["--data", data.to_str().unwrap(), "--source-width", "51"], 3, "widths there: 50, 100");
}
