//! The head: the last linear layer, and the features before it.

use std::sync::Arc;

use crate::{
    array::Array,
    graph::{Graph, GraphError, Node, Origin, ValueId},
    operator::Operator,
};

/// The last linear layer of a classifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// What it reads: the penultimate features, `[N, width]`.
    pub features: ValueId,
    /// Its weight, `[classes, width]`.
    pub weight: ValueId,
    /// Its bias, `[classes]`.
    pub bias: Option<ValueId>,
    /// What it makes.
    pub logits: ValueId,
}

/// Finds the linear layer that makes the graph's output.
///
/// # Errors
/// Where the output does not come straight from a linear layer with a weight of its own.
pub fn find_head(graph: &Graph) -> Result<Head, GraphError> {
    let refuse = |found: &str| {
        Err(GraphError::NoHead {
            reason: format!("the output must come from a linear layer with its own weight, but comes from {found}"),
        })
    };
    let Some(node) = graph.node_of(graph.output()) else { return refuse("an input or a weight") };
    match (&node.operator, node.inputs.as_slice()) {
        (Operator::Linear, &[features, weight, ref bias @ ..]) if graph.weight(weight).is_some() => {
            Ok(Head { features, weight, bias: bias.first().copied(), logits: node.output })
        }
        (operator, _) => refuse(operator.name()),
    }
}

/// The same graph with another head: `weight` is `[classes, width]`, `bias` `[classes]`.
///
/// # Errors
/// Where there is no head, or the shapes do not fit its features.
pub fn replace_head(graph: &Graph, weight: Array<f32>, bias: Array<f32>) -> Result<Graph, GraphError> {
    let head = find_head(graph)?;
    let mut changed = graph.clone();
    changed.values[head.weight.0].origin = Origin::Weight(Arc::new(weight));
    match head.bias {
        Some(id) => changed.values[id.0].origin = Origin::Weight(Arc::new(bias)),
        None => {
            let id = ValueId(changed.values.len());
            changed.values.push(crate::graph::Value {
                name: format!("{}.new_bias", graph.value(head.logits).name),
                origin: Origin::Weight(Arc::new(bias)),
            });
            let add_bias = |node: &mut Node| {
                if node.output == head.logits {
                    node.inputs.push(id);
                }
            };
            changed.nodes.iter_mut().for_each(add_bias);
        }
    }
    changed.checked()
}
