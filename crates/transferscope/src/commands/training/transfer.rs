//! `transferscope transfer`: a network gets a new head for another task, beside what that is compared with.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;
use transferscope_import::safetensors;
use transferscope_lab::{
    outcome::Outcome,
    training::{
        Candidate, Epoch, Method, Task, TransferError, TransferPlan, Watch, from_scratch, pixel_baseline,
        transfer as transfer_network, untrained,
    },
};
use transferscope_study::measurement::{DataRecord, NetworkRecord};
use transferscope_theory::statistics::Estimate;

use super::{
    failure::{check_writable, transfer_failure},
    recipe_options::RecipeOptions,
};
use crate::{
    commands::subjects::{self, data_record},
    console::Console,
    exit::Failure,
    show,
};

/// Published transfers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Preset {
    /// The paper's: the last layer alone, ten epochs of SGD 0.9 from rate 0.1, decay 1e-4, crop and flip, batch
    /// normalization adapting, the best epoch on the test images (paper.md Q26, Q27).
    Paper,
}

/// What can be typed.
#[derive(Args)]
pub struct Arguments {
    /// The network: FILE.safetensors, ZOO_NAME, ZOO_NAME@WEIGHTS or ZOO_NAME@digits, with #key=value&...
    network: String,
    /// The images to learn from.
    #[arg(long, value_name = "DATA")]
    data: String,
    /// The images that the outcome is measured on; nothing is chosen on them.
    #[arg(long, value_name = "DATA")]
    test: String,
    /// last-layer, full or probe [default: last-layer].
    #[arg(long)]
    method: Option<String>,
    /// A published transfer to start from; it has the method last-layer.
    #[arg(long, value_enum, conflicts_with = "method")]
    preset: Option<Preset>,
    /// The learning rates that are tried; validation chooses [default: last-layer 0.1,0.03,0.01,0.003; full 0.03,0.01,0.003].
    #[arg(long, value_delimiter = ',')]
    rates: Vec<f64>,
    /// The penalties that probe tries; validation chooses [default: 1,0.1,0.01,0.001,0.0001].
    #[arg(long, value_delimiter = ',')]
    penalties: Vec<f64>,
    #[command(flatten)]
    recipe: RecipeOptions,
    /// Add the gain over the untrained twin: same graph, fresh weights, the same transfer.
    #[arg(long)]
    twin: bool,
    /// Add logistic regression on raw pixels.
    #[arg(long)]
    baseline: bool,
    /// Add the same architecture trained on this data alone (the method full).
    #[arg(long)]
    scratch: bool,
    /// The file to write: the network with its new head.
    #[arg(long, value_name = "FILE.safetensors")]
    out: Option<PathBuf>,
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

/// The result of a transfer.
#[derive(Serialize)]
pub struct TransferRecord {
    /// What was transferred.
    pub network: NetworkRecord,
    /// What was learned from.
    pub data: DataRecord,
    /// What the outcome was measured on.
    pub test: DataRecord,
    /// How.
    pub plan: TransferPlan,
    /// What it gave.
    pub outcome: Reached,
    /// The settings that were tried.
    pub candidates: Vec<Candidate>,
    /// The learning rate or penalty that was chosen.
    pub chosen: f64,
    /// The epochs of the chosen run.
    pub history: Vec<Epoch>,
    /// Whether the probe reached its minimum; null for the other methods.
    pub converged: Option<bool>,
    /// The same transfer of the untrained twin.
    pub untrained_twin: Option<Reached>,
    /// Logistic regression on raw pixels.
    pub raw_pixels: Option<Reached>,
    /// The same architecture trained on this data alone.
    pub from_scratch: Option<Reached>,
    /// The file, where one was written.
    pub out: Option<String>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// An accuracy, and for references what the network gains over it.
#[derive(Serialize)]
pub struct Reached {
    /// The share of test images that is right.
    pub accuracy: Estimate,
    /// How many are right.
    pub right: usize,
    /// The network's accuracy less this one, paired by image; absent for the network itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gain: Option<Estimate>,
}

impl Reached {
    fn of(outcome: &Outcome) -> Self {
        Self { accuracy: outcome.accuracy.clone(), right: outcome.right, gain: None }
    }

