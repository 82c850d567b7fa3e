//! The operators a graph is made of, and the shapes they give.

mod activation;
mod kind;
mod shape;

pub use activation::Activation;
pub use kind::{Arithmetic, Operator, Padding, Pooling, ReshapeDimension};
pub use shape::ShapeError;
