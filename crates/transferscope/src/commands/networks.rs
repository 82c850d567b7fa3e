//! `transferscope networks`: list, inspect, run and convert.

use std::path::PathBuf;

use serde::Serialize;
use transferscope_engine::Feed;
use transferscope_import::safetensors;
use transferscope_lab::{
    attacks::objective_gradient,
    data::{Compression, NpzWriter},
    objective::{Objective, prediction},
    subject::{Outputs, Subject},
};
use transferscope_network::{
    array::Array,
    graph::Graph,
    passes::cost,
    self_check::{Agreement, DirectionalCheck, SelfCheckError, TOLERANCE, self_check},
    summary::{NetworkSummary, summary},
    zoo::{Settings, architectures},
};
use transferscope_theory::statistics::CHUNK;

use super::{
    networks_get,
    subjects::{self, RunOptions, data_failure},
};
use crate::{console::Console, exit::Failure, show};

/// What can be typed.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// The architectures of the zoo.
    List {
        /// Print the list as one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Graph, parameters, operations, contract, head, and a finite-difference check of the input gradient.
    Inspect {
        /// FILE.onnx, FILE.safetensors, ZOO_NAME, ZOO_NAME@WEIGHTS or ZOO_NAME@digits, with #key=value&...
        network: String,
        /// Leave the check out (it runs the f64 interpreter: a minute for the largest).
        #[arg(long)]
        no_check: bool,
        /// Print the account as one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Logits, features and input gradients of a network on data.
    Run(RunArguments),
    /// Fetch a published network, check it by its hash and unpack it.
    Get(networks_get::Arguments),
    /// Write a network as safetensors, with its graph and contract.
    Convert {
        /// The network.
        network: String,
        /// The file to write.
        #[arg(long, value_name = "FILE.safetensors")]
        out: PathBuf,
    },
}

#[derive(clap::Args)]
struct RunArguments {
    /// The network.
    network: String,
    /// The images.
    #[arg(long)]
    data: String,
    /// Add the gradient of the summed cross entropy against the own predictions, with respect to pixels from 0 to 1.
    #[arg(long)]
    input_gradient: bool,
    /// Write the arrays logits, features (where there is a linear head), input_gradient, labels as npz.
    #[arg(long, value_name = "FILE.npz")]
    out: Option<PathBuf>,
    /// Print the account as one JSON document.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    run: RunOptions,
}

/// One architecture, for the list.
#[derive(Serialize)]
pub struct ZooEntry {
    /// Its name.
    pub name: &'static str,
    /// Its family.
    pub family: &'static str,
    /// One line about it.
    pub about: &'static str,
    /// Learned numbers with ten classes.
    pub parameters: usize,
    /// Multiply-add pairs for one image.
    pub multiply_adds: usize,
}

/// The account of an inspection.
#[derive(Serialize)]
pub struct NetworkInspection {
    /// As it was typed.
    pub spec: String,
    /// The graph, its cost, its head and its contract.
    #[serde(flatten)]
    pub summary: NetworkSummary,
    /// Where the weights come from.
    pub weights: transferscope_import::spec::WeightsOrigin,
    /// Remarks.
    pub notes: Vec<String>,
    /// The check of the input gradient, unless it was left out.
    pub gradient_check: Option<GradientCheck>,
}

/// The check of the input gradient.
#[derive(Serialize)]
pub struct GradientCheck {
    /// How many random directions.
    pub directions: usize,
    /// The largest relative error between the gradient and finite differences in f64.
    pub largest_relative_error: f64,
    /// Relative distance of the default engine's gradient (f32) from the interpreter's (f64), at one image.
    pub engine_relative_error: f64,
    /// What both must stay below.
    pub tolerances: [f64; 2],
    /// Whether the gradient is that of the function, as far as finite differences can tell.
    pub agreement: Agreement,
    /// Whether nothing is wrong.
    pub passed: bool,
}

/// Lists, inspects, runs or converts.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn run(arguments: &Arguments, console: &Console) -> Result<(), Failure> {
    match &arguments.action {
        Action::List { json } => list(*json, console),
        Action::Inspect { network, no_check, json } => inspect(network, *no_check, *json, console),
        Action::Run(arguments) => evaluate(arguments, console),
        Action::Get(arguments) => networks_get::run(arguments, console),
        Action::Convert { network, out } => {
            transferscope_study::record::check_writable(out).map_err(Failure::bad_input)?;
            let loaded = subjects::network(network, console)?;
            safetensors::write(out, &loaded.graph, Some(&loaded.contract)).map_err(Failure::bad_input)?;
            console.answer(&format!("wrote {}", out.display()));
            Ok(())
        }
    }
}

