//! Why a node cannot become part of a graph.

use transferscope_network::{graph::GraphError, operator::ShapeError};

/// Why a node is refused; the reader adds file, operator, node and opset.
#[derive(Debug, PartialEq)]
pub(super) enum Refusal {
    /// It is sound, but this program does not have it.
    Unsupported(String),
    /// It is not what ONNX says, or does not fit to what stands before it.
    Broken(String),
}

pub(super) type Made<T> = Result<T, Refusal>;

/// A sound node that cannot be had here.
pub(super) fn unsupported<T>(what: impl Into<String>) -> Made<T> {
    Err(Refusal::Unsupported(what.into()))
}

/// A node that is wrong.
pub(super) fn broken<T>(what: impl Into<String>) -> Made<T> {
    Err(Refusal::Broken(what.into()))
}

impl From<String> for Refusal {
    fn from(reason: String) -> Self {
        Self::Broken(reason)
    }
}

impl From<ShapeError> for Refusal {
    fn from(error: ShapeError) -> Self {
        Self::Broken(error.to_string())
    }
}

impl From<GraphError> for Refusal {
    fn from(error: GraphError) -> Self {
        Self::Broken(error.to_string())
    }
}
