//! A BERT classifier as both exporters of PyTorch write it: logits, and gradients at the looked-up vectors.
//!
//! The files and the golden values come from scripts/golden/text_exports.py; two of the three texts end in padding.

use std::{collections::HashMap, io::Read, path::Path};

use serde::Deserialize;
use transferscope_import::text::{LoadedTextNetwork, load_text_network};
use transferscope_network::{
    array::Array,
    interpreter::evaluate,
    passes::{find_embedding, find_head},
    zoo::text::TextPooling,
};

const EXPORTS: &[u8] = include_bytes!("golden/text_exports.zip");
/// Both sides compute in double precision; the exporters folded some constants in single precision.
const TOLERANCE: f64 = 1e-5;

#[derive(Deserialize)]
struct Expected {
    tokens: Vec<Vec<f64>>,
    logits: Vec<Vec<f64>>,
    gradient: Vec<Vec<Vec<f64>>>,
}

fn member(name: &str) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(EXPORTS)).expect("it is a zip file");
    let mut bytes = Vec::new();
    archive.by_name(name).expect("the script wrote it").read_to_end(&mut bytes).expect("it is sound");
    bytes
}

fn expected() -> Expected {
    serde_json::from_slice(&member("expected.json")).expect("the script wrote it")
}

/// A folder as Optimum leaves it, with this export in it.
fn folder(export: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("there is room");
    for (name, bytes) in [
        ("model.onnx", member(&format!("{export}.onnx"))),
        ("config.json", member("config.json")),
        ("vocab.txt", member("vocab.txt")),
    ] {
        std::fs::write(folder.path().join(name), bytes).expect("there is room");
    }
    folder
}

fn load(export: &str, length: Option<usize>) -> LoadedTextNetwork {
    let folder = folder(export);
    load_text_network(folder.path(), length, None).unwrap_or_else(|error| panic!("{export}: {error}"))
}

fn distance(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).fold(0.0_f64, |most, (a, b)| most.max((a - b).abs()))
}

fn check(export: &str, length: Option<usize>) {
    let (network, expected) = (load(export, length), expected());
    assert_eq!(network.contract.length, 12, "{export}");
    assert_eq!(network.contract.class_names, ["neg", "pos", "none"], "{export}");
    let tokens = Array::new(vec![3, 12], expected.tokens.concat()).expect("three texts");
    let evaluation = evaluate(&network.graph, &[tokens], &HashMap::new()).expect("the shapes fit");
    let head = find_head(&network.graph).expect("it is a classifier");
    let error = distance(evaluation.value(head.logits).data(), &expected.logits.concat());
    assert!(error < TOLERANCE, "{export}: logits {error}");
    let embedding = find_embedding(&network.graph).expect("its tokens are looked up");
    let table = network.graph.weight(embedding.table).expect("a weight");
    assert_eq!(table.shape(), [15, 8], "{export}");
    let first = (0..9).map(|place| if place % 3 == 0 { 1.0 } else { 0.0 }).collect();
    let cotangent = Array::new(vec![3, 3], first).expect("three rows of three classes");
    let pulled = evaluation.pull_back(&[(head.logits, cotangent)], &[embedding.embedded]).expect("one for each logit");
    let error = distance(pulled[0].data(), &expected.gradient.concat().concat());
    assert!(error < TOLERANCE, "{export}: gradient {error}");
}

#[test]
fn open_exports_give_the_logits_of_transformers() {
    for export in ["script", "script_eager", "script_two_inputs", "dynamo", "dynamo_eager", "dynamo_two_inputs"] {
        check(export, Some(12));
    }
}

#[test]
fn exports_of_a_fixed_batch_and_length_run_with_any_batch() {
    for export in ["script_batch_of_1", "script_batch_of_3", "dynamo_batch_of_1", "dynamo_batch_of_3"] {
        check(export, None);
    }
}

/// Without a length, the positions that there are.
#[test]
fn an_open_length_is_that_of_the_configuration() {
    assert_eq!(load("script", None).contract.length, 16);
    assert_eq!(load("dynamo", Some(5)).contract.length, 5);
}

fn refusal(folder: &Path, length: Option<usize>, pooling: Option<TextPooling>) -> String {
    load_text_network(folder, length, pooling).expect_err("it cannot be used").to_string()
}

#[test]
fn what_cannot_be_read_is_refused_with_the_reason() {
    let fixed = folder("script_batch_of_1");
    let error = refusal(fixed.path(), Some(11), None);
    assert!(error.contains("exported for 12 tokens") && error.contains("#length=11"), "{error}");
    assert!(refusal(fixed.path(), None, Some(TextPooling::Mean)).contains("leave pooling out"));
    let open = folder("dynamo");
    let error = refusal(open.path(), Some(17), None);
    assert!(error.contains("17"), "{error}");
    let path = open.path().join("model.onnx");
    let bytes = std::fs::read(&path).expect("it was just written");
    let replaced = |from: &[u8], to: &[u8]| {
        let mut bytes = bytes.clone();
        let places: Vec<usize> = (0..bytes.len() - from.len()).filter(|&at| bytes[at..].starts_with(from)).collect();
        assert!(!places.is_empty() && from.len() == to.len());
        places.into_iter().for_each(|at| bytes[at..at + from.len()].copy_from_slice(to));
        std::fs::write(&path, bytes).expect("there is room");
        refusal(open.path(), Some(12), None)
    };
    let error = replaced(b"token_type_ids", b"position_ids__");
    assert!(error.contains("an input 'position_ids__'") && error.contains("token_type_ids"), "{error}");
    let error = replaced(b"Tanh", b"Tanx");
    assert!(error.contains("Tanx") && error.contains("docs/operators.md"), "{error}");
    // An answer to the mask that no mask of 1 and 0 can give: the node and what was wanted are named.
    let error = replaced(b"IsNaN", b"IsInf");
    assert!(error.contains("IsInf"), "{error}");
    std::fs::write(&path, &bytes[..bytes.len() / 2]).expect("there is room");
    assert!(refusal(open.path(), Some(12), None).contains("model.onnx"));
    std::fs::write(&path, &bytes).expect("there is room");
    std::fs::remove_file(open.path().join("vocab.txt")).expect("it was just written");
    assert!(refusal(open.path(), Some(12), None).contains("tokenizer.json"), "a network without its tokenizer");
}
