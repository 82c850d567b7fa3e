//! Weight files with the names of timm and Hugging Face Transformers: every name and shape finds its place in the zoo.
//!
//! The names come from scripts/golden/weight_names.py; that the networks then compute the same is shown by
//! scripts/results/weight_names.py.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use serde::Deserialize;
use transferscope_import::{
    ImportError,
    state_dict::{StateDict, fill, with_zoo_names},
};
use transferscope_network::{
    array::Array,
    zoo::{Architecture, Settings, find},
};

#[derive(Deserialize)]
struct Golden {
    networks: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    zoo: String,
    classes: usize,
    library: String,
    weights: BTreeMap<String, Vec<usize>>,
}

fn golden() -> Vec<Entry> {
    serde_json::from_str::<Golden>(include_str!("golden/weight_names.json")).expect("the script wrote it").networks
}

fn dict(entry: &Entry) -> StateDict {
    let ones = |shape: &Vec<usize>| Arc::new(Array::filled(shape.clone(), 1.0));
    let tensors = entry.weights.iter().map(|(name, shape)| (name.clone(), ones(shape))).collect();
    StateDict { path: PathBuf::from("weights.safetensors"), tensors, notes: vec![] }
}

fn architecture(entry: &Entry) -> &'static Architecture {
    find(&entry.zoo).expect("it is in the zoo")
}

#[test]
fn every_weight_of_another_library_finds_its_place() {
    let entries = golden();
    assert_eq!(entries.len(), 5);
    for entry in &entries {
        let renamed = with_zoo_names(dict(entry), architecture(entry));
        assert!(renamed.notes[0].contains(&format!("{} weights", entry.weights.len())), "{:?}", renamed.notes);
        let filled = fill(architecture(entry), &Settings::with_classes(entry.classes), &renamed);
        assert!(filled.is_ok(), "{} of {}: {}", entry.zoo, entry.library, filled.expect_err("it is refused"));
    }
}

/// What does not fit is told by name; the names of the other library that have no rule stay what they were.
#[test]
fn what_is_missing_unexpected_and_misshaped_is_told() {
    let entries = golden();
    let entry =
        entries.iter().find(|entry| entry.library == "timm" && entry.zoo == "vit-tiny-cifar").expect("it is there");
    let mut dict = dict(entry);
    dict.tensors.remove("blocks.3.attn.qkv.bias");
    let row = Arc::new(Array::filled(vec![1], 1.0));
    dict.tensors.insert("blocks.3.ls1.gamma".to_owned(), Arc::clone(&row));
    dict.tensors.insert("norm.weight".to_owned(), row);
    let renamed = with_zoo_names(dict, architecture(entry));
    let Err(ImportError::Mismatch(mismatch)) = fill(architecture(entry), &Settings::with_classes(10), &renamed) else {
        panic!("three names do not fit")
    };
    assert_eq!(mismatch.missing, ["encoder.layers.encoder_layer_3.self_attention.in_proj_bias"]);
    assert_eq!(mismatch.unexpected, ["blocks.3.ls1.gamma"]);
    assert_eq!(mismatch.misshaped[0].name, "encoder.ln.weight");
}

/// The wrong architecture with a file of another library: the hint knows which it is.
#[test]
fn the_hint_reads_other_names() {
    let entries = golden();
    let entry = entries.iter().find(|entry| entry.zoo == "mobilenet-v2-imagenet").expect("it is there");
    let asked = find("resnet18").expect("it is in the zoo");
    let renamed = with_zoo_names(dict(entry), asked);
    let refused = fill(asked, &Settings::with_classes(10), &renamed).expect_err("it is no ResNet").to_string();
    assert!(refused.contains("mobilenet-v2-imagenet#classes=1000: ask for that"), "{refused}");
}
