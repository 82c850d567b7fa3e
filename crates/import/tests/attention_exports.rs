//! Vision transformers, Swin and ConvNeXt as both exporters of PyTorch write them: logits and input gradients.
//!
//! The files and the golden values come from scripts/golden/attention_exports.py; these networks carry the batch
//! through other axes, and compute shapes and places as they run.

use std::{collections::HashMap, io::Read};

use transferscope_import::onnx;
use transferscope_network::{array::Array, interpreter::evaluate};

const EXPORTS: &[u8] = include_bytes!("golden/attention_exports.zip");

fn member(name: &str) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(EXPORTS)).expect("it is a zip file");
    let mut bytes = Vec::new();
    archive.by_name(name).expect("the script wrote it").read_to_end(&mut bytes).expect("it is sound");
    bytes
}

fn numbers(network: &str, name: &str) -> Vec<f64> {
    let bytes = member(&format!("{network}/{name}.npy"));
    npyz::NpyFile::new(&bytes[..]).expect("a npy").into_vec().expect("of this type")
}

/// The longest vector between two rows of numbers, relative to the longest of the second.
fn distance(found: &[f64], expected: &[f64]) -> f64 {
    let largest = expected.iter().fold(0.0_f64, |largest, number| largest.max(number.abs()));
    found.iter().zip(expected).fold(0.0_f64, |most, (a, b)| most.max((a - b).abs())) / largest
}

fn check(network: &str) {
    let folder = tempfile::tempdir().expect("there is room");
    for exporter in ["script", "script_batch_of_1", "dynamo"] {
        let path = folder.path().join("network.onnx");
        std::fs::write(&path, member(&format!("{network}/{exporter}.onnx"))).expect("there is room");
        let graph = onnx::read(&path, None).unwrap_or_else(|error| panic!("{network}, {exporter}: {error}")).graph;
        let images = Array::new(vec![2, 3, 16, 16], numbers(network, "images")).expect("two images");
        let evaluation = evaluate(&graph, &[images], &HashMap::new()).expect("the shapes fit");
        let logits = evaluation.value(graph.output());
        // Both sides compute in double precision; the exporter folded some constants in single precision.
        let error = distance(logits.data(), &numbers(network, "logits"));
        assert!(error < 1e-5, "{network}, {exporter}: logits {error}");
        let first = (0..6).map(|place| if place % 3 == 0 { 1.0 } else { 0.0 }).collect();
        let cotangent = Array::new(vec![2, 3], first).expect("two rows of three classes");
        let pulled = evaluation.pull_back(&[(graph.output(), cotangent)], graph.inputs()).expect("one for each logit");
        let error = distance(pulled[0].data(), &numbers(network, "gradient"));
        assert!(error < 1e-5, "{network}, {exporter}: gradient {error}");
    }
}

#[test]
fn the_vision_transformer_is_read() {
    check("vit");
}

#[test]
fn swin_is_read() {
    check("swin");
    check("swin_v2");
}

#[test]
fn convnext_is_read() {
    check("convnext");
}
