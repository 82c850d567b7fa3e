//! The untrained twin of a network: same graph, fresh weights, batch normalization calibrated.

use std::{collections::BTreeMap, sync::Arc};

use transferscope_engine::{
    EngineError,
    trainable::{Optimizer, Trained, Training, compile_trainable},
};
use transferscope_network::{
    array::Array,
    graph::{Graph, GraphError, ValueId},
    operator::Operator,
    passes::reweighted,
    zoo::initial_weight,
};

use crate::data::{DataError, ImageSet};

/// Why a twin could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TwinError {
    /// The graph cannot be changed so.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The data failed.
    #[error(transparent)]
    Data(#[from] DataError),
}

/// Images that the normalization is calibrated on: enough for a mean and a variance of every channel.
const CALIBRATION_IMAGES: usize = 256;
/// What PyTorch's batch normalization keeps of the old statistics in one step, and what of the new.
const KEPT: f64 = 0.9;
const TAKEN: f64 = 0.1;

/// The same graph (from pixels to logits) with every learned weight of a convolution or linear layer drawn afresh,
/// batch normalization reset, and its statistics set to those of the first images of the data.
///
/// Without the calibration a deep untrained network gives constant outputs, and every measure of it is an accident.
///
/// # Errors
/// See [`TwinError`].
pub fn untrained_twin(graph: &Graph, images: &ImageSet, seed: u64) -> Result<Graph, TwinError> {
    let fresh = reweighted(graph, fresh_weights(graph, seed))?;
    if !graph.nodes().iter().any(|node| matches!(node.operator, Operator::BatchNormalization { .. })) {
        return Ok(fresh);
    }
    let count = images.len().min(CALIBRATION_IMAGES);
    let shape = images.shape();
    let batch = Array::new(vec![count, shape.channels, shape.height, shape.width], images.decode(0..count)?)
        .map_err(|error| EngineError::Objective(error.to_string()))?;
    // One step in training mode at rate 0: every normalization sees the batch as normalized by the ones before it.
    let training = Training::new(Optimizer::Sgd { momentum: 0.0, weight_decay: 0.0 }, Trained::All);
    let mut network = compile_trainable(&fresh, &training, "flex")?;
    let mut no_slope = |values: &[Array<f32>]| Ok(values.iter().map(|value| value.map(|_| 0.0)).collect());
    network.step(&batch, &mut no_slope, 0.0)?;
    let moved: BTreeMap<String, Array<f32>> = network.weights()?.into_iter().collect();
    let calibrated = statistics(graph).into_iter().filter_map(|(id, start)| {
        let name = &graph.value(id).name;
        // The step left KEPT · start + TAKEN · batch; solve for the batch's own statistic.
        let solved = moved.get(name)?.to_f64().map(|now| (now - KEPT * start) / TAKEN).to_f32();
        Some((name.clone(), Arc::new(solved)))
    });
    Ok(reweighted(&fresh, calibrated.collect::<Vec<_>>())?)
}

/// Running means (which start at 0) and variances (at 1).
fn statistics(graph: &Graph) -> Vec<(ValueId, f64)> {
    graph
        .nodes()
        .iter()
        .filter(|node| matches!(node.operator, Operator::BatchNormalization { .. }))
        .flat_map(|node| [(node.inputs[3], 0.0), (node.inputs[4], 1.0)])
        .filter(|(id, _)| graph.weight(*id).is_some())
        .collect()
}

fn fresh_weights(graph: &Graph, seed: u64) -> Vec<(String, Arc<Array<f32>>)> {
    let mut fresh = BTreeMap::new();
    for node in graph.nodes() {
        match node.operator {
            Operator::Convolution { .. } | Operator::Linear => {
                let fan_in = graph.weight(node.inputs[1]).map_or(1, |weight| weight.row_length());
                for &id in &node.inputs[1..] {
                    if let Some(old) = graph.weight(id) {
                        let name = &graph.value(id).name;
                        fresh.insert(name.clone(), Arc::new(initial_weight(seed, name, old.shape(), fan_in)));
                    }
                }
            }
            Operator::BatchNormalization { .. } => {
                // Weight, bias, running mean, running variance.
                for (&id, start) in node.inputs[1..].iter().zip([1.0, 0.0, 0.0, 1.0]) {
                    if let Some(old) = graph.weight(id) {
                        let array = Array::filled(old.shape().to_vec(), start);
                        fresh.insert(graph.value(id).name.clone(), Arc::new(array));
                    }
                }
            }
            _ => {}
        }
    }
    fresh.into_iter().collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use transferscope_engine::{Feed, Frozen, interpreter::Interpreted};
    use transferscope_network::zoo::{Settings, find};

    use super::*;
    use crate::data;

    /// What calibration means: on the images it used, each channel after the first normalization has mean 0 and variance 1.
    #[test]
    fn a_calibrated_twin_normalizes_its_images() {
        let architecture = find("resnet8-cifar").unwrap();
        let settings = Settings { width: 0.25, ..Settings::with_classes(10) };
        let digits = data::load("digits#limit=32").unwrap();
        let shape = digits.shape();
        let attached = architecture
            .contract(10)
            .attach(&architecture.build(&settings).unwrap(), [shape.channels, shape.height, shape.width])
            .unwrap();
        let twin = untrained_twin(&attached, &digits, 7).unwrap();
        let pixels = digits.decode(0..32).unwrap();
        let batch = Array::new(vec![32, shape.channels, shape.height, shape.width], pixels).unwrap();
        let output = Interpreted::new(twin).forward(&Feed::batch(batch), &["bn1"]).unwrap().swap_remove(0);
        let [channels, plane] = [output.shape()[1], output.shape()[2] * output.shape()[3]];
        for channel in 0..channels {
            let numbers: Vec<f64> = (0..32)
                .flat_map(|row| output.row(row)[channel * plane..(channel + 1) * plane].iter().copied().map(f64::from))
                .collect();
            let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
            let variance = numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / numbers.len() as f64;
            // f32 statistics, solved for from a tenth of their size: 1e-4 is a hundred roundings.
            assert!(mean.abs() < 1e-3 && (variance - 1.0).abs() < 5e-3, "channel {channel}: {mean}, {variance}");
        }
    }
}
