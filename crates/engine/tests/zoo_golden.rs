//! The zoo's networks against PyTorch and torchvision: names, shapes, parameter counts, and logits of one image.
//!
//! The golden values come from scripts/golden/zoo.py. No weight is stored: each is made from its name by [`uniform`].

use std::{collections::BTreeSet, sync::Arc};

use serde::Deserialize;
use sha2::{Digest, Sha256};
use transferscope_engine::{EngineChoice, Feed, compile};
use transferscope_network::{
    array::Array,
    graph::Graph,
    passes::{cost, reweighted},
    zoo::{Settings, find},
};

#[derive(Deserialize)]
struct Golden {
    networks: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    classes: usize,
    parameters: usize,
    weights: usize,
    listing_sha256: String,
    logits: Option<Vec<f64>>,
}

fn golden() -> Vec<Entry> {
    serde_json::from_str::<Golden>(include_str!("golden/zoo.json")).expect("the script wrote it").networks
}

fn blank(entry: &Entry) -> Graph {
    let graph = find(&entry.name).and_then(|found| found.build_blank(&Settings::with_classes(entry.classes)));
    graph.expect("it is in the zoo")
}

/// splitmix64 started at the FNV-1a hash of the name: 24 bits each, in [-1, 1).
fn uniform(name: &str, count: usize) -> impl Iterator<Item = f64> {
    let start = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (1..=count as u64).map(move |place| {
        let mut x = start.wrapping_add(place.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^= x >> 31;
        (x >> 40) as f64 / f64::from(1 << 23) - 1.0
    })
}

/// The rule of the script: He-like weights, normalizations near the identity with positive variances.
fn filled(graph: &Graph) -> Graph {
    // Only normalizations have a weight that is a row.
    let norms: BTreeSet<&str> = graph
        .weights()
        .filter(|(_, _, array)| array.shape().len() == 1)
        .filter_map(|(_, name, _)| name.strip_suffix(".weight"))
        .collect();
    let weights: Vec<(String, Arc<Array<f32>>)> = graph
        .weights()
        .map(|(_, name, array)| {
            let shape = array.shape();
            let (layer, part) = name.rsplit_once('.').unwrap_or(("", name));
            let (offset, scale) = match (norms.contains(layer), part) {
                (true, "weight") => (1.0, 0.2),
                (true, "running_var") => (1.25, 0.5),
                (true, _) => (0.0, 0.1),
                (false, part) if part.ends_with("bias") => (0.0, 0.05),
                (false, _) => (0.0, (6.0 / shape[1..].iter().product::<usize>() as f64).sqrt()),
            };
            let count = shape.iter().product();
            #[expect(clippy::cast_possible_truncation, reason = "the script rounds to f32 at the same place")]
            let numbers = uniform(name, count).map(|u| (offset + scale * u) as f32).collect();
            (name.to_owned(), Arc::new(Array::new(shape.to_vec(), numbers).expect("the shape is the array's own")))
        })
        .collect();
    reweighted(graph, weights).expect("names and shapes are the graph's own")
}

#[test]
fn names_shapes_and_counts_are_those_of_pytorch() {
    let entries = golden();
    assert!(entries.len() >= 36);
    for entry in &entries {
        let graph = blank(entry);
        let mut lines: Vec<String> =
            graph.weights().map(|(_, name, array)| format!("{name} {:?}\n", array.shape())).collect();
        lines.sort();
        assert_eq!(lines.len(), entry.weights, "{}", entry.name);
        assert_eq!(cost(&graph).expect("it is checked").parameters, entry.parameters, "{}", entry.name);
        let digest = Sha256::digest(lines.concat().as_bytes());
        let listing: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(listing, entry.listing_sha256, "{}", entry.name);
    }
}

#[test]
fn logits_are_those_of_pytorch() {
    let entries = golden();
    for entry in entries.iter().filter(|entry| entry.logits.is_some()) {
        let network = compile(&filled(&blank(entry)), EngineChoice::Auto, "flex").expect("burn runs the zoo");
        let mut shape = vec![1];
        shape.extend(network.input_shape());
        #[expect(clippy::cast_possible_truncation, reason = "24 bits fit an f32")]
        let pixels = uniform("image", shape.iter().product()).map(|u| u as f32).collect();
        let feed = Feed::batch(Array::new(shape, pixels).expect("as many as the shape says"));
        let found = network.forward(&feed, &[network.output()]).expect("it runs").swap_remove(0).to_f64();
        let expected = entry.logits.as_deref().unwrap_or_default();
        let length = |numbers: &[f64]| numbers.iter().map(|x| x * x).sum::<f64>().sqrt();
        let difference: Vec<f64> = found.data().iter().zip(expected).map(|(a, b)| a - b).collect();
        // f32 through up to 121 layers, against f64.
        assert!(
            length(&difference) < 1e-4 * length(expected),
            "{}: {:?} against {expected:?}",
            entry.name,
            found.data()
        );
    }
}
