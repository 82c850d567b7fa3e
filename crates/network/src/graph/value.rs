//! Values, nodes and the graph that holds both.

use std::sync::Arc;

use crate::{array::Array, operator::Operator};

/// The place of a value in its graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueId(pub(crate) usize);

impl ValueId {
    /// The place as a number, for tables with one entry a value.
    #[must_use]
    pub fn index(self) -> usize {
        self.0
    }
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// It is given with each run; the shape has no batch axis.
    Input {
        /// Sizes of the axes behind the batch axis.
        shape: Vec<usize>,
    },
    /// It is a weight: learned, or a constant of the architecture. Shared, so that graphs are cheap to copy.
    Weight(Arc<Array<f32>>),
    /// A node computes it.
    Node(usize),
}

/// A named value.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// Its name, unique in the graph.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// An operator applied to values.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What is computed.
    pub operator: Operator,
    /// From which values, in the order that [`Operator`] gives.
    pub inputs: Vec<ValueId>,
    /// The value it makes.
    pub output: ValueId,
}

/// A differentiable function with named weights: nodes in an order in which they can be computed.
///
/// Made by a [`Builder`](super::Builder) or from a [`Structure`](super::Structure), which check it: names are
/// unique, each node comes after what it reads, and the shapes fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    pub(crate) name: String,
    pub(crate) values: Vec<Value>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) inputs: Vec<ValueId>,
    pub(crate) output: ValueId,
}

impl Graph {
    /// The name of the architecture.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The nodes, in an order in which they can be computed.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// All values; a [`ValueId`] is an index into this list.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// The values that are given with each run.
    #[must_use]
    pub fn inputs(&self) -> &[ValueId] {
        &self.inputs
    }

    /// The value that is the network's answer (logits, mostly).
    #[must_use]
    pub fn output(&self) -> ValueId {
        self.output
    }

    /// A value by its place.
    #[must_use]
    pub fn value(&self, id: ValueId) -> &Value {
        &self.values[id.0]
    }

    /// A value by its name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<ValueId> {
        self.values.iter().position(|value| value.name == name).map(ValueId)
    }

    /// The node that computes a value, if one does.
    #[must_use]
    pub fn node_of(&self, id: ValueId) -> Option<&Node> {
        match self.value(id).origin {
            Origin::Node(index) => Some(&self.nodes[index]),
            Origin::Input { .. } | Origin::Weight(_) => None,
        }
    }

    /// The numbers of a value that is a weight.
    #[must_use]
    pub fn weight(&self, id: ValueId) -> Option<&Arc<Array<f32>>> {
        match &self.value(id).origin {
            Origin::Weight(array) => Some(array),
            Origin::Input { .. } | Origin::Node(_) => None,
        }
    }

    /// All weights with their names, in the order in which they were added.
    pub fn weights(&self) -> impl Iterator<Item = (ValueId, &str, &Arc<Array<f32>>)> {
        self.values.iter().enumerate().filter_map(|(index, value)| match &value.origin {
            Origin::Weight(array) => Some((ValueId(index), value.name.as_str(), array)),
            Origin::Input { .. } | Origin::Node(_) => None,
        })
    }

    /// The shape of the first input, without the batch axis.
    #[must_use]
    pub fn input_shape(&self) -> &[usize] {
        match self.inputs.first().map(|&id| &self.value(id).origin) {
            Some(Origin::Input { shape }) => shape,
            _ => &[],
        }
    }
}
