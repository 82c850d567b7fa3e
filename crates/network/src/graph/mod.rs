//! The graph: values with names, nodes that compute them, and the checks that make it one.

mod builder;
mod check;
mod structure;
mod value;

pub use builder::{Builder, Wire};
pub use check::GraphError;
pub use structure::{NodeStructure, Structure};
pub use value::{Graph, Node, Origin, Value, ValueId};
