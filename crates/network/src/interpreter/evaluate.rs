//! Evaluating a graph, and pulling cotangents back through it.

use std::collections::HashMap;

use super::{convolution, elementwise, layout, normalization, pooling, product, reduction, selection};
use crate::{
    array::Array,
    graph::{Graph, Node, Origin, ValueId},
    operator::{Operator, ShapeError},
};

/// Why a graph could not be evaluated.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum InterpreterError {
    /// Another number of inputs than the graph has.
    #[error("the graph takes {expected} inputs, but {found} were given")]
    InputCount {
        /// Inputs of the graph.
        expected: usize,
        /// Inputs given.
        found: usize,
    },
    /// An input, an override or a cotangent of the wrong shape.
    #[error("'{name}' must have shape {expected:?} (the first axis is the batch), but {found:?} was given")]
    InputShape {
        /// The value.
        name: String,
        /// Its shape in the graph.
        expected: Vec<usize>,
        /// The shape given.
        found: Vec<usize>,
    },
    /// A number was looked up that is no row of its table.
    #[error(
        "at node '{node}': {number} was looked up in a table of {rows} rows; the tokens are not those of this network"
    )]
    NotARow {
        /// The node's output.
        node: String,
        /// The number, as text: it may be anything.
        number: String,
        /// Rows of the table.
        rows: usize,
    },
    /// An operator met shapes it cannot take.
    #[error("at node '{node}': {source}")]
    Shape {
        /// The node's output.
        node: String,
        /// What does not fit.
        source: ShapeError,
    },
}

/// All values of a graph for one batch.
#[derive(Debug)]
pub struct Evaluation<'graph> {
    graph: &'graph Graph,
    values: Vec<Array<f64>>,
    overridden: Vec<ValueId>,
}

/// Computes every value of the graph. `inputs` are in the order of [`Graph::inputs`], with a batch axis first;
/// a value named in `overrides` takes the given array instead of what its node would make.
///
/// # Errors
/// Where inputs or overrides do not have the graph's shapes.
pub fn evaluate<'graph>(
    graph: &'graph Graph,
    inputs: &[Array<f64>],
    overrides: &HashMap<ValueId, Array<f64>>,
) -> Result<Evaluation<'graph>, InterpreterError> {
    if inputs.len() != graph.inputs().len() {
        return Err(InterpreterError::InputCount { expected: graph.inputs().len(), found: inputs.len() });
    }
    let given: HashMap<ValueId, &Array<f64>> =
        graph.inputs().iter().copied().zip(inputs).chain(overrides.iter().map(|(&id, array)| (id, array))).collect();
    let mut values = Vec::with_capacity(graph.values().len());
    for (index, value) in graph.values().iter().enumerate() {
        values.push(match (&value.origin, given.get(&ValueId(index))) {
            (Origin::Input { shape }, Some(array)) => {
                if array.shape().get(1..) != Some(shape.as_slice()) {
                    let expected = std::iter::once(array.rows()).chain(shape.iter().copied()).collect();
                    return Err(wrong_shape(graph, ValueId(index), expected, array));
                }
                (*array).clone()
            }
            (Origin::Weight(array), None) => array.to_f64(),
            (_, Some(array)) => (*array).clone(),
            _ => Array::filled(vec![0], 0.0),
        });
    }
    for node in graph.nodes() {
        let arrays: Vec<&Array<f64>> = node.inputs.iter().map(|id| &values[id.0]).collect();
        let shapes: Vec<&[usize]> = arrays.iter().map(|array| array.shape()).collect();
        let shape = node
            .operator
            .output_shape(&shapes)
            .map_err(|source| InterpreterError::Shape { node: graph.value(node.output).name.clone(), source })?;
        if let Some(array) = overrides.get(&node.output) {
            if array.shape() != shape {
                return Err(wrong_shape(graph, node.output, shape, array));
            }
            continue;
        }
        if let (Operator::Lookup, [numbers, table]) = (&node.operator, arrays.as_slice())
            && let Some(number) = selection::first_without_row(numbers, table.rows())
        {
            let (node, number) = (graph.value(node.output).name.clone(), number.to_string());
            return Err(InterpreterError::NotARow { node, number, rows: table.rows() });
        }
        values[node.output.0] = forward(&node.operator, &arrays, shape);
    }
    let overridden = overrides.keys().copied().collect();
    Ok(Evaluation { graph, values, overridden })
}

