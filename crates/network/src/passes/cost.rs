//! Counting parameters and operations.

use crate::{
    graph::{Graph, GraphError, Node},
    operator::Operator,
};

/// Whether a weight of this name is a constant: of the contract (`contract.`) or of the architecture (`constant.`, such as
/// the epsilon of a normalization). Constants are neither learned nor counted.
#[must_use]
pub fn is_constant(name: &str) -> bool {
    name.starts_with("contract.") || name.starts_with("constant.")
}

/// What a network costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Learned numbers: weights and biases, without the running statistics of batch normalization and without
    /// the constants of the contract.
    pub parameters: usize,
    /// Multiply-add pairs of the convolutions, linear layers and matrix products for one input.
    pub multiply_adds: usize,
    /// Numbers that all nodes make for one input: what a tape has to keep.
    pub activations: usize,
}

/// Counts for one input.
///
/// # Errors
/// Where the shapes do not fit.
pub fn cost(graph: &Graph) -> Result<Cost, GraphError> {
    let shapes = graph.shapes(1)?;
    let size = |shape: &[usize]| shape.iter().product::<usize>();
    let mut total = Cost::default();
    for node in graph.nodes() {
        let output = &shapes[node.output.index()];
        total.activations += size(output);
        total.multiply_adds += match node.operator {
            // Each output number sums over one row of the weight.
            Operator::Convolution { .. } | Operator::Linear => {
                size(output) * shapes[node.inputs[1].index()].iter().skip(1).product::<usize>()
            }
            Operator::MatrixProduct => size(output) * shapes[node.inputs[0].index()].last().copied().unwrap_or(1),
            _ => 0,
        };
    }
    total.parameters = graph
        .weights()
        .filter(|(id, name, _)| {
            let is_statistic = |node: &Node| {
                matches!(node.operator, Operator::BatchNormalization { .. }) && node.inputs[3..].contains(id)
            };
            !is_constant(name) && !graph.nodes().iter().any(is_statistic)
        })
        .map(|(_, _, array)| array.len())
        .sum();
    Ok(total)
}
