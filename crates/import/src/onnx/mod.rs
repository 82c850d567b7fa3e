//! ONNX files: the graph that a file describes, as a graph of this project.
//!
//! The file's messages are read straight from its bytes (`wire`, `message`), node after node is converted
//! (`operators`), and what can be known when the file is read is computed then: weights that are only turned, masks,
//! and all arithmetic of shapes, in which the batch is carried as a number a + b · N (`count`).
//! `docs/design/import.md` says why, and `docs/operators.md` lists what is read.

mod call;
#[cfg(test)]
mod conformance;
mod converter;
mod count;
mod external;
mod folding;
mod guards;
mod held;
mod image_indices;
mod inputs;
mod known_arrays;
mod message;
mod movement;
mod operators;
mod own_places;
mod read;
mod refusal;
mod rows;
mod tensor;
mod text;
mod truths;
mod wire;

pub use operators::{SUPPORTED, SupportedOperator};
pub use read::{OnnxNetwork, read};
pub use text::{OnnxTextNetwork, read_text};
