//! The training loop: shuffled batches, cross entropy against labels, one step each.

use rand::RngExt;
use transferscope_engine::{
    EngineError,
    trainable::{Optimizer, Trained, Training, compile_trainable},
};
use transferscope_network::{
    array::Array,
    graph::{Graph, GraphError},
};

use super::{Recipe, RecipeError};
use crate::{
    data::{DataError, ImageSet},
    deviate::Progress,
    objective::prediction,
    seed::stream,
};

/// Why training failed.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// The recipe is out of range.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The data failed.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The graph cannot be used.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// There is nothing to learn.
    #[error("training needs labels, but the data '{0}' have none")]
    NoLabels(String),
    /// The labels are not the network's.
    #[error("the network has {network} classes, but the data have {data}; set classes={data}")]
    Classes {
        /// Of the network.
        network: usize,
        /// Of the data.
        data: usize,
    },
    /// The contract cannot be attached.
    #[error(transparent)]
    Contract(#[from] transferscope_network::contract::ContractError),
    /// The user stopped it.
    #[error("stopped")]
    Stopped,
}

/// What training gave.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// The graph with its new weights.
    pub graph: Graph,
    /// Mean loss of each epoch.
    pub losses: Vec<f64>,
    /// Share of images of the last epoch that were right when they were trained on.
    pub accuracy: f64,
}

/// Trains all weights of a graph from pixels to logits on labelled images.
///
/// The order of images is drawn anew each epoch from the recipe's seed; the last, smaller batch of an epoch is used too.
///
/// # Errors
/// See [`FitError`].
#[expect(clippy::cast_precision_loss, reason = "counts of images are small")]
pub fn fit(graph: &Graph, data: &ImageSet, recipe: &Recipe, progress: &dyn Progress) -> Result<Fitted, FitError> {
    recipe.check()?;
    let labels = data.labels().ok_or_else(|| FitError::NoLabels(data.name().to_owned()))?;
    let classes = graph.output_shape()?.first().copied().unwrap_or(0);
    let data_classes = data.class_count().unwrap_or(0);
    if classes != data_classes {
        return Err(FitError::Classes { network: classes, data: data_classes });
    }
    let optimizer = Optimizer::Sgd { momentum: recipe.momentum, weight_decay: recipe.weight_decay };
    let mut network = compile_trainable(graph, &Training { optimizer, trained: Trained::All }, "flex")?;
    let shape = data.shape();
    let steps_an_epoch = data.len().div_ceil(recipe.batch);
    let steps = steps_an_epoch * recipe.epochs;
    let mut losses = Vec::with_capacity(recipe.epochs);
    let mut right = 0;
    for epoch in 0..recipe.epochs {
        let (mut total, mut step_of_epoch) = (0.0, 0);
        right = 0;
        for batch in shuffled(data.len(), recipe.seed, epoch).chunks(recipe.batch) {
            if progress.stopped() {
                return Err(FitError::Stopped);
            }
            let pixels = data.decode_at(batch)?;
            let images = Array::new(vec![batch.len(), shape.channels, shape.height, shape.width], pixels)
                .map_err(|error| EngineError::Objective(error.to_string()))?;
            let wanted: Vec<usize> = batch.iter().map(|&index| labels[index] as usize).collect();
            let step = epoch * steps_an_epoch + step_of_epoch;
            let mut rule = |values: &[Array<f32>]| {
                values.iter().map(|logits| Ok(cross_entropy(logits, &wanted, &mut total, &mut right))).collect()
            };
            network.step(&images, &mut rule, recipe.rate_at(step, steps))?;
            step_of_epoch += 1;
            progress.advanced(step + 1, steps);
        }
        losses.push(total / data.len() as f64);
    }
    Ok(Fitted { graph: network.graph()?, losses, accuracy: right as f64 / data.len() as f64 })
}

/// The gradient of the mean cross entropy of a batch on its logits, in f64; adds to the sums of loss and right answers.
#[expect(clippy::cast_precision_loss, reason = "batch sizes are small")]
fn cross_entropy(logits: &Array<f32>, wanted: &[usize], total: &mut f64, right: &mut usize) -> Array<f32> {
    let mut gradient = logits.to_f64();
    let width = gradient.row_length();
    let share = 1.0 / wanted.len() as f64;
    for (row, &label) in gradient.data_mut().chunks_mut(width.max(1)).zip(wanted) {
        *right += usize::from(prediction(row) == label);
        let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = row.iter().map(|z| (z - largest).exp()).sum();
        *total += largest + sum.ln() - row[label];
        row.iter_mut().for_each(|z| *z = (*z - largest).exp() / sum * share);
        row[label] -= share;
    }
    gradient.to_f32()
}

/// Fisher and Yates: every order is equally likely.
fn shuffled(count: usize, seed: u64, epoch: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut random = stream(seed, "order of images", epoch as u64, 0);
    for place in (1..count).rev() {
        order.swap(place, random.random_range(0..=place));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_sees_every_image_once() {
        let mut order = shuffled(10, 1, 0);
        assert_ne!(order, shuffled(10, 1, 1));
        order.sort_unstable();
        assert_eq!(order, (0..10).collect::<Vec<_>>());
    }

    /// Two classes with equal logits: loss ln 2, gradient ±½ over the batch size.
    #[test]
    fn the_gradient_of_cross_entropy_is_softmax_minus_one_hot() {
        let logits = Array::filled(vec![2, 2], 0.0_f32);
        let (mut total, mut right) = (0.0, 0);
        let gradient = cross_entropy(&logits, &[0, 1], &mut total, &mut right);
        assert_eq!(gradient.data(), &[-0.25, 0.25, 0.25, -0.25]);
        assert!((total - 2.0 * 2.0_f64.ln()).abs() < 1e-12);
        assert_eq!(right, 1);
    }
}
