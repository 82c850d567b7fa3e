//! Networks to safetensors and back, and files that are not what they say.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;
use transferscope_import::{
    ImportError,
    safetensors::{self, CONTRACT_KEY, Contents, GRAPH_KEY, VERSION_KEY},
    spec::{LoadedNetwork, NetworkSpec, load},
};
use transferscope_network::{
    array::Array,
    contract::Contract,
    graph::{Builder, Graph},
    operator::{Activation, Operator, Padding},
};

/// A network of every kind of weight: 1x2x2 images, two classes.
fn small() -> Graph {
    let mut builder = Builder::new("small");
    let image = builder.input("image", &[1, 2, 2]);
    let kernel = builder.weight("conv.weight", Array::filled(vec![2, 1, 1, 1], 0.5));
    let mut x = builder.convolution("conv", image, kernel, None, 1, 0);
    let parts = ["weight", "bias", "mean", "variance"];
    let constants = parts.map(|part| builder.weight(&format!("bn.{part}"), Array::filled(vec![2], 1.0)));
    let inputs: Vec<_> = std::iter::once(x).chain(constants).collect();
    x = builder.node("bn", Operator::BatchNormalization { epsilon: 1e-5 }, &inputs);
    x = builder.activation("relu", x, Activation::Relu);
    x = builder.flatten("flat", x);
    let weight = builder.weight("fc.weight", Array::filled(vec![2, 8], 0.25));
    let bias = builder.weight("fc.bias", Array::filled(vec![2], -1.0));
    let logits = builder.linear("fc", x, weight, Some(bias));
    builder.finish(logits).expect("the shapes fit")
}

fn grey() -> Contract {
    let rgb = Contract::half(2, 2, 2);
    Contract {
        channels: transferscope_network::contract::ChannelOrder::Grey,
        mean: vec![rgb.mean[0]],
        std: vec![rgb.std[0]],
        ..rgb
    }
}

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("there is room") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the small network with a changed header, and says what reading it gives.
    fn with_header(&self, change: impl FnOnce(&mut Value)) -> Result<Contents, ImportError> {
        let path = self.path("changed.safetensors");
        safetensors::write(&path, &small(), Some(&grey())).expect("it can be written");
        let bytes = std::fs::read(&path).expect("it was written");
        let length = usize::try_from(u64::from_le_bytes(bytes[..8].try_into().expect("8 bytes"))).expect("it is small");
        let mut header: Value = serde_json::from_slice(&bytes[8..8 + length]).expect("a header is JSON");
        change(&mut header);
        let header = serde_json::to_vec(&header).expect("it is JSON");
        let file = [&(header.len() as u64).to_le_bytes()[..], &header, &bytes[8 + length..]].concat();
        std::fs::write(&path, file).expect("it can be written");
        safetensors::read(&path)
    }

    /// The same with a changed graph.
    fn with_graph(&self, change: impl FnOnce(&mut Value)) -> String {
        let result = self.with_header(|header| {
            let slot = &mut header["__metadata__"][GRAPH_KEY];
            let mut graph: Value = serde_json::from_str(slot.as_str().expect("text")).expect("a graph is JSON");
            change(&mut graph);
            *slot = Value::String(graph.to_string());
        });
        result.expect_err("the graph is wrong").to_string()
    }
}

fn load_typed(typed: &str) -> Result<LoadedNetwork, ImportError> {
    load(&NetworkSpec::parse(typed).and_then(NetworkSpec::check).expect("the words are right"))
}

#[test]
fn a_network_comes_back_and_its_bytes_are_the_same_each_time() {
    let place = Place::new();
    let [first, second] = ["first.safetensors", "second.safetensors"].map(|name| place.path(name));
    safetensors::write(&first, &small(), Some(&grey())).expect("it can be written");
    let Contents::Network(network) = safetensors::read(&first).expect("it is sound") else { panic!("it has a graph") };
    assert_eq!(network.contract, Some(grey()));
    assert_eq!(network.graph.structure(), small().structure());
    for (_, name, array) in small().weights() {
        let again = network.graph.find(name).and_then(|id| network.graph.weight(id)).expect("it is there");
        assert_eq!(again, array, "{name}");
    }
    // What was read is written to the same bytes, although its values stand in another order.
    safetensors::write(&second, &network.graph, Some(&grey())).expect("it can be written");
    assert_eq!(std::fs::read(&first).expect("it is there"), std::fs::read(&second).expect("it is there"));
    // Nothing else was left in the folder.
    assert_eq!(std::fs::read_dir(place.folder.path()).expect("it is there").count(), 2);
}

#[test]
fn a_contract_that_is_not_the_graphs_is_not_written() {
    let place = Place::new();
    let path = place.path("net.safetensors");
    assert!(safetensors::write(&path, &small(), Some(&Contract::raw(2, 2, 2))).is_err());
    assert!(!path.exists());
    let nowhere = place.path("no such folder").join("net.safetensors");
    assert!(matches!(safetensors::write(&nowhere, &small(), None), Err(ImportError::Io { action: "write", .. })));
}

