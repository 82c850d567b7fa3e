//! A miniature of Hugging Face's BERT from its folder against transformers in float64 (scripts/golden/bert.py).
//!
//! Tolerance: the interpreter works in f64 on the same f32 weights; epsilon and the scale of attention are rounded to f32
//! once, which moves numbers of order 1 by some 1e-7.

use std::{collections::HashMap, path::PathBuf};

use serde::Deserialize;
use transferscope_import::text::{LoadedTextNetwork, load_text_network};
use transferscope_network::{array::Array, interpreter::evaluate, passes::find_head, zoo::text::TextPooling};

const TOLERANCE: f64 = 1e-6;

#[derive(Deserialize)]
struct Expected {
    length: usize,
    tokens: Vec<Vec<f64>>,
    logits: Vec<Vec<f64>>,
    mean_of_tokens: Vec<Vec<f64>>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/bert-miniature")
}

fn expected() -> Expected {
    let text = std::fs::read_to_string(folder().join("expected.json")).expect("it is committed");
    serde_json::from_str(&text).expect("the script wrote it")
}

/// Logits and features of the golden tokens.
fn answers(network: &LoadedTextNetwork, expected: &Expected) -> [Array<f64>; 2] {
    let shape = vec![expected.tokens.len(), expected.length];
    let tokens = Array::new(shape, expected.tokens.concat()).expect("rows of one length");
    let evaluation = evaluate(&network.graph, &[tokens], &HashMap::new()).expect("it runs");
    let head = find_head(&network.graph).expect("it is a classifier");
    [evaluation.value(head.logits).clone(), evaluation.value(head.features).clone()]
}

fn close(what: &str, found: &Array<f64>, expected: &[Vec<f64>]) {
    let expected = expected.concat();
    assert_eq!(found.len(), expected.len(), "{what}");
    for (left, right) in found.data().iter().zip(&expected) {
        assert!((left - right).abs() < TOLERANCE, "{what}: {left}, not {right}");
    }
}

#[test]
fn a_classifier_gives_the_logits_of_transformers() {
    let expected = expected();
    let network = load_text_network(&folder(), Some(expected.length), None).expect("it is a folder of BERT's");
    assert_eq!(network.contract.class_names, ["neg", "pos", "none"]);
    assert!(network.notes.is_empty(), "{:?}", network.notes);
    let [logits, _] = answers(&network, &expected);
    close("logits", &logits, &expected.logits);
}

#[test]
fn mean_pooling_gives_the_mean_of_the_tokens_of_transformers() {
    let expected = expected();
    let pooling = Some(TextPooling::Mean);
    let network = load_text_network(&folder(), Some(expected.length), pooling).expect("it is a folder of BERT's");
    assert!(network.notes.iter().any(|note| note.contains("pooler.dense")), "what is left out is said");
    let [_, features] = answers(&network, &expected);
    close("features", &features, &expected.mean_of_tokens);
}

#[test]
fn folders_that_do_not_fit_are_refused() {
    let copy = tempfile::tempdir().expect("a folder can be made");
    let place = |name: &str| copy.path().join(name);
    for name in ["config.json", "model.safetensors", "vocab.txt"] {
        std::fs::copy(folder().join(name), place(name)).expect("it can be copied");
    }
    let config = std::fs::read_to_string(place("config.json")).expect("it was just copied");
    let refusal = |from: &str, to: &str| {
        assert!(config.contains(from), "{from}");
        std::fs::write(place("config.json"), config.replace(from, to)).expect("it can be written");
        load_text_network(copy.path(), None, None).expect_err("it does not fit").to_string()
    };
    assert!(refusal("\"hidden_size\": 8", "\"hidden_size\": 16").contains("word_embeddings"));
    assert!(refusal("\"model_type\": \"bert\"", "\"model_type\": \"roberta\"").contains("only bert is read"));
    assert!(refusal("\"hidden_act\": \"gelu\"", "\"hidden_act\": \"relu\"").contains("only gelu is read"));
    assert!(refusal("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3").contains("encoder.layer.2"));
    assert!(refusal("\"vocab_size\": 15", "\"vocab_size\": 2000000000").contains("word_embeddings"));
    std::fs::write(place("config.json"), &config).expect("it can be written");
    std::fs::remove_file(place("vocab.txt")).expect("it was just copied");
    assert!(load_text_network(copy.path(), None, None).is_err(), "a network without its tokenizer reads nothing");
    assert!(load_text_network(copy.path(), Some(17), None).is_err(), "there are 16 positions");
}
