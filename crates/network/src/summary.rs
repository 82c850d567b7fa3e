//! A network at a glance: its nodes with shapes and parameters, its totals, its head and its contract.

use std::collections::HashSet;

use serde::Serialize;

use crate::{
    contract::Contract,
    graph::{Graph, GraphError, ValueId},
    operator::Operator,
    passes::{cost, find_head, is_constant},
};

/// A network at a glance: a plain value to be printed or stored by whoever asked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NetworkSummary {
    /// The name of the architecture.
    pub name: String,
    /// The inputs, without the batch axis.
    pub inputs: Vec<InputSummary>,
    /// The nodes in the order in which they are computed.
    pub nodes: Vec<NodeSummary>,
    /// Learned numbers in all, as [`cost`] counts them.
    pub parameters: usize,
    /// Multiply-add pairs for one input, as [`cost`] counts them.
    pub multiply_adds: usize,
    /// Numbers that all nodes make for one input.
    pub activations: usize,
    /// The head, where there is one.
    pub head: Option<HeadSummary>,
    /// Why there is no head, where there is none.
    pub head_missing: Option<String>,
    /// What the network wants to be shown, where that is known.
    pub contract: Option<Contract>,
}

/// One input of a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InputSummary {
    /// Its name.
    pub name: String,
    /// Its shape without the batch axis.
    pub shape: Vec<usize>,
}

/// One node of a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodeSummary {
    /// The name of the value that it makes.
    pub name: String,
    /// The operator's name.
    pub operator: &'static str,
    /// The shape of what it makes, without the batch axis.
    pub output_shape: Vec<usize>,
    /// Learned numbers that no node before it reads: weights that are shared are counted once.
    pub parameters: usize,
}

/// The head of a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeadSummary {
    /// The name of the penultimate features.
    pub features: String,
    /// How many features there are.
    pub width: usize,
    /// The name of its weight.
    pub weight: String,
    /// The name of its bias, where it has one.
    pub bias: Option<String>,
    /// How many classes there are.
    pub classes: usize,
}

/// The network at a glance.
///
/// ```
/// use transferscope_network::{summary::summary, zoo::{Settings, find}};
/// let lenet = find("lenet")?;
/// let summary = summary(&lenet.build(&Settings::with_classes(10))?, Some(&lenet.contract(10)))?;
/// assert_eq!(summary.parameters, 62_006);
/// assert_eq!(summary.nodes[0].output_shape, vec![6, 28, 28]);
/// assert_eq!(summary.head.map(|head| head.width), Some(84));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Where the shapes do not fit.
pub fn summary(graph: &Graph, contract: Option<&Contract>) -> Result<NetworkSummary, GraphError> {
    let shapes = graph.shapes(1)?;
    let without_batch = |id: ValueId| shapes[id.index()].iter().skip(1).copied().collect::<Vec<usize>>();
    let name = |id: ValueId| graph.value(id).name.clone();
    let cost = cost(graph)?;
    let mut counted: HashSet<ValueId> = HashSet::new();
    let nodes = graph
        .nodes()
        .iter()
        .map(|node| {
            let learned = match node.operator {
                // Running mean and variance are measured, not learned.
                Operator::BatchNormalization { .. } => &node.inputs[..3],
                _ => &node.inputs[..],
            };
            let mut parameters = 0;
            for &id in learned {
                let Some(array) = graph.weight(id) else { continue };
                if !is_constant(&graph.value(id).name) && counted.insert(id) {
                    parameters += array.len();
                }
            }
            NodeSummary {
                name: name(node.output),
                operator: node.operator.name(),
                output_shape: without_batch(node.output),
                parameters,
            }
        })
        .collect();
    let (head, head_missing) = match find_head(graph) {
        Ok(head) => {
            let shape = &shapes[head.weight.index()];
            let described = HeadSummary {
                features: name(head.features),
                width: shape.last().copied().unwrap_or(0),
                weight: name(head.weight),
                bias: head.bias.map(name),
                classes: shape.first().copied().unwrap_or(0),
            };
            (Some(described), None)
        }
        Err(error) => (None, Some(error.to_string())),
    };
    Ok(NetworkSummary {
        name: graph.name().to_owned(),
        inputs: graph.inputs().iter().map(|&id| InputSummary { name: name(id), shape: without_batch(id) }).collect(),
        nodes,
        parameters: cost.parameters,
        multiply_adds: cost.multiply_adds,
        activations: cost.activations,
        head,
        head_missing,
        contract: contract.cloned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        array::Array,
        graph::Builder,
        zoo::{Settings, architectures},
    };

    #[test]
    fn the_column_of_parameters_adds_up_with_and_without_the_contract() {
        for architecture in architectures() {
            let settings = Settings { width: 0.1, ..Settings::with_classes(7) };
            let graph = architecture.build(&settings).expect("the settings are in range");
            let attached = architecture.contract(7).attach(&graph, [3, 48, 48]).expect("48 x 48 is resized");
            for graph in [graph, attached] {
                let summary = summary(&graph, None).expect("the graph is checked");
                let column: usize = summary.nodes.iter().map(|node| node.parameters).sum();
                assert_eq!(column, summary.parameters, "{}", architecture.name);
            }
        }
    }

    #[test]
    fn a_shared_weight_is_counted_once() {
        let mut builder = Builder::new("shared");
        let x = builder.input("x", &[2]);
        let weight = builder.weight("w", Array::filled(vec![2, 2], 0.5));
        let once = builder.linear("once", x, weight, None);
        let twice = builder.linear("twice", once, weight, None);
        let summary = summary(&builder.finish(twice).expect("the shapes fit"), None).expect("it is checked");
        let column: Vec<usize> = summary.nodes.iter().map(|node| node.parameters).collect();
        assert_eq!(column, [4, 0]);
    }

    #[test]
    fn a_network_without_a_head_says_so() {
        let mut builder = Builder::new("headless");
        let x = builder.input("x", &[2, 3]);
        let flat = builder.flatten("flat", x);
        let summary = summary(&builder.finish(flat).expect("the shapes fit"), None).expect("it is checked");
        assert!(summary.head.is_none());
        assert!(summary.head_missing.is_some_and(|reason| reason.contains("reshape")));
    }
}