#[test]
fn the_contract_is_named_or_beside_the_file_or_asked_for() {
    let place = Place::new();
    let path = place.path("net.safetensors");
    safetensors::write(&path, &small(), None).expect("it can be written");
    let typed = path.display().to_string();
    let message = load_typed(&typed).expect_err("nobody says the contract").to_string();
    assert!(message.contains("#contract=raw") && message.contains("net.contract.toml"), "{message}");

    let named = load_typed(&format!("{typed}#contract=half")).expect("it is named");
    assert_eq!(named.contract, grey());
    assert!(load_typed(&format!("{typed}#contract=imagenet")).is_err());

    let sidecar = "channels = 'grey'\nheight = 2\nwidth = 2\nrange = 'bytes'\nmean = [9.0]\nstd = [2.0]\nclasses = 2\n";
    std::fs::write(place.path("net.contract.toml"), sidecar).expect("it can be written");
    let beside = load_typed(&typed).expect("it is described");
    assert_eq!(beside.contract.mean, [9.0]);
    assert!(beside.notes.iter().any(|note| note.contains("net.contract.toml")));

    std::fs::write(place.path("net.contract.toml"), "height = 'two'").expect("it can be written");
    let message = load_typed(&typed).expect_err("the sidecar is wrong").to_string();
    assert!(message.contains("net.contract.toml' cannot be read as a contract"), "{message}");
}

#[test]
fn saved_zoo_networks_are_weights_too() {
    let place = Place::new();
    let path = place.path("lenet.safetensors");
    let lenet = load_typed("lenet#classes=7&width=0.5&seed=3").expect("it is in the zoo");
    safetensors::write(&path, &lenet.graph, Some(&lenet.contract)).expect("it can be written");
    // The number of classes is read off the file's head.
    let typed = format!("lenet@{}#width=0.5", path.display());
    let again = load_typed(&typed).expect("the weights are lenet's");
    assert_eq!(again.graph, lenet.graph);
    assert_eq!(again.contract.classes, 7);
    let message = load_typed(&format!("lenet@{}", path.display())).expect_err("the width is missing").to_string();
    assert!(message.contains("still those of lenet#width=0.5&classes=7"), "{message}");
    let message = load_typed(&format!("alexnet@{}#classes=7", path.display())).expect_err("another net").to_string();
    assert!(message.contains("instead those of lenet#width=0.5&classes=7"), "{message}");
    let file = load_typed(&path.display().to_string()).expect("it carries everything");
    assert_eq!((file.name.as_str(), file.family.as_deref()), ("lenet", Some("lenet")));
}

