//! Cells that train: sources on their own data, references on the target's.

use std::path::Path;

use transferscope_lab::{
    data::ImageSet,
    training::{Checkpointing, Epoch, Fit, Task, Watch, measure_accuracy, untrained, weights_of},
};
use transferscope_network::passes::cost;

use super::{
    RunError,
    means::Means,
    networks::{Network, lab_recipe},
};
use crate::{plan::TrainingRecipe, records::Trained};

/// What is trained, and on what.
pub(super) struct Job<'a> {
    pub cell: &'a str,
    pub network: &'a str,
    pub family: &'a str,
    pub width: f64,
    pub recipe: &'a TrainingRecipe,
    pub seed: u64,
    pub untrained: bool,
    pub train: &'a ImageSet,
    pub test: &'a ImageSet,
    pub noisy_labels: usize,
    pub checkpoint: &'a Path,
}

/// Trains; the record lacks the hash of the stored weights, which the caller stores first.
pub(super) fn train(job: &Job<'_>, means: Means<'_>) -> Result<(Network, Trained), RunError> {
    let Means { engine, threads, events } = means;
    let classes = job.train.class_names().unwrap_or_default().to_vec();
    let fresh = Network::fresh(job.network, job.width, &classes, job.seed)?;
    let (mut history, mut kept_epoch): (Vec<Epoch>, Option<usize>) = (Vec::new(), None);
    let network = if job.untrained {
        let task = Task::new(job.train, job.test).map_err(|error| RunError::transfer(job.cell, error))?;
        let graph = untrained(&fresh.graph, &fresh.contract, &task, job.seed)
            .map_err(|error| RunError::transfer(job.cell, error))?;
        Network { graph, contract: fresh.contract }
    } else {
        let recipe = lab_recipe(job.recipe, job.seed);
        let attached = fresh.attached(job.train)?;
        let fit = Fit {
            device: &engine.device,
            threads,
            checkpoint: Some(Checkpointing { folder: job.checkpoint, resume: true }),
            ..Fit::new(&attached, job.train, &recipe)
        };
        let progress = events.progress(&format!("{}: steps", job.cell));
        let fitted = fit.run(&Watch::of(progress.as_ref())).map_err(|error| RunError::fit(job.cell, error))?;
        history = fitted.history;
        kept_epoch = Some(fitted.kept_epoch);
        Network { graph: weights_of(&fresh.graph, &fitted.graph)?, contract: fresh.contract }
    };
    let outcome = measure_accuracy(&network.attached(job.test)?, job.test, &engine.device, threads)
        .map_err(|error| RunError::fit(job.cell, error))?;
    let costs = cost(&network.graph)?;
    let record = Trained {
        network: job.network.to_owned(),
        family: job.family.to_owned(),
        parameters: costs.parameters,
        multiply_adds: costs.multiply_adds,
        classes,
        images: if job.untrained { 0 } else { job.train.len() },
        noisy_labels: job.noisy_labels,
        history,
        kept_epoch,
        test_accuracy: outcome.accuracy,
        weights_sha256: String::new(),
    };
    Ok((network, record))
}
