//! `transferscope train`: a network learns labelled images.

use std::{path::PathBuf, time::Instant};

use clap::{Args, ValueEnum};
use serde::Serialize;
use transferscope_import::{
    safetensors,
    spec::{LoadedNetwork, NetworkSource, NetworkSpec, Weights, load},
};
use transferscope_lab::{
    data::ImageSet,
    training::{Checkpointing, Epoch, Fit, FitError, Fitted, Recipe, Selection, Watch, measure_accuracy, weights_of},
};
use transferscope_network::contract::Contract;
use transferscope_study::measurement::{DataRecord, NetworkRecord};
use transferscope_theory::statistics::Estimate;

use super::{
    failure::{check_writable, fit_failure, kept_in},
    recipe_options::RecipeOptions,
};
use crate::{
    commands::subjects::{self, data_record},
    console::Console,
    exit::Failure,
    show,
};

/// Published recipes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Preset {
    /// The paper's: SGD 0.9, decay 1e-4, rate 0.1 along a cosine by epoch over 100 epochs, batches of 64, crop and flip,
    /// the best epoch on the test images (paper.md Q24, Q26).
    Paper,
}

/// What can be typed.
#[derive(Args)]
pub struct Arguments {
    /// The network to start from: a zoo name with #width=W&seed=S (its classes become those of the data), or a file.
    #[arg(value_name = "ARCH")]
    network: String,
    /// The images to learn from: KIND:PATH#key=value&... (`transferscope data list` names the kinds).
    #[arg(long, value_name = "DATA")]
    data: String,
    /// Images to measure the accuracy on, at the end.
    #[arg(long, value_name = "DATA")]
    test: Option<String>,
    /// A published recipe to start from.
    #[arg(long, value_enum)]
    preset: Option<Preset>,
    /// The learning rate at its highest [default: 0.02].
    #[arg(long)]
    rate: Option<f64>,
    #[command(flatten)]
    recipe: RecipeOptions,
    /// The file to write: weights, graph and contract; a NETWORK for every other command.
    #[arg(long, value_name = "FILE.safetensors")]
    out: PathBuf,
    /// Keep a checkpoint of each epoch in this folder (one run a folder).
    #[arg(long, value_name = "DIR")]
    checkpoint: Option<PathBuf>,
    /// Go on from the checkpoint that is there; the result has the bytes of an uninterrupted run.
    #[arg(long, requires = "checkpoint")]
    resume: bool,
    /// The device of the engine.
    #[arg(long, default_value = "flex")]
    device: String,
    /// Threads; results do not depend on it [default: as many as the machine has].
    #[arg(long)]
    threads: Option<usize>,
    /// Print the result as one JSON document.
    #[arg(long)]
    json: bool,
}

