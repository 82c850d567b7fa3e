//! The operator cases of the ONNX project: expected outputs, and gradients against finite differences.
//!
//! `tests/golden/onnx_cases.zip` holds the committed cases, written by `scripts/golden/make_onnx_cases.py`, which can also
//! write all of them; where the environment variable `TRANSFERSCOPE_ONNX_CASES` names that file, all are run.
//!
//! A case is run with its first input as a batch, all other inputs known. Where that would work across the images of a
//! batch, which is refused, all inputs are known, and the answer is computed while the file is read.

use std::{
    collections::{BTreeMap, HashMap},
    io::Read,
    path::Path,
};

use transferscope_network::{array::Array, graph::Graph, interpreter::evaluate};

use super::{
    external::Folder,
    held::Held,
    message::{Model, Tally, Tensor},
    operators::find,
    read::Reader,
    tensor::is_real,
};
use crate::ImportError;

/// Expected outputs are single precision, some computed with few digits by NumPy in another order.
const FORWARD: f64 = 2e-5;
/// Expected outputs in half precision (three or two digits), or written down with four.
const COARSE: f64 = 1e-2;
/// A central difference with a step of 1e-6 in double precision errs by 1e-9 of the values, a hundred of which may meet.
const REVERSE: f64 = 1e-5;
const STEP: f64 = 1e-6;

/// How a case ended.
#[derive(Debug, PartialEq)]
enum Ending {
    /// As a batch, with its gradient.
    Batch,
    /// With everything known.
    Known,
    Refused(String),
    Wrong(String),
}

struct Case {
    model: Vec<u8>,
    inputs: Vec<Vec<u8>>,
    outputs: Vec<Vec<u8>>,
}

fn cases(path: &Path) -> BTreeMap<String, Case> {
    let file = std::fs::File::open(path).expect("the cases are there");
    let mut archive = zip::ZipArchive::new(file).expect("they are a zip file");
    let mut cases: BTreeMap<String, Case> = BTreeMap::new();
    for place in 0..archive.len() {
        let mut entry = archive.by_index(place).expect("it is sound");
        let name = entry.name().expect("a name is text").into_owned();
        let (case, part) = name.split_once('/').expect("a folder a case");
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("it is sound");
        let empty = || Case { model: vec![], inputs: vec![], outputs: vec![] };
        let case = cases.entry(case.to_owned()).or_insert_with(empty);
        // Parts are stored in order.
        match part.split_once('_') {
            Some(("input", _)) => case.inputs.push(bytes),
            Some(("output", _)) => case.outputs.push(bytes),
            _ => case.model = bytes,
        }
    }
    cases
}

fn tensor(bytes: &[u8]) -> Option<Held> {
    Tensor::read(bytes, &mut Tally::default()).ok()?.held(&Folder::of(Path::new("."))).ok()
}

fn tolerance(name: &str) -> f64 {
    let is_half = ["fp16", "bf16", "float16"].iter().any(|kind| name.contains(kind));
    if is_half || name == "test_averagepool_2d_ceil_last_window_starts_on_pad" { COARSE } else { FORWARD }
}

fn run(case: &Case, tolerance: f64) -> Ending {
    let model = match Model::read(&case.model, &mut Tally::default()) {
        Ok(model) => model,
        Err(reason) => return Ending::Wrong(reason),
    };
    let inputs: Option<Vec<Held>> = case.inputs.iter().map(|bytes| tensor(bytes)).collect();
    let (Some(inputs), Some(expected)) = (inputs, case.outputs.first().and_then(|bytes| tensor(bytes))) else {
        return Ending::Refused("elements of a kind that is not read".to_owned());
    };
    match as_batch(&model, &inputs, &expected, tolerance) {
        Some(ending @ (Ending::Batch | Ending::Wrong(_))) => ending,
        other => match known(&model, &inputs, &expected, tolerance) {
            Ending::Refused(reason) => other.unwrap_or(Ending::Refused(reason)),
            ending => ending,
        },
    }
}

