//! A graph without its numbers: what is stored beside the weights.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{Builder, Graph, GraphError, Origin, ValueId};
use crate::{array::Array, operator::Operator};

/// A graph as it is written to a file: every value by name, weights without their numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Structure {
    /// The name of the architecture.
    pub name: String,
    /// The inputs with their shapes (no batch axis).
    pub inputs: Vec<(String, Vec<usize>)>,
    /// The nodes, in an order in which they can be computed.
    pub nodes: Vec<NodeStructure>,
    /// The name of the value that is the answer.
    pub output: String,
}

/// One node of a [`Structure`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeStructure {
    /// The name of the value it makes.
    pub name: String,
    /// The operator.
    pub operator: Operator,
    /// The names of the values it reads; a name that no input and no node carries is a weight.
    pub inputs: Vec<String>,
}

impl Graph {
    /// The graph without its numbers.
    #[must_use]
    pub fn structure(&self) -> Structure {
        let name_of = |id: &ValueId| self.value(*id).name.clone();
        let input = |id: &ValueId| match &self.value(*id).origin {
            Origin::Input { shape } => (name_of(id), shape.clone()),
            Origin::Weight(_) | Origin::Node(_) => (name_of(id), Vec::new()),
        };
        Structure {
            name: self.name.clone(),
            inputs: self.inputs.iter().map(input).collect(),
            nodes: self
                .nodes
                .iter()
                .map(|node| NodeStructure {
                    name: name_of(&node.output),
                    operator: node.operator.clone(),
                    inputs: node.inputs.iter().map(name_of).collect(),
                })
                .collect(),
            output: name_of(&self.output),
        }
    }
}

impl Structure {
    /// The graph with these weights by name; weights that no node reads are left out.
    ///
    /// # Errors
    /// Where a node reads a name that is no input, no earlier node and no weight, or the shapes do not fit.
    pub fn with_weights(self, weights: &BTreeMap<String, Arc<Array<f32>>>) -> Result<Graph, GraphError> {
        let mut builder = Builder::new(&self.name);
        let mut wires = BTreeMap::new();
        for (name, shape) in &self.inputs {
            wires.insert(name.clone(), builder.input(name, shape));
        }
        for node in self.nodes {
            let mut inputs = Vec::with_capacity(node.inputs.len());
            for name in node.inputs {
                let wire = match (wires.get(&name), weights.get(&name)) {
                    (Some(&wire), _) => wire,
                    (None, Some(array)) => {
                        let wire = builder.shared_weight(&name, Arc::clone(array));
                        wires.insert(name, wire);
                        wire
                    }
                    (None, None) => return Err(GraphError::UnknownName { name, nearest: None }),
                };
                inputs.push(wire);
            }
            let wire = builder.node(&node.name, node.operator, &inputs);
            wires.insert(node.name, wire);
        }
        match wires.get(&self.output) {
            Some(&output) => builder.finish(output),
            None => Err(GraphError::UnknownName { name: self.output, nearest: None }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::Activation;

    fn small() -> Graph {
        let mut builder = Builder::new("small");
        let input = builder.input("pixels", &[2]);
        let weight = builder.weight("fc.weight", Array::filled(vec![3, 2], 0.25));
        let hidden = builder.linear("fc", input, weight, None);
        let output = builder.activation("relu", hidden, Activation::Relu);
        builder.finish(output).expect("the shapes fit")
    }

    #[test]
    fn a_graph_comes_back_from_its_structure() {
        let graph = small();
        let weights = graph.weights().map(|(_, name, array)| (name.to_owned(), Arc::clone(array))).collect();
        let text = serde_json::to_string(&graph.structure()).expect("structures are plain data");
        let structure: Structure = serde_json::from_str(&text).expect("what was written is read");
        let again = structure.with_weights(&weights).expect("all weights are there");
        assert_eq!(again.structure(), graph.structure());
    }

    #[test]
    fn a_missing_weight_is_named() {
        let error = small().structure().with_weights(&BTreeMap::new()).expect_err("no weights were given");
        assert!(error.to_string().contains("fc.weight"));
    }
}