#[test]
fn weights_that_are_no_numbers_are_refused_by_name_and_place() {
    let place = Place::new();
    let path = place.path("net.safetensors");
    safetensors::write(&path, &small(), Some(&grey())).expect("it can be written");
    let mut bytes = std::fs::read(&path).expect("it was written");
    // Tensors stand in the order of their names: the last of the file is fc.weight.
    let end = bytes.len();
    bytes[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(&path, &bytes).expect("it can be written");
    let message = safetensors::read(&path).expect_err("it holds NaN").to_string();
    assert!(message.contains("'fc.weight' holds NaN or infinity at position 15"), "{message}");
}

#[test]
fn a_negative_variance_is_refused() {
    let place = Place::new();
    let mut builder = Builder::new("negative");
    let x = builder.input("x", &[1, 1, 1]);
    let one = || Array::filled(vec![1], 1.0);
    let weights = [one(), one(), one(), Array::filled(vec![1], -1.0)];
    let names = ["scale", "shift", "mean", "variance"];
    let wires: Vec<_> =
        std::iter::once(x).chain(names.into_iter().zip(weights).map(|(n, w)| builder.weight(n, w))).collect();
    let y = builder.node("bn", Operator::BatchNormalization { epsilon: 1e-5 }, &wires);
    let path = place.path("net.safetensors");
    safetensors::write(&path, &builder.finish(y).expect("the shapes fit"), None).expect("it can be written");
    assert!(matches!(safetensors::read(&path), Err(ImportError::Variance { name, .. }) if name == "variance"));
}

#[test]
fn a_file_of_weights_alone_asks_for_the_architecture() {
    let place = Place::new();
    let Contents::Weights(dict) = place
        .with_header(|header| {
            header.as_object_mut().expect("an object").remove("__metadata__");
        })
        .expect("weights alone are fine")
    else {
        panic!("there is no graph")
    };
    assert_eq!(dict.tensors.len(), 7);
    let message = load_typed(&place.path("changed.safetensors").display().to_string()).expect_err("no graph");
    assert!(message.to_string().contains("ZOO_NAME@"), "{message}");
}

#[test]
fn damaged_headers_are_refused() {
    let place = Place::new();
    let path = place.path("bad.safetensors");
    let read = |bytes: &[u8]| {
        std::fs::write(&path, bytes).expect("it can be written");
        safetensors::read(&path).expect_err("it is damaged")
    };
    read(b"");
    read(b"\x02\0\0");
    read(&u64::MAX.to_le_bytes());
    read(&[&1000_u64.to_le_bytes()[..], b"{}"].concat());
    read(&[&2_u64.to_le_bytes()[..], b"{}"].concat());
    // Eight tensors whose offsets add up to more than 64 bits.
    let mut header = serde_json::Map::new();
    let size = 1_u64 << 61;
    for index in 0..8_u64 {
        let end = (index + 1).saturating_mul(size);
        let entry =
            json!({"dtype": "U8", "shape": [size - u64::from(index == 7)], "data_offsets": [index * size, end]});
        header.insert(format!("t{index}"), entry);
    }
    let header = serde_json::to_vec(&header).expect("it is JSON");
    let error = read(&[&(header.len() as u64).to_le_bytes()[..], &header, b"12345678"].concat());
    assert!(matches!(error, ImportError::Unreadable { .. }), "{error}");
    assert!(place.with_header(|header| header["fc.bias"]["shape"] = json!([u64::MAX, u64::MAX])).is_err());
    assert!(place.with_header(|header| header["fc.bias"]["shape"] = json!([3])).is_err());
    let version = place.with_header(|header| header["__metadata__"][VERSION_KEY] = json!("2")).expect_err("too new");
    assert!(version.to_string().contains("version 2"), "{version}");
    assert!(place.with_header(|header| header["__metadata__"][CONTRACT_KEY] = json!("{}")).is_err());
    let contract = json!(serde_json::to_string(&Contract::raw(2, 2, 2)).expect("plain data"));
    assert!(place.with_header(|header| header["__metadata__"][CONTRACT_KEY] = contract).is_err());
}

#[test]
fn hostile_graphs_are_refused() {
    let place = Place::new();
    let cyclic = place.with_graph(|graph| graph["nodes"][0]["inputs"][0] = json!("relu"));
    assert!(cyclic.contains("'conv' reads 'relu', which is no input, no weight and no node before it"), "{cyclic}");
    let unknown = place.with_graph(|graph| graph["nodes"][0]["inputs"][1] = json!("nowhere"));
    assert!(unknown.contains("'nowhere'"), "{unknown}");
    let huge_input = place.with_graph(|graph| graph["inputs"][0][1] = json!([1, u64::MAX, 2]));
    assert!(huge_input.contains("'image' has shape"), "{huge_input}");
    let padding = Padding { top: usize::MAX, bottom: 1, left: 0, right: 0 };
    let operator = Operator::Convolution { stride: [1, 1], padding, dilation: [1, 1], groups: 1 };
    let overflow = place.with_graph(|graph| graph["nodes"][0]["operator"] = json!(operator));
    assert!(overflow.contains("at most"), "{overflow}");
    let clip = Operator::Activation(Activation::Clip { low: 2.0, high: 1.0 });
    let unsound = place.with_graph(|graph| graph["nodes"][2]["operator"] = json!(clip));
    assert!(unsound.contains("node 'relu'") && unsound.contains("a number out of its range"), "{unsound}");
    let duplicate = place.with_graph(|graph| {
        graph["nodes"][4]["name"] = json!("conv");
        graph["output"] = json!("conv");
    });
    assert!(duplicate.contains("two values of the graph are named 'conv'"), "{duplicate}");
    let output = place.with_graph(|graph| graph["output"] = json!("nowhere"));
    assert!(output.contains("'nowhere'"), "{output}");
    let no_inputs = place.with_graph(|graph| graph["inputs"] = json!([]));
    assert!(no_inputs.contains("no input"), "{no_inputs}");
    // A pad that grows a value a thousandfold at every node must be stopped long before it overflows.
    let growing = place.with_graph(|graph| {
        let nodes: Vec<Value> = (0..4)
            .map(|index| {
                let operator = Operator::Pad { amounts: vec![[0, 0], [0, 0], [0, 1 << 20], [0, 1 << 20]] };
                let input = if index == 0 { "image".to_owned() } else { format!("pad{}", index - 1) };
                json!({"name": format!("pad{index}"), "operator": operator, "inputs": [input]})
            })
            .collect();
        graph["nodes"] = json!(nodes);
        graph["output"] = json!("pad3");
    });
    assert!(growing.contains("numbers are read"), "{growing}");
    let crowded = place.with_graph(|graph| {
        let node = graph["nodes"][2].clone();
        graph["nodes"] = Value::Array(vec![node; 100_001]);
    });
    assert!(crowded.contains("at most 100000 are read"), "{crowded}");
}

#[test]
fn missing_files_have_a_sentence() {
    let error = safetensors::read(Path::new("nowhere.safetensors")).expect_err("there is none");
    assert_eq!(error.to_string(), "there is no file 'nowhere.safetensors'; check the name and the folder");
}
