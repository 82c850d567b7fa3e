//! ONNX files made by hand: what is understood, what is refused and how that is said, and what a hostile file costs.
//!
//! Long because it carries a small writer of protocol buffers, so that each file stands beside what it shows.

use std::path::Path;

use peak_alloc::PeakAlloc;
use transferscope_import::{
    onnx,
    spec::{LoadedNetwork, NetworkSpec, load},
};
use transferscope_network::{
    array::Array,
    graph::Graph,
    interpreter::evaluate,
    passes::{cost, find_head, is_constant},
};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// As in `damaged_files.rs`: what files of some hundred bytes may cost, all tests of this file together.
const MOST_MEMORY: usize = 64 << 20;

/// The varint of a number.
fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = u8::try_from(number & 127).expect("seven bits");
        number >>= 7;
        if number == 0 {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 128);
    }
}

/// A field that is a whole number.
fn whole(field: u64, number: i64) -> Vec<u8> {
    [varint(field << 3), varint(number.cast_unsigned())].concat()
}

/// A field that is a string or a message.
fn part(field: u64, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    [varint(field << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

fn numbers(name: &str, dims: &[i64], numbers: &[f32]) -> Vec<u8> {
    let raw: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    let dims: Vec<u8> = dims.iter().flat_map(|&size| whole(1, size)).collect();
    [dims, whole(2, 1), part(8, name), part(9, raw)].concat()
}

fn wholes(name: &str, dims: &[i64], numbers: &[i64]) -> Vec<u8> {
    let raw: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    let dims: Vec<u8> = dims.iter().flat_map(|&size| whole(1, size)).collect();
    [dims, whole(2, 7), part(8, name), part(9, raw)].concat()
}

fn attribute(name: &str, number: i64) -> Vec<u8> {
    [part(1, name), whole(3, number), whole(20, 2)].concat()
}

fn attribute_list(name: &str, numbers: &[i64]) -> Vec<u8> {
    let numbers: Vec<u8> = numbers.iter().flat_map(|&number| whole(8, number)).collect();
    [part(1, name), numbers, whole(20, 7)].concat()
}

fn node(operator: &str, inputs: &[&str], output: &str, attributes: &[Vec<u8>]) -> Vec<u8> {
    let inputs: Vec<u8> = inputs.iter().flat_map(|name| part(1, name)).collect();
    let attributes: Vec<u8> = attributes.iter().flat_map(|attribute| part(5, attribute)).collect();
    [inputs, part(2, output), part(3, format!("the {output}")), part(4, operator), attributes].concat()
}

/// An input; a size of 0 is left open.
fn input(name: &str, shape: &[i64]) -> Vec<u8> {
    let size = |&size: &i64| part(1, if size == 0 { part(2, "side") } else { whole(1, size) });
    let shape: Vec<u8> = shape.iter().flat_map(size).collect();
    let tensor_type = [whole(1, 1), part(2, shape)].concat();
    [part(1, name), part(2, part(1, tensor_type))].concat()
}

/// A model with the input `x` and the output `y`.
fn model(shape: &[i64], nodes: &[Vec<u8>], initializers: &[Vec<u8>]) -> Vec<u8> {
    model_of(17, shape, nodes, initializers)
}

fn model_of(opset: i64, shape: &[i64], nodes: &[Vec<u8>], initializers: &[Vec<u8>]) -> Vec<u8> {
    let nodes: Vec<u8> = nodes.iter().flat_map(|node| part(1, node)).collect();
    let initializers: Vec<u8> = initializers.iter().flat_map(|tensor| part(5, tensor)).collect();
    let graph = [nodes, initializers, part(11, input("x", shape)), part(12, part(1, "y"))].concat();
    [whole(1, 8), part(7, graph), part(8, whole(2, opset))].concat()
}

fn read(bytes: &[u8]) -> Result<Graph, String> {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("net.onnx");
    std::fs::write(&path, bytes).expect("there is room");
    let read = onnx::read(&path, None).map(|network| network.graph).map_err(|error| error.to_string());
    assert!(MEMORY.peak_usage() < MOST_MEMORY, "{} bytes were held at once", MEMORY.peak_usage());
    read
}

fn refused(bytes: &[u8]) -> String {
    read(bytes).expect_err("it is refused")
}

fn run(graph: &Graph, shape: &[usize], numbers: &[f64]) -> Vec<f64> {
    let x = Array::new(shape.to_vec(), numbers.to_vec()).expect("as many as the shape says");
    let evaluation = evaluate(graph, &[x], &std::collections::HashMap::new()).expect("the shapes fit");
    evaluation.value(graph.output()).data().to_vec()
}

fn constant(output: &str, tensor: &[u8]) -> Vec<u8> {
    node("Constant", &[], output, &[[part(1, "value"), part(5, tensor), whole(20, 4)].concat()])
}

/// Numbers of a formula are no weights, whether a node holds them or the file's list; what training moves is the rest.
#[test]
fn numbers_of_formulas_are_constants() {
    let nodes = [
        constant("table", &numbers("", &[3], &[1.0, 2.0, 3.0])),
        node("Gemm", &["x", "w"], "p", &[]),
        node("Mul", &["p", "half"], "q", &[]),
        node("PRelu", &["q", "slope"], "r", &[]),
        node("Mul", &["r", "scale"], "s", &[]),
        node("Add", &["s", "table"], "y", &[]),
    ];
    let weights = [
        numbers("w", &[2, 3], &[1.0; 6]),
        numbers("half", &[], &[0.5]),
        numbers("slope", &[1], &[0.25]),
        numbers("scale", &[3], &[2.0; 3]),
    ];
    let graph = read(&model(&[0, 2], &nodes, &weights)).expect("it is sound");
    let (fixed, learned): (Vec<_>, Vec<_>) =
        graph.weights().map(|(_, name, _)| name).partition(|name| is_constant(name));
    assert_eq!(learned, ["p.weight", "slope", "scale"]);
    assert!(fixed.contains(&"constant.half") && fixed.contains(&"constant.table"), "{fixed:?}");
    assert_eq!(cost(&graph).expect("it is sound").parameters, 6 + 1 + 3);
    // (1 + 2) / 2 · 2 + table
    assert_eq!(run(&graph, &[1, 2], &[1.0, 2.0]), [4.0, 5.0, 6.0]);
}

/// An image that the file wants as height, width, channels is given as all others are.
#[test]
fn channels_may_be_the_last_axis() {
    let mean = node("ReduceMean", &["x"], "y", &[attribute_list("axes", &[1, 2]), attribute("keepdims", 0)]);
    let graph = read(&model(&[0, 2, 2, 3], &[mean], &[])).expect("it is sound");
    assert_eq!(graph.input_shape(), [3, 2, 2]);
    let pixels: Vec<f64> = (0..12).map(f64::from).collect();
    assert_eq!(run(&graph, &[1, 3, 2, 2], &pixels), [1.5, 5.5, 9.5]);
}

/// An output that nobody reads is no reason to refuse.
#[test]
fn a_mask_that_nobody_reads_may_be_named() {
    let dropout = |inputs: &[&str], output: &str| [node("Dropout", inputs, output, &[]), part(2, "mask")].concat();
    let graph =
        read(&model(&[0, 2], &[dropout(&["x"], "d"), node("Neg", &["d"], "y", &[])], &[])).expect("it is sound");
    assert_eq!(run(&graph, &[1, 2], &[1.0, 2.0]), [-1.0, -2.0]);
    let reads_it = [dropout(&["x"], "d"), node("Mul", &["d", "mask"], "y", &[])];
    assert!(refused(&model(&[0, 2], &reads_it, &[])).contains("'mask' is asked for"));
}

/// y = x · W + b, as exporters write a linear layer; by hand, [1 2] · [[1 0 2] [0 1 3]] + [10 20 30] = [11 22 38].
#[test]
fn a_product_and_the_sum_after_it_are_a_linear_head() {
    let nodes = [node("MatMul", &["x", "w"], "p", &[]), node("Add", &["b", "p"], "y", &[])];
    let weights = [numbers("w", &[2, 3], &[1.0, 0.0, 2.0, 0.0, 1.0, 3.0]), numbers("b", &[3], &[10.0, 20.0, 30.0])];
    let graph = read(&model(&[0, 2], &nodes, &weights)).expect("it is sound");
    assert_eq!(run(&graph, &[2, 2], &[1.0, 2.0, 0.0, 1.0]), [11.0, 22.0, 38.0, 10.0, 21.0, 33.0]);
    let head = find_head(&graph).expect("the linear layer");
    assert_eq!(graph.value(head.bias.expect("a bias")).name, "b");
}

/// Shape, Gather, Concat, Reshape: the batch is carried through, and any batch runs.
#[test]
fn shape_arithmetic_is_known_for_every_batch() {
    let nodes = [
        node("Shape", &["x"], "s", &[]),
        node("Gather", &["s", "zero"], "n", &[]),
        node("Mul", &["n", "two"], "n2", &[]),
        node("Concat", &["n2", "rest"], "target", &[attribute("axis", 0)]),
        node("Reshape", &["x", "target"], "halves", &[]),
        node("Softmax", &["halves"], "soft", &[attribute("axis", 1)]),
        node("Concat", &["n", "rest"], "back", &[attribute("axis", 0)]),
        node("Reshape", &["soft", "back"], "y", &[]),
    ];
    let known = [wholes("zero", &[1], &[0]), wholes("two", &[1], &[2]), wholes("rest", &[1], &[-1])];
    let graph = read(&model(&[0, 4], &nodes, &known)).expect("it is sound");
    for batch in [1, 3] {
        let halves = run(&graph, &[batch, 4], &vec![0.5; 4 * batch]);
        assert_eq!(halves, vec![0.5; 4 * batch]);
    }
}

/// A file with a batch of 1 written into its reshape runs with any batch.
#[test]
fn a_fixed_batch_is_opened() {
    let nodes = [node("Reshape", &["x", "target"], "y", &[])];
    let graph = read(&model(&[1, 2, 3], &nodes, &[wholes("target", &[2], &[1, -1])])).expect("it is sound");
    assert_eq!(graph.output_shape(), Ok(vec![6]));
    assert_eq!(run(&graph, &[2, 2, 3], &[0.0; 12]).len(), 12);
}

/// As attention does: length before batch, both made one axis, a matrix product, two axes again. Each row is doubled, and the
/// second image must not see the first, whether the file leaves the batch open or not.
#[test]
fn length_and_batch_may_share_an_axis() {
    let turn = [part(1, "perm"), [1, 0, 2].iter().flat_map(|&axis| whole(8, axis)).collect(), whole(20, 7)].concat();
    let turned = |from: &str, to: &str| node("Transpose", &[from], to, std::slice::from_ref(&turn));
    let matrix = numbers("w", &[2, 2], &[2.0, 0.0, 0.0, 2.0]);
    let steps = [turned("x", "t"), node("Reshape", &["t", "rows"], "r", &[]), node("MatMul", &["r", "w"], "p", &[])];
    let back = [node("Reshape", &["p", "apart"], "a", &[]), turned("a", "y")];
    let numbers: Vec<f64> = (0..12).map(f64::from).collect();
    let doubled: Vec<f64> = numbers.iter().map(|number| 2.0 * number).collect();
    let fixed = [matrix.clone(), wholes("rows", &[2], &[3, 2]), wholes("apart", &[3], &[3, 1, 2])];
    let open = [matrix, wholes("rows", &[2], &[-1, 2]), wholes("apart", &[3], &[3, -1, 2])];
    for (batch, weights) in [(1, fixed), (0, open)] {
        let graph = read(&model(&[batch, 3, 2], &[steps.to_vec(), back.to_vec()].concat(), &weights));
        assert_eq!(run(&graph.expect("it is sound"), &[2, 3, 2], &numbers), doubled);
    }
    let wrong = [wholes("rows", &[2], &[-1, 2]), wholes("apart", &[3], &[-1, 3, 2])];
    let nodes = [steps[0].clone(), steps[1].clone(), node("Reshape", &["r", "apart"], "y", &[])];
    assert!(refused(&model(&[0, 3, 2], &nodes, &wrong)).contains("across the images"));
}

#[test]
fn what_is_not_read_is_named_with_its_node_and_version() {
    let message = refused(&model(&[0, 2], &[node("TopK", &["x"], "y", &[])], &[]));
    for word in ["TopK", "'the y'", "opset 17", "docs/operators.md"] {
        assert!(message.contains(word), "{message}");
    }
    let mixing = node("ReduceMean", &["x"], "y", &[attribute("keepdims", 1)]);
    assert!(refused(&model(&[0, 2], &[mixing], &[])).contains("over the images of a batch"));
    let nodes = [node("Transpose", &["x"], "t", &[]), node("MatMul", &["x", "t"], "y", &[])];
    assert!(refused(&model(&[0, 2], &nodes, &[])).contains("images meet"));
    let relu = [node("Relu", &["x"], "y", &[])];
    assert!(refused(&model_of(6, &[0, 2], &relu, &[])).contains("versions 7 to 24"));
    assert!(refused(&model(&[0, 3, 0, 0], &relu, &[])).contains("#size=HEIGHTxWIDTH"));
}

#[test]
fn a_circle_is_told() {
    let nodes = [node("Add", &["x", "b"], "a", &[]), node("Relu", &["a"], "b", &[]), node("Relu", &["b"], "y", &[])];
    assert!(refused(&model(&[0, 2], &nodes, &[])).contains("in a circle"));
}

#[test]
fn claims_cost_nothing() {
    let relu = node("Add", &["x", "w"], "y", &[]);
    let huge = [whole(1, 1 << 40), whole(2, 1), part(8, "w"), part(9, [0; 8])].concat();
    assert!(refused(&model(&[0, 2], std::slice::from_ref(&relu), &[huge])).contains("'w'"));
    let many = [whole(1, 1 << 30), whole(2, 1), part(8, "w"), part(9, [0; 8])].concat();
    assert!(refused(&model(&[0, 2], &[relu], &[many])).contains("claims 1073741824 numbers"));
    // What makes much of little: a constant, a range, a repetition, a product, a pad, again and again.
    let big = || wholes("big", &[2], &[1 << 20, 1 << 14]);
    let filled = node("ConstantOfShape", &["big"], "w", &[]);
    let add = node("Add", &["x", "w"], "y", &[]);
    assert!(refused(&model(&[0, 2], &[filled, add.clone()], &[big()])).contains("more known numbers"));
    let expanded = node("Expand", &["one", "big"], "w", &[]);
    assert!(
        refused(&model(&[0, 2], &[expanded, add.clone()], &[big(), numbers("one", &[], &[1.0])]))
            .contains("more known")
    );
    let bounds = [wholes("a", &[], &[0]), wholes("b", &[], &[1 << 40]), wholes("c", &[], &[1])];
    let range = node("Range", &["a", "b", "c"], "w", &[]);
    assert!(refused(&model(&[0, 2], &[range, add.clone()], &bounds)).contains("more known numbers"));
    let tile = node("Tile", &["x", "big"], "y", &[]);
    assert!(refused(&model(&[0, 2], &[tile], &[wholes("big", &[2], &[1, 1 << 40])])).contains("too often"));
    let pad = node("Pad", &["x", "pads"], "y", &[]);
    assert!(refused(&model(&[0, 2], &[pad], &[wholes("pads", &[4], &[0, 0, 0, 1 << 40])])).contains("too large"));
    let doubling: Vec<Vec<u8>> = (0..60)
        .map(|step| {
            let (from, to) = (format!("v{step}"), format!("v{}", step + 1));
            node("Concat", &[&from, &from], &to, &[attribute("axis", 0)])
        })
        .chain([node("Add", &["x", "v60"], "y", &[])])
        .collect();
    assert!(refused(&model(&[0, 2], &doubling, &[numbers("v0", &[1], &[1.0])])).contains("more known numbers"));
}

/// Ten million empty nodes are two bytes each in the file; they are not built.
#[test]
fn very_many_messages_are_not_kept() {
    let empty: Vec<u8> = part(1, []).repeat(1_100_000);
    let graph = [empty, part(11, input("x", &[0, 2])), part(12, part(1, "y"))].concat();
    let bytes = [part(7, graph), part(8, whole(2, 17))].concat();
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("net.onnx");
    std::fs::write(&path, &bytes).expect("there is room");
    let message = onnx::read(&path, None).expect_err("it is refused").to_string();
    assert!(message.contains("more than 1000000"), "{message}");
}

#[test]
fn numbers_outside_of_the_folder_are_not_read() {
    let pair = |key: &str, value: &str| part(13, [part(1, key), part(2, value)].concat());
    let external =
        |location: &str| [whole(1, 2), whole(2, 1), part(8, "w"), pair("location", location), whole(14, 1)].concat();
    let add = [node("Add", &["x", "w"], "y", &[])];
    let folder = tempfile::tempdir().expect("there is room");
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).expect("there is room");
    let path = inner.join("net.onnx");
    let eight: Vec<u8> = [1.0_f32, 2.0].iter().flat_map(|number| number.to_le_bytes()).collect();
    std::fs::write(folder.path().join("secret.bin"), &eight).expect("there is room");
    std::fs::write(inner.join("w.bin"), &eight).expect("there is room");
    std::fs::write(&path, model(&[0, 2], &add, &[external("w.bin")])).expect("there is room");
    let graph = onnx::read(&path, None).expect("it lies beside").graph;
    assert_eq!(run(&graph, &[1, 2], &[0.5, 0.5]), [1.5, 2.5]);
    for location in ["../secret.bin", "net.onnx/../../secret.bin", "/etc/passwd"] {
        std::fs::write(&path, model(&[0, 2], &add, &[external(location)])).expect("there is room");
        let message = onnx::read(&path, None).expect_err("it is refused").to_string();
        assert!(message.contains("or below"), "{message}");
    }
}

fn loaded(typed: &str) -> LoadedNetwork {
    let request = NetworkSpec::parse(typed).and_then(NetworkSpec::check).expect("the words are right");
    load(&request).expect("it is read")
}

/// Probabilities are noticed, and cut to logits where that is asked for; a sidecar says the contract.
#[test]
fn probabilities_are_noticed_and_sidecars_are_read() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("network.onnx");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/network.onnx");
    std::fs::copy(fixture, &path).expect("there is room");
    let network = loaded(&format!("{}#contract=raw", path.display()));
    assert!(network.notes.iter().any(|note| note.contains("outputs=logits")), "{:?}", network.notes);
    assert!(find_head(&network.graph).is_err());
    let sidecar = "channels = \"rgb\"\nheight = 8\nwidth = 8\nrange = \"bytes\"\nmean = [1.0, 2.0, 3.0]\n\
                   std = [4.0, 5.0, 6.0]\nclasses = 5\n";
    std::fs::write(folder.path().join("network.contract.toml"), sidecar).expect("there is room");
    let network = loaded(&format!("{}#outputs=logits", path.display()));
    assert_eq!((network.contract.mean.as_slice(), network.contract.classes), (&[1.0, 2.0, 3.0][..], 5));
    assert_eq!(
        find_head(&network.graph).map(|head| network.graph.value(head.logits).name.clone()),
        Ok("logits".to_owned())
    );
}

/// `docs/operators.md` is the table that the reader uses; with UPDATE_OPERATORS set it is written anew.
#[test]
fn the_page_of_operators_is_the_table() {
    let mut page = String::from(
        "# Operators of ONNX that are read\n\n\
         Default domain, versions 7 to 24 of the operator set. All of them carry gradients to the input, on every engine that \
         has the operators of the graph that they become. Written from `crates/import/src/onnx/operators/table.rs` by the test \
         `the_page_of_operators_is_the_table`; what is not in the table is refused with the names of operator and node.\n\n\
         In general: one input with real numbers, or the tokens of a text and their mask; the first axis is the batch, and \
         no operator may work across it; control flow (If, Loop, Scan), functions of the file's own, sequences, and quantized \
         numbers are not read.\n\n\
         | operator | what of it is read |\n| --- | --- |\n",
    );
    for operator in onnx::SUPPORTED {
        let limits = if operator.limits.is_empty() { "all" } else { operator.limits };
        page.push_str(&format!("| {} | {limits} |\n", operator.name));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operators.md");
    if std::env::var_os("UPDATE_OPERATORS").is_some() {
        std::fs::write(&path, &page).expect("it can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, page, "run this test once with UPDATE_OPERATORS=1");
}
