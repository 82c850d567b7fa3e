//! From what was typed for NETWORK and DATA to networks that can be measured on them.

use transferscope_engine::{EngineChoice, compile};
use transferscope_import::spec::{
    LoadedNetwork, NetworkRequest, NetworkSource, NetworkSpec, Weights, WeightsOrigin, load, load_fresh,
};
use transferscope_lab::{
    data::{self, DataError, ImageSet},
    subject::Subject,
    training::{Epoch, FitError, Watch, train_on_digits},
};
use transferscope_network::{
    graph::Graph,
    passes::{cost, find_head},
};
use transferscope_study::measurement::{DataRecord, NetworkRecord};

use crate::{console::Console, exit::Failure};

/// How networks are run.
#[derive(clap::Args, Clone, Debug)]
pub struct RunOptions {
    /// auto, cpu, burn or interpreter (cpu-portable, cpu-avx2, cpu-avx512 or cpu-amx: the engine cpu on one tier of kernels).
    #[arg(long, default_value = "auto")]
    pub engine: String,
    /// f32, bf16x3 or bf16: what the products of convolutions and linear layers are made of (engine cpu).
    #[arg(long, default_value = "f32")]
    pub precision: String,
    /// The device of the engine.
    #[arg(long, default_value = "flex")]
    pub device: String,
    /// Threads; results do not depend on it [default: as many as the machine has].
    #[arg(long)]
    pub threads: Option<usize>,
}

impl RunOptions {
    /// The engine, checked.
    ///
    /// # Errors
    /// With exit code 2.
    pub fn engine(&self) -> Result<EngineChoice, Failure> {
        let engine: EngineChoice = self.engine.parse().map_err(Failure::usage)?;
        let precision = self.precision.parse().map_err(Failure::usage)?;
        engine.in_precision(precision).map_err(Failure::usage)
    }

    /// The precision as results name it: of the engine, where its name has one.
    #[must_use]
    pub fn precision_in_use(&self) -> String {
        self.engine().map_or_else(|_| self.precision.clone(), |engine| engine.precision().name().to_owned())
    }

    /// The number of threads.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
    }
}

/// Loads a network; trains it on the spot where its weights are asked for so.
///
/// # Errors
/// With exit code 2 for words that mean nothing, 3 for files that cannot be used.
pub fn network(typed: &str, console: &Console) -> Result<LoadedNetwork, Failure> {
    let request = NetworkSpec::parse(typed).and_then(NetworkSpec::check).map_err(Failure::usage)?;
    match &request.source {
        NetworkSource::Zoo { weights: Weights::TrainedOnDigits { seed, epochs }, .. } => {
            trained_on_digits(&request, *seed, *epochs, console)
        }
        _ => load(&request).map_err(Failure::bad_input),
    }
}

fn trained_on_digits(
    request: &NetworkRequest,
    seed: u64,
    epochs: Option<u32>,
    console: &Console,
) -> Result<LoadedNetwork, Failure> {
    let mut network = load_fresh(request).map_err(Failure::bad_input)?;
    let steps = console.progress(&format!("training {} on the digits", network.name));
    let trained =
        train_on_digits(&network.graph, &network.contract, epochs.map(|n| n as usize), seed, &Watch::of(&steps))
            .map_err(|error| match error {
                FitError::Stopped => Failure::interrupted(),
                other => Failure::not_possible(other),
            })?;
    network.graph = trained.graph;
    let epochs = u32::try_from(trained.epochs).unwrap_or(u32::MAX);
    network.weights_origin = WeightsOrigin::TrainedOnDigits { seed, epochs };
    network.notes = vec![format!(
        "{} was trained here on the training split of the embedded digits: {epochs} epochs, seed {seed}, \
         {:.1} % right in the last epoch",
        request.spec,
        100.0 * trained.fitted.history.last().map_or(0.0, Epoch::train_accuracy)
    )];
    Ok(network)
}

/// Reads data.
///
/// # Errors
/// With exit code 2 for words that mean nothing, 3 for files that cannot be used.
pub fn images(typed: &str) -> Result<ImageSet, Failure> {
    data::load(typed).map_err(data_failure)
}

/// The exit code that belongs to an error of the data.
#[must_use]
pub fn data_failure(error: DataError) -> Failure {
    if error.is_usage() { Failure::usage(error) } else { Failure::bad_input(error) }
}

/// The graph from the data's pixels to logits: the network with its contract attached.
///
/// # Errors
/// With exit code 3 where the data cannot be made into what the network wants.
pub fn attached(network: &LoadedNetwork, images: &ImageSet) -> Result<Graph, Failure> {
    let shape = images.shape();
    network
        .contract
        .attach(&network.graph, [shape.channels, shape.height, shape.width])
        .map_err(|error| Failure::bad_input(anyhow::anyhow!("{}: {error}", network.spec)))
}

/// A network that can be measured on these images.
///
/// # Errors
/// Where the data cannot be made into what the network wants, or the engine cannot run it.
pub fn subject(network: &LoadedNetwork, images: &ImageSet, run: &RunOptions) -> Result<Subject, Failure> {
    subject_of(network, &attached(network, images)?, run)
}

/// A network whose graph starts at the data's pixels already.
///
/// # Errors
/// Where the engine cannot run it.
pub fn subject_of(network: &LoadedNetwork, graph: &Graph, run: &RunOptions) -> Result<Subject, Failure> {
    let features = find_head(graph).ok().map(|head| graph.value(head.features).name.clone());
    let frozen = compile(graph, run.engine()?, &run.device).map_err(Failure::usage)?;
    let subject = Subject::new(&network.name, frozen, features).map_err(Failure::bad_input)?;
    Ok(subject.with_class_names(network.contract.class_names.clone()))
}

/// What a result says of a network.
///
/// # Errors
/// Where the graph cannot be counted.
pub fn network_record(network: &LoadedNetwork) -> Result<NetworkRecord, Failure> {
    let weights = match &network.weights_origin {
        WeightsOrigin::Fresh { seed } => format!("fresh from seed {seed}, never trained"),
        WeightsOrigin::File { path, sha256 } => format!("{} (sha256 {sha256})", path.display()),
        WeightsOrigin::TrainedOnDigits { seed, epochs } => {
            format!("trained on the embedded digits, {epochs} epochs, seed {seed}")
        }
    };
    Ok(NetworkRecord {
        spec: network.spec.to_string(),
        architecture: network.graph.name().to_owned(),
        family: network.family.clone(),
        weights,
        parameters: cost(&network.graph).map_err(Failure::bad_input)?.parameters,
        classes: network.contract.classes,
        accuracy: None,
    })
}

/// What a result says of the data.
#[must_use]
pub fn data_record(typed: &str, images: &ImageSet) -> DataRecord {
    let shape = images.shape();
    DataRecord {
        spec: typed.to_owned(),
        images: images.len(),
        shape: [shape.channels, shape.height, shape.width],
        classes: images.class_count(),
        sha256: data::inspect(images).sha256,
    }
}
