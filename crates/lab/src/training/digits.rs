//! Networks trained on the spot on the embedded digits.

use transferscope_network::{array::Array, contract::Contract, graph::Graph, passes::reweighted};

use super::{FitError, Fitted, Recipe, fit};
use crate::{data, deviate::Progress};

/// Enough for every small architecture of the zoo to get most digits right, and a matter of seconds.
const DEFAULT_EPOCHS: usize = 12;
/// Small steps for networks without normalization: 0.1 makes the deeper of them diverge.
const RATE: f64 = 0.02;
const BATCH: usize = 32;
const MOMENTUM: f64 = 0.9;
const WEIGHT_DECAY: f64 = 1e-4;
/// The split that is learned from; `digits#split=test` is never seen.
const TRAINING_SPLIT: &str = "digits#split=train";

/// What training on the digits gave.
#[derive(Clone, Debug)]
pub struct DigitsTraining {
    /// The graph as it was given, with its new weights.
    pub graph: Graph,
    /// Passes over the images.
    pub epochs: usize,
    /// The loop's own account; its graph has the contract attached.
    pub fitted: Fitted,
}

/// Trains a graph on the training split of the embedded digits: the same bits for the same graph, seed and epochs.
///
/// # Errors
/// See [`FitError`].
pub fn train_on_digits(
    graph: &Graph,
    contract: &Contract,
    epochs: Option<usize>,
    seed: u64,
    progress: &dyn Progress,
) -> Result<DigitsTraining, FitError> {
    let digits = data::load(TRAINING_SPLIT)?;
    let shape = digits.shape();
    let attached = contract.attach(graph, [shape.channels, shape.height, shape.width])?;
    let epochs = epochs.unwrap_or(DEFAULT_EPOCHS);
    let recipe = Recipe { epochs, batch: BATCH, rate: RATE, momentum: MOMENTUM, weight_decay: WEIGHT_DECAY, seed };
    let fitted = fit(&attached, &digits, &recipe, progress)?;
    let own = |name: &str| graph.find(name).is_some_and(|id| graph.weight(id).is_some());
    let weights: Vec<(String, std::sync::Arc<Array<f32>>)> = fitted
        .graph
        .weights()
        .filter(|(_, name, _)| own(name))
        .map(|(_, name, array)| (name.to_owned(), std::sync::Arc::clone(array)))
        .collect();
    Ok(DigitsTraining { graph: reweighted(graph, weights)?, epochs, fitted })
}
