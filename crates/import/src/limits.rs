//! What a file's graph may claim: checked before anything of its sizes is computed or allocated.

use std::collections::HashMap;

use transferscope_network::{
    array::element_count,
    graph::Structure,
    operator::{Activation, Operator, Padding, Pooling, ReshapeDimension},
};

/// Nodes of a graph: hundreds of times the largest network that is in use.
const MOST_NODES: usize = 100_000;
/// Inputs of all nodes together.
const MOST_EDGES: usize = 1_000_000;
/// Any size, stride, padding or index within an operator.
const LARGEST_PARAMETER: usize = 1 << 24;
/// Numbers of any value for one image. With the limit above, no shape rule can overflow 64 bits.
const LARGEST_VALUE: usize = 1 << 34;
/// Axes of any value.
const MOST_AXES: usize = 8;

/// Checks a structure node by node with the shapes of its weights, in one pass.
///
/// # Errors
/// With a sentence where a number is beyond the limits, a node reads what does not exist yet, or shapes do not fit.
pub(crate) fn check(structure: &Structure, weights: &HashMap<&str, &[usize]>) -> Result<(), String> {
    if structure.nodes.len() > MOST_NODES {
        return Err(format!("its graph has {} nodes; at most {MOST_NODES} are read", structure.nodes.len()));
    }
    let edges: usize = structure.nodes.iter().map(|node| node.inputs.len()).sum();
    if edges > MOST_EDGES {
        return Err(format!("the nodes of its graph read {edges} values; at most {MOST_EDGES} are read"));
    }
    if structure.inputs.is_empty() {
        return Err("its graph has no input".to_owned());
    }
    let mut shapes: HashMap<&str, Vec<usize>> = HashMap::new();
    for (name, shape) in &structure.inputs {
        let with_batch: Vec<usize> = std::iter::once(1).chain(shape.iter().copied()).collect();
        check_value(name, &with_batch)?;
        shapes.insert(name, with_batch);
    }
    for node in &structure.nodes {
        check_parameters(&node.operator).map_err(|reason| format!("node '{}': {reason}", node.name))?;
        let mut inputs = Vec::with_capacity(node.inputs.len());
        for name in &node.inputs {
            let shape = shapes.get(name.as_str()).map(Vec::as_slice).or_else(|| weights.get(name.as_str()).copied());
            inputs.push(shape.ok_or_else(|| {
                format!("node '{}' reads '{name}', which is no input, no weight and no node before it", node.name)
            })?);
        }
        let shape = node.operator.output_shape(&inputs).map_err(|error| format!("at node '{}': {error}", node.name))?;
        check_value(&node.name, &shape)?;
        shapes.insert(&node.name, shape);
    }
    Ok(())
}

/// That a value has few enough axes and numbers.
pub(crate) fn check_value(name: &str, shape: &[usize]) -> Result<(), String> {
    let small = shape.len() <= MOST_AXES && element_count(shape).is_some_and(|count| count <= LARGEST_VALUE);
    // A size of zero hides the others in the product.
    if small && shape.iter().all(|&size| size <= LARGEST_VALUE) {
        Ok(())
    } else {
        Err(format!(
            "the value '{name}' has shape {shape:?}; at most {MOST_AXES} axes and {LARGEST_VALUE} numbers are read"
        ))
    }
}

/// That an operator's own numbers are in their ranges.
pub(crate) fn check_parameters(operator: &Operator) -> Result<(), String> {
    if let Some(parameter) = parameters(operator).into_iter().find(|&number| number > LARGEST_PARAMETER) {
        return Err(format!("it has the number {parameter}; at most {LARGEST_PARAMETER} is read"));
    }
    if is_sound(operator) { Ok(()) } else { Err(format!("it has a number out of its range: {operator:?}")) }
}

fn parameters(operator: &Operator) -> Vec<usize> {
    let sides = |padding: &Padding| [padding.top, padding.bottom, padding.left, padding.right];
    let window = |pooling: &Pooling| {
        [pooling.kernel, pooling.stride].concat().into_iter().chain(sides(&pooling.padding)).collect()
    };
    match operator {
        Operator::Convolution { stride, padding, dilation, groups } => {
            [*stride, *dilation].concat().into_iter().chain(sides(padding)).chain([*groups]).collect()
        }
        Operator::MaxPool(pooling) | Operator::AveragePool { pooling, .. } => window(pooling),
        Operator::Mean { axes, .. } | Operator::Maximum { axes, .. } => axes.clone(),
        Operator::Concatenate { axis } | Operator::Softmax { axis } | Operator::LogSoftmax { axis } => vec![*axis],
        Operator::Select { axis, indices } => indices.iter().copied().chain([*axis]).collect(),
        Operator::Slice { axis, start, end, step } => vec![*axis, *start, *end, *step],
        Operator::Pad { amounts } => amounts.concat(),
        Operator::Reshape { shape } => shape
            .iter()
            .map(|dimension| match dimension {
                ReshapeDimension::Size(size) => *size,
                ReshapeDimension::Keep | ReshapeDimension::Rest => 0,
            })
            .chain([shape.len()])
            .collect(),
        Operator::Transpose { permutation } => permutation.clone(),
        Operator::Linear
        | Operator::MatrixProduct
        | Operator::BatchNormalization { .. }
        | Operator::Activation(_)
        | Operator::Lookup
        | Operator::RepeatRows
        | Operator::Arithmetic(_) => Vec::new(),
    }
}

/// Whether the operator's real numbers are in their ranges.
fn is_sound(operator: &Operator) -> bool {
    match operator {
        Operator::BatchNormalization { epsilon } => epsilon.is_finite() && *epsilon >= 0.0,
        Operator::Activation(Activation::Clip { low, high }) => low <= high,
        Operator::Activation(
            Activation::LeakyRelu { slope: number }
            | Activation::Power { exponent: number }
            | Activation::Elu { scale: number },
        ) => number.is_finite(),
        Operator::Activation(Activation::HardSigmoid { slope, offset } | Activation::Affine { slope, offset }) => {
            slope.is_finite() && offset.is_finite()
        }
        _ => true,
    }
}
