//! Cells that carry knowledge over: a new head on a source, on its untrained twin, on raw pixels.

use transferscope_lab::{
    data::{DataError, ImageSet},
    outcome::Outcome,
    training::{
        FitError, Method, Task, TransferError, TransferPlan, Watch, pixel_baseline, stratified_split, transfer,
        untrained,
    },
};

use super::{
    RunError, TaskSets,
    means::Means,
    networks::{Network, lab_recipe},
};
use crate::{
    plan::{TransferMethod, TransferSettings},
    records::{RawPixels, Transferred},
};

/// Gives a network a new head for a task and scores it on the outcome images.
pub(super) fn carry_over(
    cell: &str,
    network: &Network,
    images: &TaskSets<ImageSet>,
    settings: &TransferSettings,
    seed: u64,
    means: Means<'_>,
) -> Result<Transferred, RunError> {
    let failed = |error: TransferError| RunError::transfer(cell, error);
    let train = part(&images.train, settings.images, seed).map_err(|error| failed(FitError::Data(error).into()))?;
    let task = Task::new(&train, &images.outcome).map_err(failed)?;
    let plan = plan(settings, seed);
    let progress = means.events.progress(&format!("{cell}: steps"));
    let (device, watch) = (&means.engine.device, Watch::of(progress.as_ref()));
    let given =
        transfer(&network.graph, &network.contract, &task, &plan, device, means.threads, &watch).map_err(failed)?;
    Ok(transferred(settings, train.len(), given.chosen, given.outcome))
}

/// The record of a network that was carried over; `chosen` is a penalty of the probe, else a learning rate.
pub(super) fn transferred(settings: &TransferSettings, images: usize, chosen: f64, outcome: Outcome) -> Transferred {
    let setting = if settings.method == TransferMethod::Probe { "penalty" } else { "rate" };
    Transferred { method: settings.method.word().to_owned(), images, chosen: format!("{setting} {chosen}"), outcome }
}

/// The untrained twin of a fresh network for a task.
pub(super) fn twin(cell: &str, network: &Network, images: &TaskSets<ImageSet>, seed: u64) -> Result<Network, RunError> {
    let failed = |error: TransferError| RunError::transfer(cell, error);
    let task = Task::new(&images.train, &images.outcome).map_err(failed)?;
    let graph = untrained(&network.graph, &network.contract, &task, seed).map_err(failed)?;
    Ok(Network { graph, contract: network.contract.clone() })
}

/// A linear classifier on the pixels themselves.
pub(super) fn raw_pixels(
    cell: &str,
    images: &TaskSets<ImageSet>,
    settings: &TransferSettings,
    means: Means<'_>,
) -> Result<RawPixels, RunError> {
    let failed = |error: TransferError| RunError::transfer(cell, error);
    let train = part(&images.train, settings.images, 0).map_err(|error| failed(FitError::Data(error).into()))?;
    let task = Task::new(&train, &images.outcome).map_err(failed)?;
    let progress = means.events.progress(cell);
    let given =
        pixel_baseline(&task, &TransferPlan::new(Method::Probe), &Watch::of(progress.as_ref())).map_err(failed)?;
    Ok(RawPixels { images: train.len(), accuracy: given.outcome.accuracy })
}

pub(super) fn plan(settings: &TransferSettings, seed: u64) -> TransferPlan {
    let method = match settings.method {
        TransferMethod::Probe => Method::Probe,
        TransferMethod::LastLayer => Method::LastLayer,
        TransferMethod::Full => Method::Full,
    };
    let defaults = TransferPlan::new(method);
    if settings.method == TransferMethod::Probe {
        let recipe = transferscope_lab::training::Recipe { seed, ..defaults.recipe };
        return TransferPlan { recipe, ..defaults };
    }
    let recipe = lab_recipe(&settings.recipe, seed);
    // Without validation images there is nothing to choose a rate on; and the rates that are tried are those of SGD.
    let rates = if settings.recipe.validation > 0.0 && !settings.recipe.adamw {
        defaults.rates
    } else {
        vec![settings.recipe.rate]
    };
    TransferPlan { recipe, rates, ..defaults }
}

/// At most so many images, as equal per class as possible.
fn part(set: &ImageSet, limit: Option<usize>, seed: u64) -> Result<ImageSet, DataError> {
    match (limit, set.labels()) {
        (Some(limit), Some(labels)) if limit < set.len() => {
            set.select(&stratified_split(labels, limit as f64 / set.len() as f64, seed).validation)
        }
        _ => Ok(set.clone()),
    }
}
