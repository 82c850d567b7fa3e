//! Weights by name: what a weight file holds, and how they are put into an architecture.

mod fill;
mod hint;
mod mismatch;
mod naming;
mod tensors;

pub(crate) use fill::check_variances;
pub use fill::{default_classes, fill};
pub use mismatch::{Mismatch, Misshaped};
pub use naming::with_zoo_names;
pub use tensors::StateDict;
