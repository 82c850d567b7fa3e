//! The references: networks that know the target task, given or trained here on its training split.

use transferscope_lab::{
    data::ImageSet,
    deviate::Rows,
    objective::prediction,
    observed::observe,
    subject::Subject,
    training::{Fit, FitError, Recipe, Rule, Selection, Watch},
};
use transferscope_network::{
    passes::{cost, find_head},
    zoo::{Architecture, Settings, find},
};
use transferscope_study::{measurement::NetworkRecord, ranking::ReferenceRecord};
use transferscope_theory::{
    scores::{Labels, stratified_folds},
    statistics::proportion,
};

use super::{candidate::runnable, target::Target};
use crate::{
    commands::{measure, subjects, subjects::RunOptions},
    console::Console,
    exit::Failure,
};

/// The word for training references here.
pub const TRAIN: &str = "train";

/// References, and the images that candidates are held against them on.
pub struct References {
    /// What is known of each.
    pub records: Vec<ReferenceRecord>,
    /// The networks.
    pub subjects: Vec<Subject>,
    /// Images of the alphas.
    pub images: ImageSet,
    /// Each reference's predictions on them.
    pub predictions: Vec<Vec<usize>>,
}

/// Small architectures that learn most tasks in seconds; the first two whose family is no candidate's are taken.
const ARCHITECTURES: [&str; 5] = ["lenet", "resnet8-cifar", "alexnet", "mobilenet-v1-cifar", "vgg11-bn-cifar"];
/// Two families, two seeds each.
const FAMILIES: usize = 2;
const SEEDS: [u64; 2] = [0, 1];
/// One part in five of the training split is kept from the references and serves the alphas.
const PARTS: usize = 5;
const BATCH: usize = 32;
const RATE: f64 = 0.02;

/// What decides how references are made.
pub struct Wish<'a> {
    /// As typed: networks, or the word `train`.
    pub typed: &'a [String],
    /// Families of the candidates.
    pub families: &'a [Option<String>],
    /// Passes over the training images.
    pub epochs: usize,
    /// Images of the alphas, at most.
    pub images: usize,
    /// The seed of all.
    pub seed: u64,
}

/// Loads or trains the references.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn references(
    wish: &Wish<'_>,
    target: &Target,
    run: &RunOptions,
    console: &Console,
) -> Result<References, Failure> {
    let asks_for_training = wish.typed.is_empty() || wish.typed == [TRAIN];
    if !asks_for_training && wish.typed.iter().any(|typed| typed == TRAIN) {
        return Err(Failure::usage(anyhow::anyhow!("--reference takes networks, or the word 'train' alone")));
    }
    if asks_for_training { trained(wish, target, run, console) } else { given(wish, target, run, console) }
}

fn given(wish: &Wish<'_>, target: &Target, run: &RunOptions, console: &Console) -> Result<References, Failure> {
    let kept: Vec<usize> = (0..target.images.len().min(wish.images)).collect();
    let images = target.images.select(&kept).map_err(subjects::data_failure)?;
    let mut references = References { records: vec![], subjects: vec![], images, predictions: vec![] };
    for typed in wish.typed {
        let loaded = runnable(typed, &target.images, run, console)?;
        let mismatch = loaded.subject.label_mismatch(&references.images);
        let over = match &mismatch {
            None => "the images measured; whether it was trained on them is not known".to_owned(),
            Some(reason) => format!("no accuracy: {reason}"),
        };
        let record = ReferenceRecord {
            name: loaded.name,
            network: loaded.record,
            trained_here: false,
            accuracy: None,
            accuracy_over: over,
        };
        references.add(record, loaded.subject, mismatch.is_none(), run, console)?;
    }
    Ok(references)
}

fn trained(wish: &Wish<'_>, target: &Target, run: &RunOptions, console: &Console) -> Result<References, Failure> {
    let labels = Labels::new(&target.labels).map_err(Failure::bad_input)?;
    let folds = stratified_folds(&labels, PARTS);
    let (held_out, seen): (Vec<usize>, Vec<usize>) = (0..folds.len()).partition(|&image| folds[image] == 0);
    let training = target.images.select(&seen).map_err(subjects::data_failure)?;
    let measured: Vec<usize> = held_out.into_iter().take(wish.images).collect();
    let images = target.images.select(&measured).map_err(subjects::data_failure)?;
    let mut references = References { records: vec![], subjects: vec![], images, predictions: vec![] };
    for architecture in architectures(wish.families)? {
        for seed in SEEDS {
            let (record, subject) = train(architecture, wish, seed, &training, run, console)?;
            references.add(record, subject, true, run, console)?;
        }
    }
    Ok(references)
}

