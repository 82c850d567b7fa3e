//! Public pretrained networks end to end: names, logits and input gradients against PyTorch's in double precision.
//!
//! The golden arrays beside the weights were computed by PyTorch 2.15 in float64 from pixels in [0,1].

use std::{
    collections::HashMap,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use transferscope_import::spec::{LoadedNetwork, NetworkSpec, WeightsOrigin, load};
use transferscope_network::{
    array::Array,
    interpreter::{Evaluation, evaluate},
    passes::cost,
    summary::summary,
};

/// How many of the sixteen golden images are looked at: the interpreter is slow. The gradients of images 6 to 9 are
/// below 1e-3, as those networks are sure of them; index 6 keeps one of these among the tested.
const IMAGES: [usize; 3] = [0, 1, 6];

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn folder() -> Option<PathBuf> {
    let shared = std::env::var_os("TRANSFERSCOPE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = shared.join("models/cifar10-resnet");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: the pretrained networks are not here");
    None
}

fn member(path: &Path, name: &str) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(File::open(path).expect("it is there")).expect("an npz is a zip");
    let mut bytes = Vec::new();
    archive.by_name(name).expect("the array is in it").read_to_end(&mut bytes).expect("it is sound");
    bytes
}

fn array<T: npyz::Deserialize>(path: &Path, name: &str) -> Vec<T> {
    let bytes = member(path, &format!("{name}.npy"));
    npyz::NpyFile::new(&bytes[..]).expect("a npy").into_vec().expect("of this type")
}

fn loaded(folder: &Path, depth: usize, file: &str) -> LoadedNetwork {
    let spec = NetworkSpec::parse(&format!("resnet{depth}-cifar@{}", folder.join(file).display()));
    let request = spec.and_then(NetworkSpec::check).expect("the words are right");
    load(&request).expect("the file holds this network")
}

fn rows<T: Copy>(numbers: &[T], length: usize) -> Vec<T> {
    IMAGES.iter().flat_map(|&image| numbers[image * length..(image + 1) * length].iter().copied()).collect()
}

/// The gradient of cross entropy against the own prediction on the logits: the own class as minus the sum of the others.
fn own_cross_entropy_gradient(logits: &Array<f64>) -> Array<f64> {
    let mut gradient = logits.clone();
    let classes = logits.row_length();
    for row in gradient.data_mut().chunks_exact_mut(classes) {
        let own = (0..classes).max_by(|&a, &b| row[a].total_cmp(&row[b])).expect("there are classes");
        let largest = row[own];
        let exponentials: Vec<f64> = row.iter().map(|logit| (logit - largest).exp()).collect();
        let total: f64 = exponentials.iter().sum();
        let others: f64 = (0..classes).filter(|&class| class != own).map(|class| exponentials[class]).sum();
        for (slot, part) in row.iter_mut().zip(&exponentials) {
            *slot = part / total;
        }
        row[own] = -others / total;
    }
    gradient
}

fn check(depth: usize, file: &str, weights: usize, parameters: usize) {
    let Some(folder) = folder() else { return };
    let network = loaded(&folder, depth, file);
    assert_eq!(network.graph.weights().count(), weights);
    assert_eq!(cost(&network.graph).expect("it is checked").parameters, parameters);
    assert_eq!(network.family.as_deref(), Some("resnet"));
    assert_eq!(network.contract.classes, 10);
    let WeightsOrigin::File { sha256, .. } = &network.weights_origin else { panic!("they come from a file") };
    // The public files carry the beginning of their hash in their names.
    let beginning = file.trim_end_matches(".th").rsplit('-').next().expect("a hash");
    assert!(sha256.starts_with(beginning), "{sha256}");
    let head = summary(&network.graph, None).expect("it is checked").head.expect("a linear head");
    assert_eq!((head.width, head.classes), (64, 10));

    // Both sides are double precision with the same single-precision constants: only the order of sums differs
    // (1e-14 was measured). Single precision anywhere would show as 1e-6. The probabilities of a sure prediction are e to
    // the power of differences of logits, and their relative error is what those differences lose: 4e-11 was measured.
    hold(&network, &folder.join(format!("resnet{depth}-golden.npz")), [1e-11, 1e-12, 1e-8]);
}

