//! A graph made ready for Burn: weights on the device once, the nodes as steps.

use std::collections::{BTreeSet, HashMap};

use ::burn::tensor::Device;
use transferscope_network::{
    array::Array,
    graph::{Graph, Node, Origin, ValueId},
    operator::Operator,
};

use super::{
    ENGINE,
    guard::failed,
    operators::Action,
    value::{MOST_AXES, Value},
};
use crate::door::EngineError;

/// A node as it is run. Values are known by their place in one table: first those of the graph, then the constants
/// that the plan adds.
#[derive(Debug)]
pub(super) struct Step {
    pub action: Action,
    pub inputs: Vec<usize>,
    pub output: usize,
}

/// A graph on a device. Its weights carry no record: nothing can ask for their gradient.
#[derive(Debug)]
pub(super) struct Plan {
    pub graph: Graph,
    pub places: HashMap<String, usize>,
    pub constants: Vec<Option<Value>>,
    pub steps: Vec<Step>,
}

impl Plan {
    /// A plan in which no weight changes.
    pub(super) fn new(graph: &Graph, device: &Device) -> Result<Self, EngineError> {
        Self::with_open_places(graph, &BTreeSet::new(), &BTreeSet::new(), device)
    }

    /// A plan in which the weights at the `open` places are given with each run instead. A batch normalization whose
    /// output is among `by_batch` goes by the statistics of the batch.
    pub(super) fn with_open_places(
        graph: &Graph,
        open: &BTreeSet<usize>,
        by_batch: &BTreeSet<usize>,
        device: &Device,
    ) -> Result<Self, EngineError> {
        let shapes = graph.shapes(1).map_err(failed)?;
        let too_many_axes = |node: &&Node| !(1..=MOST_AXES).contains(&shapes[node.output.index()].len());
        if let Some(node) = graph.nodes().iter().find(too_many_axes) {
            return Err(unsupported(graph, node, "with a number of axes outside 1 to 6"));
        }
        let mut constants: Vec<Option<Value>> = graph
            .values()
            .iter()
            .enumerate()
            .map(|(place, value)| match &value.origin {
                Origin::Weight(array) if !open.contains(&place) => on_device(array, device).map(Some),
                Origin::Weight(_) | Origin::Input { .. } | Origin::Node(_) => Ok(None),
            })
            .collect::<Result<_, _>>()?;
        let mut steps = Vec::with_capacity(graph.nodes().len());
        for node in graph.nodes() {
            steps.push(match node.operator {
                Operator::BatchNormalization { epsilon } if by_batch.contains(&node.output.index()) => Step {
                    action: Action::BatchStatistics { epsilon },
                    inputs: node.inputs[..3].iter().map(|id| id.index()).collect(),
                    output: node.output.index(),
                },
                Operator::BatchNormalization { epsilon } => {
                    let pair = scale_and_shift(graph, &node.inputs, epsilon)
                        .ok_or_else(|| unsupported(graph, node, "whose statistics are computed"))?;
                    let mut inputs = vec![node.inputs[0].index()];
                    for array in &pair {
                        inputs.push(constants.len());
                        constants.push(Some(on_device(array, device)?));
                    }
                    Step { action: Action::ScaleAndShift, inputs, output: node.output.index() }
                }
                _ => Step {
                    action: Action::Operator(node.operator.clone()),
                    inputs: node.inputs.iter().map(|id| id.index()).collect(),
                    output: node.output.index(),
                },
            });
        }
        let places = graph.values().iter().enumerate().map(|(place, value)| (value.name.clone(), place)).collect();
        Ok(Self { graph: graph.clone(), places, constants, steps })
    }

    /// The place of a value that is no weight.
    pub(super) fn place(&self, name: &str) -> Result<usize, EngineError> {
        self.places
            .get(name)
            .copied()
            .filter(|&place| !matches!(self.graph.values()[place].origin, Origin::Weight(_)))
            .ok_or_else(|| EngineError::UnknownValue { name: name.to_owned() })
    }
}

fn on_device(array: &Array<f32>, device: &Device) -> Result<Value, EngineError> {
    match array.shape().len() {
        // A scalar weight broadcasts like a vector of one number.
        0 => Ok(Value::from_array(&array.clone().reshaped(vec![1]).map_err(failed)?, device)),
        1..=MOST_AXES => Ok(Value::from_array(array, device)),
        axes => Err(failed(format!("a weight has {axes} axes; at most {MOST_AXES} can be run"))),
    }
}

/// Batch normalization with fixed statistics as x · scale + shift, computed in f64 and rounded once.
fn scale_and_shift(graph: &Graph, inputs: &[ValueId], epsilon: f64) -> Option<[Array<f32>; 2]> {
    let [weight, bias, mean, variance] =
        [1, 2, 3, 4].map(|place| inputs.get(place).and_then(|&id| graph.weight(id)).map(|array| array.to_f64()));
    let (weight, bias, mean, variance) = (weight?, bias?, mean?, variance?);
    let mut scale = weight.clone();
    for (number, variance) in scale.data_mut().iter_mut().zip(variance.data()) {
        *number /= (variance + epsilon).sqrt();
    }
    let mut shift = bias;
    for ((number, mean), scale) in shift.data_mut().iter_mut().zip(mean.data()).zip(scale.data()) {
        *number -= mean * scale;
    }
    Some([scale.to_f32(), shift.to_f32()])
}

fn unsupported(graph: &Graph, node: &Node, how: &str) -> EngineError {
    EngineError::UnsupportedOperator {
        engine: ENGINE,
        operator: format!("{} {how}", node.operator.name()),
        node: graph.value(node.output).name.clone(),
    }
}