impl Evaluation<'_> {
    /// A value of the graph, with the batch axis first.
    #[must_use]
    pub fn value(&self, id: ValueId) -> &Array<f64> {
        &self.values[id.0]
    }

    /// Σ over the given values of ⟨cotangent, ∂value/∂wrt⟩: the vector-Jacobian product, for each of `wrt`
    /// (an input, a weight, or any value between, as when it is overridden).
    ///
    /// # Errors
    /// Where a cotangent has another shape than its value.
    pub fn pull_back(
        &self,
        cotangents: &[(ValueId, Array<f64>)],
        wrt: &[ValueId],
    ) -> Result<Vec<Array<f64>>, InterpreterError> {
        let mut gradients: Vec<Option<Array<f64>>> = vec![None; self.values.len()];
        for (id, cotangent) in cotangents {
            if cotangent.shape() != self.value(*id).shape() {
                return Err(wrong_shape(self.graph, *id, self.value(*id).shape().to_vec(), cotangent));
            }
            accumulate(&mut gradients[id.0], cotangent.clone());
        }
        for node in self.graph.nodes().iter().rev() {
            if self.overridden.contains(&node.output) {
                continue;
            }
            let keep = wrt.contains(&node.output);
            let gradient = if keep { gradients[node.output.0].clone() } else { gradients[node.output.0].take() };
            let Some(gradient) = gradient else { continue };
            for (&input, part) in node.inputs.iter().zip(self.reverse(node, &gradient)) {
                accumulate(&mut gradients[input.0], part);
            }
        }
        let shape = |id: ValueId| self.value(id).shape().to_vec();
        Ok(wrt.iter().map(|&id| gradients[id.0].clone().unwrap_or_else(|| Array::filled(shape(id), 0.0))).collect())
    }

    /// The gradient for each input of a node.
    fn reverse(&self, node: &Node, gradient: &Array<f64>) -> Vec<Array<f64>> {
        let inputs: Vec<&Array<f64>> = node.inputs.iter().map(|id| &self.values[id.0]).collect();
        let output = self.value(node.output);
        match &node.operator {
            Operator::Convolution { stride, padding, dilation, groups } => {
                convolution::Geometry { stride: *stride, padding: *padding, dilation: *dilation, groups: *groups }
                    .reverse(&inputs, gradient)
            }
            Operator::Linear => product::linear_reverse(&inputs, gradient),
            Operator::MatrixProduct => product::matrix_reverse(&inputs, gradient),
            Operator::BatchNormalization { epsilon } => normalization::reverse(&inputs, *epsilon, gradient),
            Operator::Activation(activation) => {
                vec![elementwise::activation_reverse(*activation, inputs[0], gradient)]
            }
            Operator::MaxPool(pooling) => vec![pooling::max_reverse(*pooling, inputs[0], gradient)],
            Operator::AveragePool { pooling, count_padding } => {
                vec![pooling::average_reverse(*pooling, *count_padding, inputs[0], gradient)]
            }
            Operator::Mean { axes, .. } => vec![reduction::mean_reverse(axes, inputs[0].shape(), gradient)],
            Operator::Maximum { axes, .. } => vec![reduction::maximum_reverse(axes, inputs[0], gradient)],
            Operator::Arithmetic(kind) => elementwise::arithmetic_reverse(*kind, inputs[0], inputs[1], gradient),
            Operator::Concatenate { axis } => layout::concatenate_reverse(*axis, &inputs, gradient),
            Operator::Slice { axis, start, step, .. } => {
                vec![layout::slice_reverse(*axis, *start, *step, inputs[0].shape(), gradient)]
            }
            Operator::Select { axis, indices } => {
                vec![selection::select_reverse(*axis, indices, inputs[0].shape(), gradient)]
            }
            Operator::Lookup => vec![
                Array::filled(inputs[0].shape().to_vec(), 0.0),
                selection::lookup_reverse(inputs[0], inputs[1].shape(), gradient),
            ],
            Operator::RepeatRows => vec![
                selection::repeat_reverse(inputs[0].shape(), gradient),
                Array::filled(inputs[1].shape().to_vec(), 0.0),
            ],
            Operator::Pad { amounts } => vec![layout::pad_reverse(amounts, inputs[0].shape(), gradient)],
            Operator::Reshape { .. } => vec![layout::with_shape(gradient, inputs[0].shape().to_vec())],
            Operator::Transpose { permutation } => vec![layout::transpose_reverse(permutation, gradient)],
            Operator::Softmax { axis } => vec![elementwise::softmax_reverse(*axis, output, gradient)],
            Operator::LogSoftmax { axis } => vec![elementwise::log_softmax_reverse(*axis, output, gradient)],
        }
    }
}

