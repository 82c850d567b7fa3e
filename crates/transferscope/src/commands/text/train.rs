//! `transferscope text train`: a network learns labelled sentences, from fresh weights or from a folder.

use std::{path::PathBuf, time::Instant};

use clap::{Args, ValueEnum};
use serde::Serialize;
use transferscope_engine::trainable::Trained;
use transferscope_import::text::{TextRequest, load_text_network, write_text_network};
use transferscope_lab::{
    text::EncodedTexts,
    training::{
        Augmentation, Checkpointing, Epoch, FitError, Recipe, Rule, SampleFit, Schedule, Selection, Watch,
        judge_samples,
    },
};
use transferscope_network::{
    contract::TextContract,
    graph::Graph,
    passes::{find_embedding, find_head},
};
use transferscope_study::measurement::{DataRecord, NetworkRecord};
use transferscope_theory::statistics::Estimate;

use super::{
    loading::{data_record, network_record, reading_notes, sentences, tokenizer},
    starting::{for_classes, fresh},
};
use crate::{
    commands::training::{
        failure::{fit_failure, kept_in},
        recipe_options::RecipeOptions,
    },
    console::Console,
    exit::Failure,
    show,
};

/// Published recipes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Preset {
    /// The paper's fine-tuning: one epoch of AdamW in batches of 32 from 5e-5 with decay 0.01 (none of biases and
    /// normalizations), a tenth of the steps up and the rest down along a line, dropout 0.1, the last epoch (paper.md Q39).
    Paper,
}

