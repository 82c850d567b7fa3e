//! PyTorch files in every form that is promised: the fixtures of `scripts/golden/make_pytorch_fixtures.py`.

use std::path::{Path, PathBuf};

use transferscope_import::{ImportError, pytorch, state_dict::StateDict};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn read(name: &str) -> StateDict {
    pytorch::read(&fixture(name)).expect("the fixture is sound")
}

/// Shape and numbers of one of the fixture's weights.
type Expected = (&'static str, &'static [usize], &'static [f32]);

/// What every fixture holds, whatever its form.
const NETWORK: [Expected; 3] = [
    ("first.bias", &[2], &[-1.0, 1.0]),
    ("first.weight", &[2, 3], &[0.0, 0.25, 0.5, 0.75, 1.0, 1.25]),
    // Stored as a transposed view: the reader has to gather it.
    ("second.weight", &[2, 2], &[1.0, 2.0, 3.0, 4.0]),
];

#[test]
fn every_form_gives_the_same_numbers() {
    for name in [
        "zip.pt",
        "legacy.pt",
        "float16.pt",
        "bfloat16.pt",
        "float64.pt",
        "module_prefix.pt",
        "nested.pt",
        "nested_legacy.pt",
        "nested_twice.pt",
        "nested_unknown_key.pt",
    ] {
        let dict = read(name);
        let found: Vec<_> =
            dict.tensors.iter().map(|(name, array)| (name.as_str(), array.shape(), array.data())).collect();
        assert_eq!(found, NETWORK, "{name}");
        assert!(dict.notes.iter().any(|note| note.contains("num_batches_tracked")), "{name}: {:?}", dict.notes);
    }
}

#[test]
fn what_is_left_out_is_told() {
    let notes = read("nested.pt").notes.join("\n");
    assert!(notes.contains("under 'state_dict'; 1 tensors elsewhere"), "{notes}");
    assert!(notes.contains("'module.'"), "{notes}");
}

#[test]
fn a_prefix_of_some_names_stays() {
    let names: Vec<String> = read("module_prefix_partly.pt").tensors.into_keys().collect();
    assert_eq!(names, ["first.bias", "module.first.weight", "module.second.weight"]);
}

#[test]
fn files_without_weights_are_refused() {
    let message = |name: &str| pytorch::read(&fixture(name)).expect_err("it is no weight file").to_string();
    assert!(message("no_tensors.pt").contains("no tensor of floating point numbers"));
    assert!(message("versions.txt").contains("cannot be read as PyTorch weights"));
    assert!(matches!(pytorch::read(&fixture("nowhere.pt")), Err(ImportError::Missing { .. })));
    assert!(matches!(pytorch::read(&fixture("")), Err(ImportError::NotAFile { .. })));
}

/// A file of 1.6 kB whose view of one number claims ten gigabytes must be refused before they are allocated.
#[test]
fn endless_views_are_refused() {
    let error = pytorch::read(&fixture("expanded.pt")).expect_err("it claims 10 GB");
    assert!(matches!(error, ImportError::TooLarge { .. }), "{error}");
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn the_published_synthetic_networks_are_read() {
    let shared = std::env::var_os("TRANSFERSCOPE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    for width in [50, 100] {
        let path = shared.join(format!("data/synthetic/models/model_weights-target-rbf-n-50-d-10-m-{width}-N-5000"));
        if !path.exists() {
            eprintln!("skipped: the shared data are not here");
            return;
        }
        let tensors = pytorch::read_tensors(&path).expect("it is a zip archive of PyTorch");
        let shapes: Vec<_> = tensors.iter().map(|(name, array)| (name.as_str(), array.shape().to_vec())).collect();
        let expected = [("W1", vec![width, 50]), ("W2", vec![10, width]), ("b1", vec![width, 1]), ("b2", vec![10, 1])];
        assert_eq!(shapes, expected);
    }
}