fn forward(operator: &Operator, inputs: &[&Array<f64>], shape: Vec<usize>) -> Array<f64> {
    match operator {
        Operator::Convolution { stride, padding, dilation, groups } => {
            convolution::Geometry { stride: *stride, padding: *padding, dilation: *dilation, groups: *groups }
                .forward(inputs, shape)
        }
        Operator::Linear => product::linear_forward(inputs, shape),
        Operator::MatrixProduct => product::matrix_forward(inputs[0], inputs[1], shape),
        Operator::BatchNormalization { epsilon } => normalization::forward(inputs, *epsilon),
        Operator::Activation(activation) => inputs[0].map(|x| activation.value(x)),
        Operator::MaxPool(pooling) => pooling::max_forward(*pooling, inputs[0], shape),
        Operator::AveragePool { pooling, count_padding } => {
            pooling::average_forward(*pooling, *count_padding, inputs[0], shape)
        }
        Operator::Mean { axes, .. } => reduction::mean_forward(axes, inputs[0], shape),
        Operator::Maximum { axes, .. } => reduction::maximum_forward(axes, inputs[0], shape),
        Operator::Arithmetic(kind) => elementwise::arithmetic_forward(*kind, inputs[0], inputs[1], shape),
        Operator::Concatenate { axis } => layout::concatenate_forward(*axis, inputs, shape),
        Operator::Slice { axis, start, step, .. } => layout::slice_forward(*axis, *start, *step, inputs[0], shape),
        Operator::Select { axis, indices } => selection::select_forward(*axis, indices, inputs[0], shape),
        Operator::Lookup => selection::lookup_forward(inputs[0], inputs[1], shape),
        Operator::RepeatRows => selection::repeat_forward(inputs[0], shape),
        Operator::Pad { amounts } => layout::pad_forward(amounts, inputs[0], shape),
        Operator::Reshape { .. } => layout::with_shape(inputs[0], shape),
        Operator::Transpose { permutation } => layout::transpose_forward(permutation, inputs[0], shape),
        Operator::Softmax { axis } => elementwise::softmax_forward(*axis, inputs[0]),
        Operator::LogSoftmax { axis } => elementwise::log_softmax_forward(*axis, inputs[0]),
    }
}

fn accumulate(slot: &mut Option<Array<f64>>, part: Array<f64>) {
    match slot {
        Some(sum) => sum.data_mut().iter_mut().zip(part.data()).for_each(|(total, number)| *total += number),
        None => *slot = Some(part),
    }
}

fn wrong_shape(graph: &Graph, id: ValueId, expected: Vec<usize>, found: &Array<f64>) -> InterpreterError {
    InterpreterError::InputShape { name: graph.value(id).name.clone(), expected, found: found.shape().to_vec() }
}