fn opset(model: &Model<'_>) -> i64 {
    // The generators are newer than the newest set that is read; what the two have in common has not changed.
    model.opsets.iter().find(|(domain, _)| domain.is_empty()).map_or(1, |&(_, version)| version.min(24))
}

fn reason(error: &ImportError) -> String {
    match error {
        ImportError::UnsupportedOperator { operator, reason, .. } => format!("{operator}{reason}"),
        other => other.to_string(),
    }
}

fn as_batch(model: &Model<'_>, inputs: &[Held], expected: &Held, tolerance: f64) -> Option<Ending> {
    let first = model.graph.inputs.first().filter(|input| is_real(input.element_type))?;
    let x = inputs.first()?.floats()?;
    let (&batch, shape) = x.shape().split_first()?;
    let fixed = i64::try_from(batch).ok().filter(|&batch| batch > 0)?;
    let mut reader = Reader::new(Path::new("case.onnx"), opset(model), &model.graph, Some(fixed), 1 << 20);
    reader.feed(first.name, shape);
    for (input, held) in model.graph.inputs.iter().zip(inputs).skip(1) {
        reader.held.insert(input.name, held.clone());
    }
    let graph = match reader.convert_all().and_then(|()| reader.finish(None, Vec::new())) {
        Ok(network) => network.graph,
        Err(error @ ImportError::UnsupportedOperator { .. }) => return Some(Ending::Refused(reason(&error))),
        // Axes of the batch's size that are no batch; with everything known it is told apart.
        Err(_) => return None,
    };
    let x = x.to_f64();
    let expected = expected.floats()?.to_f64();
    let found = forward(&graph, &x);
    Some(match differs(&found, &expected, tolerance) {
        Some(place) => Ending::Wrong(place),
        None => gradient(&graph, &x).map_or(Ending::Batch, Ending::Wrong),
    })
}

fn known(model: &Model<'_>, inputs: &[Held], expected: &Held, tolerance: f64) -> Ending {
    let mut reader = Reader::new(Path::new("case.onnx"), opset(model), &model.graph, None, 1 << 20);
    for (input, held) in model.graph.inputs.iter().zip(inputs) {
        reader.held.insert(input.name, held.clone());
    }
    if let Err(error) = reader.convert_all() {
        return Ending::Refused(reason(&error));
    }
    let found = model.graph.outputs.first().and_then(|name| reader.held.get(name)).and_then(Held::floats);
    match (found, expected.floats()) {
        (Some(found), Some(expected)) => {
            differs(&found.to_f64(), &expected.to_f64(), tolerance).map_or(Ending::Known, Ending::Wrong)
        }
        _ => Ending::Wrong("it made no known numbers".to_owned()),
    }
}

fn forward(graph: &Graph, x: &Array<f64>) -> Array<f64> {
    let evaluation = evaluate(graph, std::slice::from_ref(x), &HashMap::new()).expect("the shapes fit");
    evaluation.value(graph.output()).clone()
}

fn differs(found: &Array<f64>, expected: &Array<f64>, tolerance: f64) -> Option<String> {
    // A row of classes whose image axes of one pixel are left out is the same row.
    let stripped = |shape: &[usize]| shape.iter().copied().filter(|&size| size != 1).collect::<Vec<_>>();
    if stripped(found.shape()) != stripped(expected.shape()) {
        return Some(format!("shape {:?}, not {:?}", found.shape(), expected.shape()));
    }
    let far = |(found, expected): (&f64, &f64)| {
        let same = found == expected || (found.is_nan() && expected.is_nan());
        let close = (found - expected).abs() <= tolerance * expected.abs().max(1.0);
        !(same || close)
    };
    let place = found.data().iter().zip(expected.data()).position(far)?;
    Some(format!("{} at {place}, not {}", found.data()[place], expected.data()[place]))
}