/// Logits and input gradients of a network against the golden ones: how far a logit may be off, a cosine below 1, and a
/// length, relatively.
fn hold(network: &LoadedNetwork, golden: &Path, [most_off, most_turned, most_longer]: [f64; 3]) {
    let pixels: Vec<u8> = rows(&array(golden, "images"), 3072);
    let pixels = pixels.into_iter().map(|level| f64::from(level) / 255.0).collect();
    let images = Array::new(vec![IMAGES.len(), 3, 32, 32], pixels).expect("three bytes a pixel");
    let graph = network.contract.attach(&network.graph, [3, 32, 32]).expect("it wants RGB");
    let evaluation: Evaluation<'_> = evaluate(&graph, &[images], &HashMap::new()).expect("the shapes fit");
    let logits = evaluation.value(graph.output());
    for (ours, golden) in logits.data().iter().zip(rows::<f64>(&array(golden, "logits"), 10)) {
        assert!((ours - golden).abs() < most_off, "{ours} against {golden}");
    }
    let cotangent = own_cross_entropy_gradient(logits);
    let gradients =
        evaluation.pull_back(&[(graph.output(), cotangent)], graph.inputs()).expect("one cotangent a logit");
    let golden: Vec<f64> = rows(&array(golden, "input_gradient"), 3072);
    for (ours, golden) in gradients[0].data().chunks_exact(3072).zip(golden.chunks_exact(3072)) {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let cosine = dot(ours, golden) / (dot(ours, ours) * dot(golden, golden)).sqrt();
        let length = (dot(ours, ours) / dot(golden, golden)).sqrt();
        assert!(cosine >= 1.0 - most_turned, "cosine {cosine}");
        assert!((length - 1.0).abs() < most_longer, "relative length {length}");
    }
}

#[test]
fn resnet20_is_the_published_network() {
    check(20, "resnet20-12fca82f.th", 97, 269_722);
}

#[test]
fn resnet32_is_the_published_network() {
    check(32, "resnet32-d509ac18.th", 157, 464_154);
}

/// The same networks as PyTorch exported them, the normalization inside and the shape arithmetic left in.
#[test]
fn the_onnx_files_are_the_same_networks() {
    let Some(folder) = folder() else { return };
    for depth in [20, 32] {
        let file = folder.join(format!("resnet{depth}.onnx"));
        let spec = NetworkSpec::parse(&format!("{}#contract=raw", file.display()));
        let network = load(&spec.and_then(NetworkSpec::check).expect("the words are right")).expect("it is read");
        assert_eq!((network.contract.classes, network.notes.len()), (10, 0), "{:?}", network.notes);
        let head = summary(&network.graph, None).expect("it is checked").head.expect("a linear head");
        assert_eq!((head.width, head.classes), (64, 10));
        // The exporter folded the normalization into the convolutions in single precision (2e-6 was measured on the
        // logits), and a gate near zero may flip.
        hold(&network, &folder.join(format!("resnet{depth}-golden.npz")), [1e-4, 1e-4, 1e-2]);
    }
}

#[test]
fn an_onnx_file_without_a_contract_is_asked_for_one() {
    let Some(folder) = folder() else { return };
    let spec = NetworkSpec::parse(&folder.join("resnet20.onnx").display().to_string());
    let request = spec.and_then(NetworkSpec::check).expect("the words are right");
    let message = load(&request).expect_err("nobody says the contract").to_string();
    for choice in ["#contract=raw", "#contract=half", "#contract=imagenet", "resnet20.contract.toml"] {
        assert!(message.contains(choice), "{message}");
    }
}

#[test]
fn another_depth_is_answered_with_the_right_one() {
    let Some(folder) = folder() else { return };
    let typed = format!("resnet32-cifar@{}", folder.join("resnet20-12fca82f.th").display());
    let request = NetworkSpec::parse(&typed).and_then(NetworkSpec::check).expect("the words are right");
    let message = load(&request).expect_err("it is a resnet20").to_string();
    assert!(message.contains("60 missing from the file: layer1.3.bn1.bias, "), "{message}");
    assert!(message.contains(", and 50 more"), "{message}");
    assert!(message.contains("instead those of resnet20-cifar#classes=10"), "{message}");
}
