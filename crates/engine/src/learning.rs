//! What every engine that trains shares: which weights change, and how running statistics move.

use transferscope_network::{
    array::Array,
    graph::{Graph, ValueId},
    operator::Operator,
    passes::is_constant,
};

use crate::{door::EngineError, trainable::Trained};

/// How far running statistics move towards those of a batch: PyTorch's default.
const RUNNING_MOMENTUM: f64 = 0.1;

/// The running statistics of one normalization that goes by the batch.
pub(crate) struct Running {
    /// The weight of the normalization.
    pub weight: ValueId,
    /// The value that the normalization makes.
    pub output: ValueId,
    /// The names of mean and variance.
    pub names: [String; 2],
    /// The running mean.
    pub mean: Array<f32>,
    /// The running variance.
    pub variance: Array<f32>,
}

impl Running {
    /// r ← 0.9 · r + 0.1 · s, with the variance of the batch unbiased: v · n/(n − 1), for n numbers a channel.
    #[expect(clippy::cast_precision_loss, reason = "a batch has far fewer than 2^52 pixels")]
    pub(crate) fn moved(
        &self,
        mean: &[f64],
        variance: &[f64],
        count: usize,
        engine: &'static str,
    ) -> Result<[Array<f32>; 2], EngineError> {
        if count < 2 {
            let message = format!(
                "the batch gives each channel of '{}' a single number, which has no variance; train with larger batches",
                self.names[0]
            );
            return Err(EngineError::Failed { engine, message });
        }
        let unbiased = count as f64 / (count as f64 - 1.0);
        let step = |old: &Array<f32>, new: &[f64], factor: f64| {
            let mut moved = old.to_f64();
            for (number, &seen) in moved.data_mut().iter_mut().zip(new) {
                *number = (1.0 - RUNNING_MOMENTUM) * *number + RUNNING_MOMENTUM * factor * seen;
            }
            moved.to_f32()
        };
        Ok([step(&self.mean, mean, 1.0), step(&self.variance, variance, unbiased)])
    }
}

/// The weights that change, in the graph's order.
pub(crate) fn trained_weights(
    graph: &Graph,
    trained: &Trained,
    engine: &'static str,
) -> Result<Vec<ValueId>, EngineError> {
    let is_statistic = |id: ValueId| {
        graph
            .nodes()
            .iter()
            .any(|node| matches!(node.operator, Operator::BatchNormalization { .. }) && node.inputs[3..].contains(&id))
    };
    let can_be: Vec<(ValueId, &str)> = graph
        .weights()
        .filter(|(id, name, _)| !is_constant(name) && !is_statistic(*id))
        .map(|(id, name, _)| (id, name))
        .collect();
    match trained {
        Trained::All => Ok(can_be.into_iter().map(|(id, _)| id).collect()),
        Trained::Only(names) | Trained::OnlyAdapting(names) => {
            if let Some(name) = names.iter().find(|wanted| !can_be.iter().any(|(_, name)| name == wanted)) {
                let message = format!(
                    "'{name}' cannot be trained: it is no weight of the network, or a running statistic, \
                     or a constant of the contract"
                );
                return Err(EngineError::Failed { engine, message });
            }
            let wanted = |name: &str| names.iter().any(|wanted| wanted == name);
            Ok(can_be.into_iter().filter(|(_, name)| wanted(name)).map(|(id, _)| id).collect())
        }
    }
}

/// Checks that there is a mask of the right shape for each masked value, or none at all.
pub(crate) fn check_masks(names: &[String], shapes: &[&[usize]], masks: &[Array<f32>]) -> Result<(), EngineError> {
    if masks.is_empty() {
        return Ok(());
    }
    if masks.len() != names.len() {
        return Err(EngineError::MaskCount { expected: names.len(), found: masks.len() });
    }
    for ((name, shape), mask) in names.iter().zip(shapes).zip(masks) {
        if mask.shape() != *shape {
            return Err(EngineError::Shape {
                name: name.clone(),
                expected: shape.get(1..).unwrap_or_default().to_vec(),
                found: mask.shape().to_vec(),
            });
        }
    }
    Ok(())
}

/// The outputs of the normalizations that go by the statistics of the batch: those with a weight or bias that is
/// trained, or all where they are to adapt.
pub(crate) fn normalized_by_batch(graph: &Graph, trained: &[ValueId], wish: &Trained) -> Vec<ValueId> {
    let adapting = matches!(wish, Trained::OnlyAdapting(_));
    graph
        .nodes()
        .iter()
        .filter(|node| matches!(node.operator, Operator::BatchNormalization { .. }))
        .filter(|node| adapting || node.inputs[1..3].iter().any(|id| trained.contains(id)))
        .map(|node| node.output)
        .collect()
}

/// The running statistics of the normalizations that go by the batch.
pub(crate) fn running_statistics(graph: &Graph, by_batch: &[ValueId]) -> Vec<Running> {
    graph
        .nodes()
        .iter()
        .filter(|node| by_batch.contains(&node.output))
        .filter_map(|node| {
            let [mean, variance] = [node.inputs[3], node.inputs[4]];
            Some(Running {
                weight: node.inputs[1],
                output: node.output,
                names: [mean, variance].map(|id| graph.value(id).name.clone()),
                mean: graph.weight(mean)?.as_ref().clone(),
                variance: graph.weight(variance)?.as_ref().clone(),
            })
        })
        .collect()
}
