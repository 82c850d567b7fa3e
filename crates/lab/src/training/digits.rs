//! Networks trained on the spot on the embedded digits.

use transferscope_network::{contract::Contract, graph::Graph};

use super::{Fit, FitError, Fitted, Recipe, Rule, Schedule, Selection, Watch, weights_of};
use crate::data;

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

/// Enough for every small architecture of the zoo to get most digits right, and a matter of seconds.
///
/// Small steps for networks without normalization: 0.1 makes the deeper of them diverge.
#[must_use]
pub fn digits_recipe(seed: u64) -> Recipe {
    Recipe {
        epochs: 12,
        batch: 32,
        rate: 0.02,
        optimizer: Rule::Sgd { momentum: 0.9, weight_decay: 1e-4 },
        schedule: Schedule::Cosine,
        selection: Selection::LastEpoch,
        seed,
        ..Recipe::default()
    }
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
    watch: &Watch<'_>,
) -> Result<DigitsTraining, FitError> {
    let digits = data::load(TRAINING_SPLIT)?;
    let shape = digits.shape();
    let attached = contract.attach(graph, [shape.channels, shape.height, shape.width])?;
    let own = digits_recipe(seed);
    let recipe = Recipe { epochs: epochs.unwrap_or(own.epochs), ..own };
    let fitted = Fit::new(&attached, &digits, &recipe).run(watch)?;
    Ok(DigitsTraining { graph: weights_of(graph, &fitted.graph)?, epochs: recipe.epochs, fitted })
}