/// Architectures of families that no candidate belongs to, as far as there are enough.
fn architectures(families: &[Option<String>]) -> Result<Vec<&'static Architecture>, Failure> {
    let all: Vec<&'static Architecture> =
        ARCHITECTURES.into_iter().map(find).collect::<Result<_, _>>().map_err(Failure::not_possible)?;
    let is_taken =
        |architecture: &&&Architecture| families.iter().flatten().any(|family| family == architecture.family);
    let (taken, free): (Vec<_>, Vec<_>) = all.iter().partition(|architecture| is_taken(architecture));
    Ok(free.into_iter().chain(taken).copied().take(FAMILIES).collect())
}

fn train(
    architecture: &Architecture,
    wish: &Wish<'_>,
    seed: u64,
    training: &ImageSet,
    run: &RunOptions,
    console: &Console,
) -> Result<(ReferenceRecord, Subject), Failure> {
    let classes = training.class_count().unwrap_or(0);
    let seed = wish.seed.wrapping_add(seed);
    let graph =
        architecture.build(&Settings { seed, ..Settings::with_classes(classes) }).map_err(Failure::bad_input)?;
    let contract = architecture.contract(classes);
    let shape = training.shape();
    let attached = contract.attach(&graph, [shape.channels, shape.height, shape.width]).map_err(Failure::bad_input)?;
    let name = format!("{} (seed {seed}, trained here)", architecture.name);
    let recipe = Recipe {
        epochs: wish.epochs,
        batch: BATCH,
        rate: RATE,
        optimizer: Rule::Sgd { momentum: 0.9, weight_decay: 1e-4 },
        selection: Selection::LastEpoch,
        seed,
        ..Recipe::default()
    };
    let steps = console.progress(&format!("training the reference {} {seed}", architecture.name));
    let fit = Fit { threads: run.threads(), ..Fit::new(&attached, training, &recipe) };
    let fitted = fit.run(&Watch::of(&steps)).map_err(|error| match error {
        FitError::Stopped => Failure::interrupted(),
        other => Failure::not_possible(other),
    })?;
    let features = find_head(&fitted.graph).ok().map(|head| fitted.graph.value(head.features).name.clone());
    let frozen = transferscope_engine::compile(&fitted.graph, run.engine()?, &run.device).map_err(Failure::usage)?;
    let subject = Subject::new(&name, frozen, features).map_err(Failure::bad_input)?;
    let record = ReferenceRecord {
        name,
        network: NetworkRecord {
            spec: architecture.name.to_owned(),
            architecture: architecture.name.to_owned(),
            family: Some(architecture.family.to_owned()),
            weights: format!(
                "trained here on {} images of the training split, {} epochs, seed {seed}",
                training.len(),
                wish.epochs
            ),
            parameters: cost(&graph).map_err(Failure::bad_input)?.parameters,
            classes,
            accuracy: None,
        },
        trained_here: true,
        accuracy: None,
        accuracy_over: "images of the training split that it was not trained on".to_owned(),
    };
    Ok((record, subject))
}

impl References {
    fn add(
        &mut self,
        mut record: ReferenceRecord,
        subject: Subject,
        labelled: bool,
        run: &RunOptions,
        console: &Console,
    ) -> Result<(), Failure> {
        let observed = observe(&subject, &self.images, run.threads(), &console.progress("images of a reference"))
            .map_err(measure::failed)?;
        let predictions = predictions(&observed.logits);
        if let (true, Some(labels)) = (labelled, self.images.labels()) {
            let right = predictions.iter().zip(labels).filter(|(found, label)| **found == **label as usize).count();
            record.accuracy = proportion(right, labels.len()).map_err(Failure::not_possible)?;
        }
        self.records.push(record);
        self.subjects.push(subject);
        self.predictions.push(predictions);
        Ok(())
    }
}

fn predictions(logits: &Rows) -> Vec<usize> {
    (0..logits.count()).map(|row| prediction(logits.row(row))).collect()
}