fn list(json: bool, console: &Console) -> Result<(), Failure> {
    let entries = architectures()
        .iter()
        .map(|architecture| {
            let graph = architecture.build_blank(&Settings::with_classes(10)).map_err(Failure::not_possible)?;
            let cost = cost(&graph).map_err(Failure::not_possible)?;
            Ok(ZooEntry {
                name: architecture.name,
                family: architecture.family,
                about: architecture.about,
                parameters: cost.parameters,
                multiply_adds: cost.multiply_adds,
            })
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    if json {
        return console.json(&entries);
    }
    console.answer(&show::zoo(&entries));
    Ok(())
}

fn inspect(network: &str, no_check: bool, json: bool, console: &Console) -> Result<(), Failure> {
    let loaded = subjects::network(network, console)?;
    let summary = summary(&loaded.graph, Some(&loaded.contract)).map_err(Failure::bad_input)?;
    let gradient_check = if no_check { None } else { Some(gradient_check(&loaded.graph)?) };
    let failed = gradient_check.as_ref().is_some_and(|check| !check.passed);
    let inspection = NetworkInspection {
        spec: loaded.spec.to_string(),
        summary,
        weights: loaded.weights_origin,
        notes: loaded.notes,
        gradient_check,
    };
    if json {
        console.json(&inspection)?;
    } else {
        console.answer(&show::network(&inspection));
    }
    if failed {
        return Err(Failure::checks_failed(anyhow::anyhow!("the input gradient does not match finite differences")));
    }
    Ok(())
}

/// Networks of more multiply-adds than this get one direction: the interpreter needs seconds for each.
const CHEAP: usize = 100_000_000;
/// f32 rounding through tens of layers, and gates that flip: see design.md §7.
const ENGINE_TOLERANCE: f64 = 1e-2;

fn gradient_check(graph: &Graph) -> Result<GradientCheck, Failure> {
    let cost = cost(graph).map_err(Failure::bad_input)?;
    let directions = if cost.multiply_adds > CHEAP { 1 } else { 3 };
    let failed = |error: SelfCheckError| Failure::not_possible(error);
    let check: DirectionalCheck = self_check(graph, directions, 0).map_err(failed)?;
    let engine_relative_error = engine_check(graph)?;
    Ok(GradientCheck {
        directions: check.directions,
        largest_relative_error: check.largest_relative_error,
        engine_relative_error,
        tolerances: [TOLERANCE, ENGINE_TOLERANCE],
        agreement: check.agreement(),
        passed: check.agreement() != Agreement::Differs && engine_relative_error <= ENGINE_TOLERANCE,
    })
}

/// How far the engine's input gradient of the summed output is from the f64 interpreter's, which finite differences
/// have just confirmed: relative Euclidean distance at one image.
fn engine_check(graph: &Graph) -> Result<f64, Failure> {
    let engine = transferscope_engine::compile(graph, transferscope_engine::EngineChoice::Auto, "flex")
        .map_err(Failure::not_possible)?;
    let oracle = transferscope_engine::interpreter::Interpreted::new(graph.clone());
    let mut shape = vec![1];
    shape.extend(engine.input_shape());
    let count: usize = shape.iter().product();
    // A fixed image with every grey in it; nothing random is needed.
    #[expect(clippy::cast_precision_loss, reason = "pixel counts are small")]
    let pixels: Vec<f32> = (0..count).map(|place| (place * 7919 % 256) as f32 / 255.0).collect();
    let image = Array::new(shape, pixels).map_err(Failure::not_possible)?;
    let mut ones = |values: &[Array<f32>]| Ok(values.iter().map(|value| value.map(|_| 1.0)).collect());
    let gradient_of = |network: &dyn transferscope_engine::Frozen,
                       rule: &mut transferscope_engine::door::CotangentRule<'_>| {
        let feed = Feed::batch(image.clone());
        network.vjp(&feed, &[network.output()], network.input_name(), rule).map_err(Failure::not_possible)
    };
    let ours = gradient_of(engine.as_ref(), &mut ones)?.gradient.to_f64();
    let theirs = gradient_of(&oracle, &mut ones)?.gradient.to_f64();
    let length = |numbers: &[f64]| numbers.iter().map(|x| x * x).sum::<f64>().sqrt();
    let difference: Vec<f64> = ours.data().iter().zip(theirs.data()).map(|(a, b)| a - b).collect();
    let size = length(theirs.data());
    Ok(if size > 0.0 { length(&difference) / size } else { length(&difference) })
}

/// The account of a run.
#[derive(Serialize)]
pub struct RunAccount {
    /// The network as typed.
    pub network: String,
    /// The data as typed.
    pub data: String,
    /// The engine.
    pub engine: &'static str,
    /// How many images.
    pub images: usize,
    /// Share that the network gets right, where the labels are its own.
    pub accuracy: Option<f64>,
    /// Why there is no accuracy.
    pub no_accuracy_because: Option<String>,
    /// Why there are no features.
    pub no_features_because: Option<String>,
    /// The file that was written.
    pub written: Option<PathBuf>,
}

#[expect(clippy::cast_precision_loss, reason = "counts of images are small")]
fn evaluate(arguments: &RunArguments, console: &Console) -> Result<(), Failure> {
    if let Some(path) = &arguments.out {
        transferscope_study::record::check_writable(path).map_err(Failure::bad_input)?;
    }
    let images = subjects::images(&arguments.data)?;
    let loaded = subjects::network(&arguments.network, console)?;
    let subject = subjects::subject(&loaded, &images, &arguments.run)?;
    let has_features = subject.value_name(Outputs::Features).is_ok();
    let wanted = if has_features { Outputs::Features } else { Outputs::Logits };
    let shape = images.shape();
    let mut all = Collected::default();
    let steps = console.progress("images");
    for start in (0..images.len()).step_by(CHUNK) {
        if crate::interrupt::requested() {
            return Err(Failure::interrupted());
        }
        let range = start..(start + CHUNK).min(images.len());
        let end = range.end;
        let pixels = images.decode(range.clone()).map_err(data_failure)?;
        let batch = Array::new(vec![range.len(), shape.channels, shape.height, shape.width], pixels)
            .map_err(Failure::bad_input)?;
        collect(&mut all, &subject, &batch, wanted, arguments.input_gradient)?;
        transferscope_lab::deviate::Progress::advanced(&steps, end, images.len());
    }
    if let Some(path) = &arguments.out {
        write(path, &all, &subject, &images, has_features).map_err(Failure::bad_input)?;
    }
    let mismatch = subject.label_mismatch(&images);
    let accuracy = match (&mismatch, images.labels()) {
        (None, Some(labels)) => {
            let width = subject.classes();
            let right = labels
                .iter()
                .zip(all.logits.chunks(width.max(1)))
                .filter(|(label, logits)| prediction(logits) == **label as usize)
                .count();
            Some(right as f64 / labels.len() as f64)
        }
        _ => None,
    };
    let account = RunAccount {
        network: arguments.network.clone(),
        data: arguments.data.clone(),
        engine: subject.network().engine(),
        images: images.len(),
        accuracy,
        no_accuracy_because: mismatch,
        no_features_because: subject.value_name(Outputs::Features).err().map(|error| error.to_string()),
        written: arguments.out.clone(),
    };
    if arguments.json {
        return console.json(&account);
    }
    console.answer(&show::run(&account));
    Ok(())
}

#[derive(Default)]
struct Collected {
    logits: Vec<f64>,
    features: Vec<f64>,
    gradients: Vec<f64>,
}

fn collect(
    all: &mut Collected,
    subject: &Subject,
    batch: &Array<f32>,
    wanted: Outputs,
    input_gradient: bool,
) -> Result<(), Failure> {
    let observation = subject.observe(batch, wanted).map_err(Failure::not_possible)?;
    if input_gradient {
        let gradient = objective_gradient(subject, batch, &observation.logits, Objective::CrossEntropy)
            .map_err(Failure::not_possible)?;
        for (row, scale) in gradient.scale.iter().enumerate() {
            all.gradients.extend(gradient.direction.row(row).iter().map(|&number| f64::from(number) * scale));
        }
    }
    all.logits.extend(observation.logits.data());
    if wanted == Outputs::Features {
        all.features.extend(observation.outputs.data());
    }
    Ok(())
}

fn write(
    path: &std::path::Path,
    all: &Collected,
    subject: &Subject,
    images: &transferscope_lab::data::ImageSet,
    has_features: bool,
) -> Result<(), transferscope_lab::data::DataError> {
    let mut file = NpzWriter::create(path, Compression::Stored)?;
    let count = images.len();
    file.array("logits", &[count, subject.classes()], all.logits.as_slice())?;
    if has_features {
        file.array("features", &[count, all.features.len() / count.max(1)], all.features.as_slice())?;
    }
    if !all.gradients.is_empty() {
        let shape = images.shape();
        let shape = [count, shape.channels, shape.height, shape.width];
        file.array("input_gradient", &shape, all.gradients.as_slice())?;
    }
    if let Some(labels) = images.labels() {
        let labels: Vec<i64> = labels.iter().copied().map(i64::from).collect();
        file.array("labels", &[count], labels.as_slice())?;
    }
    file.array("image_id", &[count], images.ids())?;
    file.finish()
}
