//! What the outcome of a transfer is compared with: the untrained twin, training from scratch, raw pixels.

use transferscope_network::{array::Array, contract::Contract, graph::Graph};

use super::{
    Candidate, Task, TransferError, TransferPlan, Transferred,
    probe::{correct, fit_probe},
    run::transfer,
};
use crate::{
    data::ImageSet,
    outcome::Outcome,
    training::{FeatureRows, FitError, Watch, fit::in_pool, weights_of},
    twin::untrained_twin,
};

/// The untrained twin of a network for a task: the same graph with fresh weights, batch normalization calibrated on the
/// first training images. Its transfer by the same plan is what the gain is taken over: head widths differ between
/// networks, so raw accuracy alone does not compare them.
///
/// # Errors
/// Where the contract cannot be attached to the task's images, or the engine fails.
pub fn untrained(graph: &Graph, contract: &Contract, task: &Task<'_>, seed: u64) -> Result<Graph, TransferError> {
    let shape = task.train().shape();
    let attached = contract.attach(graph, [shape.channels, shape.height, shape.width])?;
    Ok(weights_of(graph, &untrained_twin(&attached, task.train(), seed)?)?)
}

/// Trains the same architecture on the task alone: what transfer is to be better than.
///
/// # Errors
/// As [`transfer`].
pub fn from_scratch(
    graph: &Graph,
    contract: &Contract,
    task: &Task<'_>,
    plan: &TransferPlan,
    device: &str,
    threads: usize,
    watch: &Watch<'_>,
) -> Result<Transferred, TransferError> {
    let fresh = untrained(graph, contract, task, plan.recipe.seed)?;
    transfer(&fresh, contract, task, plan, device, threads, watch)
}

/// A probe on rows of numbers.
#[derive(Clone, Debug)]
pub struct ProbedRows {
    /// Right and wrong on the test rows.
    pub outcome: Outcome,
    /// The penalties that were tried.
    pub candidates: Vec<Candidate>,
    /// The one that was chosen.
    pub penalty: f64,
    /// Whether the minimum was reached.
    pub converged: bool,
}

/// The probe of a plan on the pixels themselves: what a network must beat to be worth anything here.
///
/// # Errors
/// As [`transfer`].
pub fn pixel_baseline(task: &Task<'_>, plan: &TransferPlan, watch: &Watch<'_>) -> Result<ProbedRows, TransferError> {
    probe_rows(&pixels(task.train())?, &pixels(task.test())?, task.test().ids(), plan, watch)
}

/// The probe of a plan on rows that are there already: features of sentences, counts of words. `ids` are those of the test
/// rows.
///
/// # Errors
/// Where nothing can be held out to choose the penalty on, or there is no test row.
pub fn probe_rows(
    train: &FeatureRows,
    test: &FeatureRows,
    ids: &[u64],
    plan: &TransferPlan,
    watch: &Watch<'_>,
) -> Result<ProbedRows, TransferError> {
    plan.check()?;
    in_pool(1, || {
        let probe = fit_probe(train, plan, watch.progress)?;
        let outcome = Outcome::new(ids.to_vec(), correct(&probe.model, test))
            .ok_or_else(|| FitError::NoLabels(test.name.clone()))?;
        let (candidates, penalty, converged) = (probe.candidates, probe.penalty, probe.converged);
        Ok(ProbedRows { outcome, candidates, penalty, converged })
    })
}

fn pixels(images: &ImageSet) -> Result<FeatureRows, TransferError> {
    let labels = images.labels().ok_or_else(|| FitError::NoLabels(images.name().to_owned()))?;
    let rows = Array::new(vec![images.len(), images.shape().values()], images.decode(0..images.len())?)?;
    let classes = images.class_count().unwrap_or(0);
    Ok(FeatureRows { name: format!("pixels of {}", images.name()), rows, labels: labels.to_vec(), classes })
}
