//! Cells that train: sources on their own sentences, references on the target's.

use std::path::Path;

use transferscope_lab::{
    data::text::TextSet,
    text::{EncodedTexts, TextNetwork},
    training::{Checkpointing, FitError, SampleFit, Watch, judge_samples},
};
use transferscope_network::passes::cost;

use crate::{
    plan::TrainingRecipe,
    records::Trained,
    run::{RunError, means::Means, networks::lab_recipe},
};

/// What is trained, and on what.
pub(super) struct Job<'a> {
    pub cell: &'a str,
    pub network: &'a str,
    pub family: &'a str,
    pub fresh: TextNetwork,
    pub recipe: &'a TrainingRecipe,
    pub seed: u64,
    pub untrained: bool,
    pub train: &'a TextSet,
    pub test: &'a TextSet,
    pub checkpoint: &'a Path,
}

/// Trains; the record lacks the hash of the stored weights, which the caller stores first.
pub(super) fn train(job: Job<'_>, means: Means<'_>) -> Result<(TextNetwork, Trained), RunError> {
    let failed = |error| RunError::fit(job.cell, error);
    let Means { engine, threads, events } = means;
    let encoded = |set: &TextSet| EncodedTexts::new(set, &job.fresh.tokenizer, job.fresh.contract.length);
    let (mut graph, mut history, mut kept_epoch) = (job.fresh.graph.clone(), Vec::new(), None);
    if !job.untrained {
        let (recipe, texts) = (lab_recipe(job.recipe, job.seed), encoded(job.train));
        let fit = SampleFit {
            device: &engine.device,
            threads,
            checkpoint: Some(Checkpointing { folder: job.checkpoint, resume: true }),
            ..SampleFit::new(&job.fresh.graph, &texts, &recipe)
        };
        let progress = events.progress(&format!("{}: steps", job.cell));
        let fitted = fit.run(&Watch::of(progress.as_ref())).map_err(failed)?;
        (graph, history, kept_epoch) = (fitted.graph, fitted.history, Some(fitted.kept_epoch));
    }
    let share = judge_samples(&graph, &encoded(job.test), &engine.device, threads).map_err(failed)?;
    let test_accuracy = share.estimate().ok_or_else(|| failed(FitError::NoLabels(job.test.name().to_owned())))?;
    let costs = cost(&graph)?;
    let record = Trained {
        network: job.network.to_owned(),
        family: job.family.to_owned(),
        parameters: costs.parameters,
        multiply_adds: costs.multiply_adds,
        classes: job.fresh.contract.class_names.clone(),
        images: if job.untrained { 0 } else { job.train.len() },
        noisy_labels: 0,
        history,
        kept_epoch,
        test_accuracy,
        weights_sha256: String::new(),
    };
    Ok((TextNetwork { graph, ..job.fresh }, record))
}