/// The derivative along a direction against a central difference, for a fixed cotangent.
#[expect(clippy::cast_precision_loss, reason = "places are small")]
fn gradient(graph: &Graph, x: &Array<f64>) -> Option<String> {
    let wave = |shape: &[usize], speed: f64| {
        let mut array = Array::filled(shape.to_vec(), 0.0);
        array.data_mut().iter_mut().enumerate().for_each(|(place, number)| *number = (place as f64 * speed).sin());
        array
    };
    let evaluation = evaluate(graph, std::slice::from_ref(x), &HashMap::new()).expect("the shapes fit");
    let cotangent = wave(evaluation.value(graph.output()).shape(), 1.7);
    if evaluation.value(graph.output()).data().iter().any(|number| !number.is_finite()) {
        return None;
    }
    let direction = wave(x.shape(), 2.3);
    let pulled = evaluation.pull_back(&[(graph.output(), cotangent.clone())], graph.inputs()).expect("it fits");
    let dot = |a: &Array<f64>, b: &Array<f64>| a.data().iter().zip(b.data()).map(|(a, b)| a * b).sum::<f64>();
    let moved = |step: f64| {
        let mut moved = x.clone();
        moved.data_mut().iter_mut().zip(direction.data()).for_each(|(number, along)| *number += step * along);
        dot(&forward(graph, &moved), &cotangent)
    };
    let (before, at, after) = (moved(-STEP), moved(0.0), moved(STEP));
    let (found, difference) = (dot(&pulled[0], &direction), (after - before) / (2.0 * STEP));
    let size = pulled[0].data().iter().fold(1.0_f64, |largest, number| largest.max(number.abs()));
    // At a kink the slopes on both sides differ, and no one of them is the derivative.
    if ((after - at) - (at - before)).abs() > 1e-3 * STEP * size {
        return None;
    }
    ((found - difference).abs() > REVERSE * size).then(|| format!("slope {found}, not {difference}"))
}

/// Runs all cases of a file; those whose operators are read must not be wrong.
#[expect(clippy::print_stderr, reason = "the account of a long run is what it is run for")]
fn hold(path: &Path, most_refused: usize) -> BTreeMap<String, Ending> {
    let mut endings = BTreeMap::new();
    for (name, case) in cases(path) {
        let model = Model::read(&case.model, &mut Tally::default()).expect("the project's own files are sound");
        if model.graph.nodes.iter().all(|node| node.domain.is_empty() && find(node.operator).is_some()) {
            let ending = run(&case, tolerance(&name));
            endings.insert(name, ending);
        }
    }
    let count = |wanted: fn(&Ending) -> bool| endings.values().filter(|ending| wanted(ending)).count();
    let [batch, known, refused, wrong] = [
        count(|ending| *ending == Ending::Batch),
        count(|ending| *ending == Ending::Known),
        count(|ending| matches!(ending, Ending::Refused(_))),
        count(|ending| matches!(ending, Ending::Wrong(_))),
    ];
    eprintln!("{} cases: {batch} as a batch, {known} known, {refused} refused, {wrong} wrong", endings.len());
    for (name, ending) in &endings {
        match ending {
            Ending::Refused(reason) => eprintln!("refused {name}: {reason}"),
            Ending::Wrong(what) => eprintln!("WRONG {name}: {what}"),
            Ending::Batch | Ending::Known => {}
        }
    }
    assert_eq!(wrong, 0, "the cases above do not give what the ONNX project expects");
    assert!(refused <= most_refused, "{refused} refused");
    endings
}

#[test]
fn the_committed_cases_give_what_is_expected() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/onnx_cases.zip");
    let endings = hold(&path, 0);
    assert!(endings.len() >= 100, "{} cases", endings.len());
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn all_cases_give_what_is_expected_where_they_are() {
    match std::env::var_os("TRANSFERSCOPE_ONNX_CASES") {
        Some(path) => drop(hold(Path::new(&path), usize::MAX)),
        None => eprintln!("skipped: TRANSFERSCOPE_ONNX_CASES names no file"),
    }
}
