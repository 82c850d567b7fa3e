//! What a network *is*: a typed graph of operators with named weights, and an input contract.
//!
//! - [`mod@array`]: plain arrays, the only kind of number container here.
//! - [`operator`]: what can be computed, and the shapes it gives.
//! - [`graph`]: named values and the nodes that compute them; the builder.
//! - [`contract`]: what a network wants to be shown, and the graph from pixels in `[0,1]` to it.
//! - [`passes`]: head, features, folding, cost: written once, good for every network.
//! - [`zoo`]: the architectures that come with the project.
//! - [`interpreter`]: a slow, plain f64 evaluator with reverse mode, the oracle of the engines.
//! - [`summary`], [`self_check`]: a network at a glance, and its gradient against finite differences.
//!
//! This crate does not know how a network is run fast, where it is stored, or what it is used for.

pub mod array;
pub mod contract;
pub mod graph;
pub mod interpreter;
pub mod operator;
pub mod passes;
pub mod resample;
pub mod self_check;
pub mod summary;
pub mod zoo;
