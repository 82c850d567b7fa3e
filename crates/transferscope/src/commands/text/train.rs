//! `transferscope text train`: a network learns labelled sentences, from fresh weights or from a folder.

use std::{path::PathBuf, time::Instant};

use clap::Args;
use serde::Serialize;
use transferscope_engine::trainable::Trained;
use transferscope_import::text::{
    LoadedTextNetwork, TextRequest, TextZooRequest, TokenizerFile, load_text_network, write_text_network,
};
use transferscope_lab::{
    data::text::TextSet,
    text::{EncodedTexts, Tokenizer, VocabularyRules},
    training::{Augmentation, Epoch, Recipe, Rule, SampleFit, Schedule, Selection, Watch, judge_samples},
};
use transferscope_network::{
    array::Array,
    contract::{TextContract, TokenizerKind},
    graph::Graph,
    passes::{find_embedding, find_head, replace_head},
    zoo::initial_weight,
};
use transferscope_study::measurement::{DataRecord, NetworkRecord};
use transferscope_theory::statistics::Estimate;

use super::loading::{data_record, network_record, reading_notes, sentences, text_failure, tokenizer};
use crate::{
    commands::training::{failure::fit_failure, recipe_options::RecipeOptions},
    console::Console,
    exit::Failure,
    show,
};

/// What can be typed.
#[derive(Args)]
pub struct Arguments {
    /// A text network of the zoo (text-bag, text-cnn, bert) with #length=L&width=W&seed=S, or the folder of one to go on from.
    #[arg(value_name = "NETWORK")]
    network: String,
    /// The sentences to learn from: text:PATH#key=value&...
    #[arg(long, value_name = "DATA")]
    data: String,
    /// Sentences to measure the accuracy on, at the end.
    #[arg(long, value_name = "DATA")]
    test: Option<String>,
    /// Words that come up less often have no number of their own (fresh networks).
    #[arg(long, default_value_t = 2)]
    min_count: usize,
    /// At most so many words have one, the most frequent (fresh networks).
    #[arg(long, default_value_t = 20_000)]
    words: usize,
    /// Train the last layer alone.
    #[arg(long, conflicts_with = "keep_embedding")]
    head_only: bool,
    /// Train everything but the embedding table, so that attacks on embeddings mean the same to both networks.
    #[arg(long)]
    keep_embedding: bool,
    /// The learning rate at its highest [default: 1e-3].
    #[arg(long)]
    rate: Option<f64>,
    #[command(flatten)]
    recipe: RecipeOptions,
    /// The folder to write: weights, contract and vocabulary; a network for every other command for text.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
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
        optimizer: Rule::AdamW { weight_decay: 0.01 },
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
            (for_classes(loaded, &set, recipe.seed, &mut notes)?, tokenizer)
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
    let fit = SampleFit {
        graph: &start.graph,
        train: &encoded,
        recipe: &recipe,
        trained,
        device: &arguments.device,
        threads,
    };
    let fitted = fit.run(&watch).map_err(fit_failure)?;
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
    let base = base();
    let recipe = Recipe { rate: arguments.rate.unwrap_or(base.rate), ..arguments.recipe.applied_to(base)? };
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

fn fresh(
    arguments: &Arguments,
    zoo: &TextZooRequest,
    set: &TextSet,
) -> Result<(LoadedTextNetwork, Tokenizer), Failure> {
    let rules = VocabularyRules { smallest_count: arguments.min_count, most_words: arguments.words };
    let vocabulary = rules.counted(set.texts()).map_err(text_failure)?;
    let tokenizer = TokenizerFile { name: "vocab.txt".to_owned(), bytes: vocabulary.to_text().into_bytes() };
    let mut settings = zoo.settings(set.class_names().len(), vocabulary.size());
    settings.seed = zoo.seed().unwrap_or(arguments.recipe.seed);
    let graph = zoo.architecture.build(&settings).map_err(Failure::usage)?;
    let class_names = set.class_names().to_vec();
    let contract = TextContract { tokenizer: TokenizerKind::Words, length: settings.length, class_names };
    let start = LoadedTextNetwork { graph, contract, tokenizer, sha256: None, notes: Vec::new() };
    Ok((start, Tokenizer::Words(vocabulary)))
}

/// The network with the classes of the data: its own head where they are its own, else a fresh one.
fn for_classes(
    mut loaded: LoadedTextNetwork,
    set: &TextSet,
    seed: u64,
    notes: &mut Vec<String>,
) -> Result<LoadedTextNetwork, Failure> {
    let known = &loaded.contract.class_names;
    if set.class_names().iter().all(|name| known.contains(name)) && set.class_names().len() == known.len() {
        return Ok(loaded);
    }
    let head = find_head(&loaded.graph).map_err(Failure::bad_input)?;
    let width = loaded.graph.weight(head.weight).map_or(0, |weight| weight.row_length());
    let classes = set.class_names().len();
    let weight = initial_weight(seed, "classifier.weight", &[classes, width], width);
    loaded.graph =
        replace_head(&loaded.graph, weight, Array::filled(vec![classes], 0.0)).map_err(Failure::bad_input)?;
    notes.push(format!(
        "the network knew the classes {}; its head is fresh from seed {seed} for {}",
        known.join(", "),
        set.class_names().join(", ")
    ));
    loaded.contract.class_names = set.class_names().to_vec();
    Ok(loaded)
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