/// The result of a training.
#[derive(Serialize)]
pub struct TrainingRecord {
    /// What was trained.
    pub network: NetworkRecord,
    /// On what.
    pub data: DataRecord,
    /// How.
    pub recipe: Recipe,
    /// Every epoch.
    pub history: Vec<Epoch>,
    /// The epoch that was kept.
    pub kept_epoch: usize,
    /// Whether the patience ran out.
    pub stopped_early: bool,
    /// Accuracy of the kept epoch on the images it was chosen on, which flatters it.
    pub selection_accuracy: Option<Estimate>,
    /// The test data.
    pub test: Option<DataRecord>,
    /// Accuracy on the test data.
    pub test_accuracy: Option<Estimate>,
    /// Whether the kept epoch was chosen on the test data, as the paper does.
    pub chosen_on_test: bool,
    /// The file.
    pub out: String,
    /// Seconds of training, this time.
    pub seconds: f64,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// Trains.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn run(arguments: &Arguments, console: &Console) -> Result<(), Failure> {
    let recipe = recipe(arguments)?;
    check_writable(Some(&arguments.out))?;
    let data = subjects::images(&arguments.data)?;
    let test = arguments.test.as_deref().map(subjects::images).transpose()?;
    let network = network(arguments, &data)?;
    let attached = subjects::attached(&network, &data)?;
    let threads = arguments.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let steps = console.progress(&format!("training {}, steps", network.name));
    let started = Instant::now();
    let seconds = || started.elapsed().as_secs_f64();
    let tell = |row: &Epoch| console.remark_in_progress(&show::epoch(row, recipe.epochs));
    let watch = Watch { progress: &steps, seconds: Some(&seconds), epoch: Some(&tell) };
    let checkpoint = arguments.checkpoint.as_deref();
    let fit = Fit {
        test: test.as_ref(),
        device: &arguments.device,
        threads,
        checkpoint: checkpoint.map(|folder| Checkpointing { folder, resume: arguments.resume }),
        ..Fit::new(&attached, &data, &recipe)
    };
    let fitted = fit.run(&watch).map_err(|error| match (error, checkpoint) {
        (FitError::Stopped, Some(folder)) => kept_in(folder),
        (error, _) => fit_failure(error),
    })?;
    let taken = seconds();
    let test_accuracy = match &test {
        None => None,
        Some(test) => Some(accuracy(&network, &fitted, test, &arguments.device, threads)?),
    };
    let trained = weights_of(&network.graph, &fitted.graph).map_err(Failure::not_possible)?;
    safetensors::write(&arguments.out, &trained, Some(&network.contract)).map_err(Failure::bad_input)?;
    let record = TrainingRecord {
        network: subjects::network_record(&network)?,
        data: data_record(&arguments.data, &data),
        recipe,
        kept_epoch: fitted.kept_epoch,
        stopped_early: fitted.stopped_early,
        selection_accuracy: fitted.kept().and_then(|row| row.selection).and_then(|share| share.estimate()),
        history: fitted.history,
        test: arguments.test.as_deref().zip(test.as_ref()).map(|(typed, test)| data_record(typed, test)),
        test_accuracy,
        chosen_on_test: recipe.selection == Selection::BestOnTest,
        out: arguments.out.display().to_string(),
        seconds: taken,
        notes: data.notes().to_vec(),
    };
    if arguments.json {
        console.json(&record)
    } else {
        console.answer(&show::trained(&record));
        Ok(())
    }
}

fn recipe(arguments: &Arguments) -> Result<Recipe, Failure> {
    let base = arguments.preset.map_or_else(Recipe::default, |Preset::Paper| Recipe::paper());
    let recipe = Recipe { rate: arguments.rate.unwrap_or(base.rate), ..arguments.recipe.applied_to(base)? };
    recipe.check().map_err(Failure::usage)?;
    if recipe.selection == Selection::BestOnTest && arguments.test.is_none() {
        return Err(fit_failure(FitError::NoTest));
    }
    Ok(recipe)
}

/// The network with as many classes as the data have, and with their names in its contract.
fn network(arguments: &Arguments, data: &ImageSet) -> Result<LoadedNetwork, Failure> {
    let mut request = NetworkSpec::parse(&arguments.network).and_then(NetworkSpec::check).map_err(Failure::usage)?;
    let seeded = request.spec.settings.iter().any(|(key, _)| key == "seed");
    if let NetworkSource::Zoo { classes, weights, .. } = &mut request.source {
        *classes = classes.or(data.class_count());
        match weights {
            Weights::Fresh { seed } if !seeded => *seed = arguments.recipe.seed,
            Weights::Fresh { .. } | Weights::File(_) => {}
            Weights::TrainedOnDigits { .. } => {
                return Err(Failure::usage(anyhow::anyhow!(
                    "'{}' is trained on the digits already; to train on other data give the architecture alone, \
                     or a file that `transferscope networks convert` wrote",
                    arguments.network
                )));
            }
        }
    }
    let network = load(&request).map_err(Failure::bad_input)?;
    let class_names = data.class_names().map(<[String]>::to_vec);
    let names = class_names.filter(|names| names.len() == network.contract.classes);
    Ok(LoadedNetwork { contract: Contract { class_names: names, ..network.contract.clone() }, ..network })
}

fn accuracy(
    network: &LoadedNetwork,
    fitted: &Fitted,
    test: &ImageSet,
    device: &str,
    threads: usize,
) -> Result<Estimate, Failure> {
    let trained = weights_of(&network.graph, &fitted.graph).map_err(Failure::not_possible)?;
    let attached = subjects::attached(&LoadedNetwork { graph: trained, ..network.clone() }, test)?;
    Ok(measure_accuracy(&attached, test, device, threads).map_err(fit_failure)?.accuracy)
}