/// What can be typed.
#[derive(Args)]
pub struct Arguments {
    /// A text network of the zoo (text-bag, text-cnn, bert) with #length=L&width=W&seed=S, or the folder of one to go on from:
    /// one that `text train` wrote, or one with Hugging Face's config.json, tokenizer and model.safetensors or model.onnx.
    #[arg(value_name = "NETWORK")]
    network: String,
    /// The sentences to learn from: text:PATH#key=value&... (lines of `LABEL text`, .tsv, .csv or .parquet; `data list` has
    /// the settings).
    #[arg(long, value_name = "DATA")]
    data: String,
    /// Sentences to measure the accuracy on, at the end.
    #[arg(long, value_name = "DATA")]
    test: Option<String>,
    /// Words that come up less often have no number of their own (fresh networks).
    #[arg(long, default_value_t = 2)]
    pub(super) min_count: usize,
    /// At most so many words have one, the most frequent (fresh networks).
    #[arg(long, default_value_t = 20_000)]
    pub(super) words: usize,
    /// Train the last layer alone.
    #[arg(long, conflicts_with = "keep_embedding")]
    head_only: bool,
    /// Train everything but the embedding table, so that attacks on embeddings mean the same to both networks.
    #[arg(long)]
    keep_embedding: bool,
    /// A published recipe to start from.
    #[arg(long, value_enum)]
    preset: Option<Preset>,
    /// The learning rate at its highest [default: 1e-3; fine-tuning a transformer wants some 5e-5].
    #[arg(long)]
    rate: Option<f64>,
    #[command(flatten)]
    pub(super) recipe: RecipeOptions,
    /// The folder to write: weights, contract and vocabulary; a network for every other command for text.
    #[arg(long, value_name = "FOLDER")]
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

/// The result of a training on sentences.
#[derive(Serialize)]
pub struct TextTrainingRecord {
    /// What was trained.
    pub network: NetworkRecord,
    /// What it is fed.
    pub contract: TextContract,
    /// Words or pieces that have a number.
    pub vocabulary: usize,
    /// The share of the training tokens that are unknown words.
    pub unknown_share: f64,
    /// On what.
    pub data: DataRecord,
    /// How.
    pub recipe: Recipe,
    /// Which weights changed: all, head, all-but-embedding.
    pub trained: &'static str,
    /// Every epoch.
    pub history: Vec<Epoch>,
    /// The epoch that was kept.
    pub kept_epoch: usize,
    /// Whether the patience ran out.
    pub stopped_early: bool,
    /// Accuracy of the kept epoch on the texts it was chosen on, which flatters it.
    pub selection_accuracy: Option<Estimate>,
    /// The test data.
    pub test: Option<DataRecord>,
    /// Accuracy on the test data.
    pub test_accuracy: Option<Estimate>,
    /// The folder.
    pub out: String,
    /// Seconds of training.
    pub seconds: f64,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// AdamW, five passes in batches of 32: enough for the small forms on thousands of sentences.
fn base() -> Recipe {
    Recipe {
        epochs: 5,
        batch: 32,
        rate: 1e-3,
        optimizer: Rule::AdamW { weight_decay: 0.01, spare_vectors: false },
        schedule: Schedule::Cosine,
        ..Recipe::default()
    }
}

/// Trains.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn run(arguments: &Arguments, console: &Console) -> Result<(), Failure> {
    let recipe = recipe(arguments)?;
    let request = TextRequest::parse(&arguments.network).map_err(Failure::usage)?;
    check_folder(arguments)?;
    let set = sentences(&arguments.data)?;
    let test = arguments.test.as_deref().map(sentences).transpose()?;
    let mut notes = Vec::new();
    let (start, tokenizer) = match &request {
        TextRequest::Zoo(zoo) => fresh(arguments, zoo, &set)?,
        TextRequest::Folder { path, length, pooling } => {
            let loaded = load_text_network(path, *length, *pooling).map_err(Failure::bad_input)?;
            let tokenizer = tokenizer(&loaded)?;
            (for_classes(loaded, &tokenizer, &set, recipe.seed, &mut notes)?, tokenizer)
        }
    };
    notes.extend(start.notes.iter().cloned());
    let contract = &start.contract;
    let checked = contract.check(&start.graph, Some(tokenizer.size()));
    checked.map_err(|error| Failure::bad_input(anyhow::anyhow!("{}: {error}", arguments.network)))?;
    let set = set.with_classes(&contract.class_names).map_err(crate::commands::subjects::data_failure)?;
    let test = test.map(|test| test.with_classes(&contract.class_names)).transpose();
    let test = test.map_err(crate::commands::subjects::data_failure)?;
    let encoded = EncodedTexts::new(&set, &tokenizer, contract.length);
    notes.extend(reading_notes(&set, &encoded));
    let threads = arguments.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let (trained, trained_name) = trained(arguments, &start.graph)?;
    let steps = console.progress(&format!("training {}, steps", arguments.network));
    let started = Instant::now();
    let seconds = || started.elapsed().as_secs_f64();
    let tell = |row: &Epoch| console.remark_in_progress(&show::epoch(row, recipe.epochs));
    let watch = Watch { progress: &steps, seconds: Some(&seconds), epoch: Some(&tell) };
    let checkpoint = arguments.checkpoint.as_deref();
    let fit = SampleFit {
        trained,
        device: &arguments.device,
        threads,
        checkpoint: checkpoint.map(|folder| Checkpointing { folder, resume: arguments.resume }),
        ..SampleFit::new(&start.graph, &encoded, &recipe)
    };
    let fitted = fit.run(&watch).map_err(|error| match (error, checkpoint) {
        (FitError::Stopped, Some(folder)) => kept_in(folder),
        (error, _) => fit_failure(error),
    })?;
    let taken = seconds();
    let mut test_accuracy = None;
    if let Some(test) = &test {
        let encoded = EncodedTexts::new(test, &tokenizer, contract.length);
        notes.extend(reading_notes(test, &encoded));
        let share = judge_samples(&fitted.graph, &encoded, &arguments.device, threads).map_err(fit_failure)?;
        test_accuracy = share.estimate();
    }
    write_text_network(&arguments.out, &fitted.graph, contract, &start.tokenizer).map_err(Failure::bad_input)?;
    let record = TextTrainingRecord {
        network: network_record(&arguments.network, &start)?,
        contract: contract.clone(),
        vocabulary: tokenizer.size(),
        unknown_share: encoded.unknown_share,
        data: data_record(&arguments.data, &set, contract.length),
        recipe,
        trained: trained_name,
        kept_epoch: fitted.kept_epoch,
        stopped_early: fitted.stopped_early,
        selection_accuracy: fitted.kept().and_then(|row| row.selection).and_then(|share| share.estimate()),
        history: fitted.history,
        test: arguments
            .test
            .as_deref()
            .zip(test.as_ref())
            .map(|(typed, test)| data_record(typed, test, contract.length)),
        test_accuracy,
        out: arguments.out.display().to_string(),
        seconds: taken,
        notes,
    };
    if arguments.json {
        console.json(&record)
    } else {
        console.answer(&show::text_trained(&record));
        Ok(())
    }
}

fn recipe(arguments: &Arguments) -> Result<Recipe, Failure> {
    let base = arguments.preset.map_or_else(base, |Preset::Paper| Recipe::paper_text());
    let mut recipe = Recipe { rate: arguments.rate.unwrap_or(base.rate), ..arguments.recipe.applied_to(base)? };
    if arguments.recipe.warm_up.is_none() {
        // The preset's warm-up is a share of all steps, not of an epoch.
        recipe.warm_up *= recipe.epochs as f64;
    }
    recipe.check().map_err(Failure::usage)?;
    if recipe.augmentation != Augmentation::default() {
        return Err(Failure::usage(anyhow::anyhow!(
            "--crop-padding and --flip change images; sentences have no pixels"
        )));
    }
    debug_assert!(recipe.selection != Selection::BestOnTest, "no preset of this command chooses on test data");
    Ok(recipe)
}

/// That the folder can be made, before the work.
fn check_folder(arguments: &Arguments) -> Result<(), Failure> {
    let out = &arguments.out;
    let refuse = |reason: String| Err(Failure::bad_input(anyhow::anyhow!("{reason}")));
    if out.exists() && !out.is_dir() {
        return refuse(format!("'{}' is a file; --out names the folder to write", out.display()));
    }
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty());
    match parent {
        Some(parent) if !parent.is_dir() => refuse(format!("there is no folder '{}' to write into", parent.display())),
        _ => Ok(()),
    }
}

fn trained(arguments: &Arguments, graph: &Graph) -> Result<(Trained, &'static str), Failure> {
    let name = |id| graph.value(id).name.clone();
    if arguments.head_only {
        let head = find_head(graph).map_err(Failure::bad_input)?;
        let names = std::iter::once(head.weight).chain(head.bias).map(name).collect();
        return Ok((Trained::Only(names), "head"));
    }
    if arguments.keep_embedding {
        let table = find_embedding(graph).map_err(Failure::bad_input)?.table;
        let others = graph.weights().filter(|(id, name, _)| *id != table && !name.starts_with("constant."));
        return Ok((Trained::Only(others.map(|(_, name, _)| name.to_owned()).collect()), "all-but-embedding"));
    }
    Ok((Trained::All, "all"))
}