    fn below(reference: &Outcome, own: &Outcome) -> Result<Self, Failure> {
        let gain = own.gain_over(reference).map_err(Failure::not_possible)?;
        Ok(Self { gain, ..Self::of(reference) })
    }
}

/// Transfers.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn run(arguments: &Arguments, console: &Console) -> Result<(), Failure> {
    let plan = plan(arguments)?;
    check_writable(arguments.out.as_deref())?;
    let train = subjects::images(&arguments.data)?;
    let test = subjects::images(&arguments.test)?;
    let task = Task::new(&train, &test).map_err(transfer_failure)?;
    let network = subjects::network(&arguments.network, console)?;
    let threads = arguments.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let device = arguments.device.as_str();
    let (graph, contract) = (&network.graph, &network.contract);
    let step = |what: &str| console.progress(&format!("{} of {}, {what}", plan.method.name(), network.name));
    let given = {
        let progress = step("images");
        transfer_network(graph, contract, &task, &plan, device, threads, &Watch::of(&progress))
            .map_err(transfer_failure)?
    };
    let untrained_twin = arguments.twin.then(|| -> Result<Reached, Failure> {
        let progress = step("images, untrained twin");
        let twin = untrained(graph, contract, &task, plan.recipe.seed).map_err(transfer_failure)?;
        let twin = transfer_network(&twin, contract, &task, &plan, device, threads, &Watch::of(&progress))
            .map_err(transfer_failure)?;
        Reached::below(&twin.outcome, &given.outcome)
    });
    let raw_pixels = arguments.baseline.then(|| -> Result<Reached, Failure> {
        let probe = match plan.method {
            Method::Probe => plan.clone(),
            Method::LastLayer | Method::Full => TransferPlan { penalties: plan.penalties.clone(), ..probe_like(&plan) },
        };
        let found =
            pixel_baseline(&task, &probe, &Watch::of(&step("raw pixels, penalties"))).map_err(transfer_failure)?;
        Reached::below(&found.outcome, &given.outcome)
    });
    let scratch = arguments.scratch.then(|| -> Result<Reached, Failure> {
        let full = scratch_plan(arguments, &plan)?;
        let progress = step("images, from scratch");
        let found = from_scratch(graph, contract, &task, &full, device, threads, &Watch::of(&progress))
            .map_err(transfer_failure)?;
        Reached::below(&found.outcome, &given.outcome)
    });
    if let Some(path) = &arguments.out {
        safetensors::write(path, &given.graph, Some(&given.contract)).map_err(Failure::bad_input)?;
    }
    let data = data_record(&arguments.data, &train);
    let test_record = data_record(&arguments.test, &test);
    let mut notes = network.notes.clone();
    if data.sha256 == test_record.sha256 {
        notes.push("training and test data are the same images: this accuracy says nothing of new ones".to_owned());
    }
    let record = TransferRecord {
        network: subjects::network_record(&network)?,
        data,
        test: test_record,
        outcome: Reached::of(&given.outcome),
        candidates: given.candidates,
        chosen: given.chosen,
        history: given.history,
        converged: given.converged,
        untrained_twin: untrained_twin.transpose()?,
        raw_pixels: raw_pixels.transpose()?,
        from_scratch: scratch.transpose()?,
        out: arguments.out.as_ref().map(|path| path.display().to_string()),
        plan,
        notes,
    };
    if arguments.json {
        console.json(&record)
    } else {
        console.answer(&show::transferred(&record));
        Ok(())
    }
}

fn plan(arguments: &Arguments) -> Result<TransferPlan, Failure> {
    let base = match (arguments.preset, arguments.method.as_deref()) {
        (Some(Preset::Paper), _) => TransferPlan::paper(),
        (None, Some(name)) => {
            TransferPlan::new(name.parse().map_err(|text: String| Failure::usage(anyhow::anyhow!(text)))?)
        }
        (None, None) => TransferPlan::new(Method::LastLayer),
    };
    let given = |typed: &[f64], own: &[f64]| if typed.is_empty() { own.to_vec() } else { typed.to_vec() };
    let plan = TransferPlan {
        recipe: arguments.recipe.applied_to(base.recipe)?,
        rates: given(&arguments.rates, &base.rates),
        penalties: given(&arguments.penalties, &base.penalties),
        ..base
    };
    plan.check().map_err(|error| transfer_failure(TransferError::Plan(error)))?;
    Ok(plan)
}

/// The probe with the seed and the validation share of another plan.
fn probe_like(plan: &TransferPlan) -> TransferPlan {
    let probe = TransferPlan::new(Method::Probe);
    TransferPlan { recipe: transferscope_lab::training::Recipe { seed: plan.recipe.seed, ..probe.recipe }, ..probe }
}

/// The method full with what was typed for the recipe.
fn scratch_plan(arguments: &Arguments, plan: &TransferPlan) -> Result<TransferPlan, Failure> {
    if plan.method == Method::Full {
        return Ok(plan.clone());
    }
    let full = TransferPlan::new(Method::Full);
    Ok(TransferPlan { recipe: arguments.recipe.applied_to(full.recipe)?, ..full })
}
