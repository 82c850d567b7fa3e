//! Networks that end in probabilities, and the same networks without that end.

use crate::{
    graph::{Graph, GraphError, ValueId},
    operator::{Activation, Operator},
};

/// The name of the softmax or sigmoid that makes the output, where one does.
///
/// Attacks, deviations and scores are about logits: a softmax flattens what a sure network says, and its outputs move
/// together. Reshapes after it do not hide it.
#[must_use]
pub fn final_probabilities(graph: &Graph) -> Option<&'static str> {
    probabilities(graph).map(|(_, name)| name)
}

/// The same graph ending before its final softmax or sigmoid: in logits, which are the logarithm of the probabilities up
/// to one number an image (for a softmax), or their log odds (for a sigmoid).
///
/// ```
/// use transferscope_network::{array::Array, graph::Builder, operator::Operator, passes};
/// let mut builder = Builder::new("probable");
/// let x = builder.input("x", &[2]);
/// let weight = builder.weight("weight", Array::filled(vec![3, 2], 0.5));
/// let logits = builder.linear("logits", x, weight, None);
/// let output = builder.node("shares", Operator::Softmax { axis: 1 }, &[logits]);
/// let graph = builder.finish(output)?;
/// assert_eq!(passes::final_probabilities(&graph), Some("softmax"));
/// let cut = passes::without_final_probabilities(&graph)?;
/// assert_eq!(cut.value(cut.output()).name, "logits");
/// # Ok::<(), transferscope_network::graph::GraphError>(())
/// ```
///
/// # Errors
/// None for a graph that was checked; the cut graph is checked again.
pub fn without_final_probabilities(graph: &Graph) -> Result<Graph, GraphError> {
    let Some((before, _)) = probabilities(graph) else { return Ok(graph.clone()) };
    let shapes = graph.shapes(1)?;
    let mut cut = graph.clone();
    // A reshape that followed is kept only where it changed the shape; then the row is made anew.
    if shapes[before.index()] == shapes[graph.output().index()] {
        cut.output = before;
        return cut.checked();
    }
    let mut builder = crate::graph::Builder::continuing(cut);
    let row = builder.flatten("logits.row", before);
    builder.finish(row)
}

/// What the final softmax or sigmoid reads, and its name.
fn probabilities(graph: &Graph) -> Option<(ValueId, &'static str)> {
    let mut at = graph.output();
    loop {
        let node = graph.node_of(at)?;
        match &node.operator {
            Operator::Reshape { .. } => at = *node.inputs.first()?,
            operator @ (Operator::Softmax { .. } | Operator::Activation(Activation::Sigmoid)) => {
                return Some((*node.inputs.first()?, operator.name()));
            }
            _ => return None,
        }
    }
}
