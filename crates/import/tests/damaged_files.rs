//! Files cut short and with bytes changed: always an answer, never a panic, and memory that follows the file's size.

use std::path::Path;

use peak_alloc::PeakAlloc;
use proptest::prelude::*;
use transferscope_import::{onnx, pytorch, safetensors};
use transferscope_network::zoo::{Settings, find};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The most memory that all of these tests together may ever hold, for files of some kilobytes: decompression windows,
/// read buffers and the tests' own values, but not one size that a file merely claims.
const MOST_MEMORY: usize = 64 << 20;

const FIXTURES: [&str; 4] = ["zip.pt", "legacy.pt", "nested.pt", "nested_legacy.pt"];

fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    std::fs::read(path).expect("the fixture is there")
}

/// A small network as it is saved: some kilobytes, most of them header.
fn saved() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("net.safetensors");
    let architecture = find("resnet8-cifar").expect("it is in the zoo");
    let settings = Settings { width: 0.1, ..Settings::with_classes(3) };
    let graph = architecture.build(&settings).expect("the settings are in range");
    safetensors::write(&path, &graph, Some(&architecture.contract(3))).expect("it can be written");
    std::fs::read(path).expect("it was written")
}

/// Where to cut (as a share of the length), and which bytes to set to what.
type Damage = (f64, Vec<(f64, u8)>);

fn damage() -> impl Strategy<Value = Damage> {
    let cut = prop_oneof![Just(1.0), 0.0..1.0_f64];
    (cut, proptest::collection::vec((0.0..1.0_f64, any::<u8>()), 0..6))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "small files")]
fn damaged(mut bytes: Vec<u8>, (cut, changes): &Damage) -> Vec<u8> {
    let place = |share: f64, length: usize| (share * length as f64) as usize;
    bytes.truncate(place(*cut, bytes.len()));
    let length = bytes.len();
    for &(share, value) in changes {
        if let Some(byte) = bytes.get_mut(place(share, length)) {
            *byte = value;
        }
    }
    bytes
}

fn with_file(name: &str, bytes: &[u8], read: impl FnOnce(&Path)) {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("it can be written");
    read(&path);
    assert!(MEMORY.peak_usage() < MOST_MEMORY, "{} bytes were held at once", MEMORY.peak_usage());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pytorch_files(which in 0..FIXTURES.len(), damage in damage()) {
        let bytes = damaged(fixture(FIXTURES[which]), &damage);
        with_file("weights.pt", &bytes, |path| drop(pytorch::read(path)));
    }

    #[test]
    fn onnx_files(damage in damage()) {
        let bytes = damaged(fixture("network.onnx"), &damage);
        with_file("net.onnx", &bytes, |path| {
            if let Ok(network) = onnx::read(path, None) {
                assert!(network.graph.output_shape().is_ok());
            }
        });
    }

    #[test]
    fn safetensors_files(damage in damage()) {
        let bytes = damaged(saved(), &damage);
        with_file("net.safetensors", &bytes, |path| {
            // What is accepted can be evaluated: its shapes are all known.
            if let Ok(safetensors::Contents::Network(network)) = safetensors::read(path) {
                assert!(network.graph.output_shape().is_ok());
            }
        });
    }
}

/// The fuzz above can fail: an undamaged file is read, and one that is cut is not.
#[test]
fn sound_files_are_read_and_cut_ones_are_not() {
    for name in FIXTURES {
        let bytes = fixture(name);
        with_file("weights.pt", &bytes, |path| assert!(pytorch::read(path).is_ok(), "{name}"));
        with_file("weights.pt", &bytes[..bytes.len() - 1], |path| assert!(pytorch::read(path).is_err(), "{name}"));
    }
    let bytes = fixture("network.onnx");
    with_file("net.onnx", &bytes, |path| assert!(onnx::read(path, None).is_ok()));
    with_file("net.onnx", &bytes[..bytes.len() - 1], |path| assert!(onnx::read(path, None).is_err()));
    let bytes = saved();
    with_file("net.safetensors", &bytes, |path| assert!(safetensors::read(path).is_ok()));
    with_file("net.safetensors", &bytes[..bytes.len() - 1], |path| assert!(safetensors::read(path).is_err()));
}
