//! What makes a graph a graph, and the sentences for what does not.

use std::collections::HashSet;

use super::{Graph, Origin, ValueId};
use crate::operator::ShapeError;

/// Why a graph, or a change to one, is refused.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum GraphError {
    /// Two values carry one name.
    #[error("two values of the graph are named '{name}'; names must be unique")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// A name that is not in the graph.
    #[error("the graph has no value named '{name}'{}", nearest_text(.nearest))]
    UnknownName {
        /// The name that was asked for.
        name: String,
        /// The most similar name there is.
        nearest: Option<String>,
    },
    /// A node reads a value that is computed after it.
    #[error("node '{node}' reads '{input}', which is computed later: the graph has a cycle or is out of order")]
    OutOfOrder {
        /// The node's output.
        node: String,
        /// What it reads.
        input: String,
    },
    /// The shapes do not fit.
    #[error("at node '{node}': {source}")]
    Shape {
        /// The node's output.
        node: String,
        /// What does not fit.
        source: ShapeError,
    },
    /// A weight of another shape than the graph needs.
    #[error("weight '{name}' must have shape {expected:?}, but {found:?} was given")]
    WeightShape {
        /// The weight.
        name: String,
        /// The shape of the graph's weight.
        expected: Vec<usize>,
        /// The shape that was given.
        found: Vec<usize>,
    },
    /// A weight that is no number.
    #[error(
        "weight '{name}' holds NaN or infinity at position {position}; the file is damaged or the training diverged"
    )]
    NotFinite {
        /// The weight.
        name: String,
        /// Where in row-major order.
        position: usize,
    },
    /// No tokens become vectors here, or at several places.
    #[error("the network is no text network: {reason}")]
    NoEmbedding {
        /// Why.
        reason: &'static str,
    },
    /// The last operator is not what the change needs.
    #[error("the graph's head cannot be found: {reason}")]
    NoHead {
        /// Why.
        reason: String,
    },
}

fn nearest_text(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or_else(String::new, |name| format!("; the most similar name is '{name}'"))
}

impl Graph {
    /// The shape of every value for a batch of this size, by the place of the value.
    ///
    /// # Errors
    /// Where an operator cannot take its inputs.
    pub fn shapes(&self, batch: usize) -> Result<Vec<Vec<usize>>, GraphError> {
        let mut shapes: Vec<Vec<usize>> = self
            .values
            .iter()
            .map(|value| match &value.origin {
                Origin::Input { shape } => std::iter::once(batch).chain(shape.iter().copied()).collect(),
                Origin::Weight(array) => array.shape().to_vec(),
                Origin::Node(_) => Vec::new(),
            })
            .collect();
        for node in &self.nodes {
            let inputs: Vec<&[usize]> = node.inputs.iter().map(|id| shapes[id.0].as_slice()).collect();
            let shape = node
                .operator
                .output_shape(&inputs)
                .map_err(|source| GraphError::Shape { node: self.value(node.output).name.clone(), source })?;
            shapes[node.output.0] = shape;
        }
        Ok(shapes)
    }

    /// The shape of the output for one input, without the batch axis.
    ///
    /// # Errors
    /// Where the shapes do not fit.
    pub fn output_shape(&self) -> Result<Vec<usize>, GraphError> {
        let shapes = self.shapes(1)?;
        Ok(shapes[self.output.0].iter().skip(1).copied().collect())
    }

    /// Everything that a graph promises.
    pub(crate) fn checked(self) -> Result<Self, GraphError> {
        for (_, name, array) in self.weights() {
            if let Some(position) = array.data().iter().position(|number| !number.is_finite()) {
                return Err(GraphError::NotFinite { name: name.to_owned(), position });
            }
        }
        self.fitting()
    }

    /// All of it but that its weights are finite: for weights that nobody has written yet, of which no page is in memory
    /// before somebody looks.
    pub(crate) fn fitting(self) -> Result<Self, GraphError> {
        let mut names = HashSet::new();
        for value in &self.values {
            if !names.insert(value.name.as_str()) {
                return Err(GraphError::DuplicateName { name: value.name.clone() });
            }
        }
        let mut known: Vec<bool> = self.values.iter().map(|value| !matches!(value.origin, Origin::Node(_))).collect();
        for node in &self.nodes {
            if let Some(&input) = node.inputs.iter().find(|id| !known[id.0]) {
                return Err(GraphError::OutOfOrder {
                    node: self.value(node.output).name.clone(),
                    input: self.value(input).name.clone(),
                });
            }
            known[node.output.0] = true;
        }
        self.shapes(1)?;
        Ok(self)
    }

    /// A value by its name, or the sentence that says there is none.
    ///
    /// # Errors
    /// Where no value has this name.
    pub fn require(&self, name: &str) -> Result<ValueId, GraphError> {
        self.find(name).ok_or_else(|| GraphError::UnknownName {
            name: name.to_owned(),
            nearest: nearest_name(name, self.values.iter().map(|value| value.name.as_str())),
        })
    }
}

/// The name that shares the longest beginning with `wanted`.
fn nearest_name<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let shared = |name: &str| name.chars().zip(wanted.chars()).take_while(|(a, b)| a == b).count();
    names.max_by_key(|name| shared(name)).filter(|name| shared(name) > 0).map(str::to_owned)
}
