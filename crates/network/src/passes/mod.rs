//! Passes: what is done to a graph once and works on every network.

mod cost;
mod embedding;
mod fold;
mod head;
mod probabilities;
mod splice;

pub use cost::{Cost, cost, is_constant};
pub use embedding::{Embedding, find_embedding};
pub use fold::fold_batch_normalization;
pub use head::{Head, find_head, replace_head};
pub use probabilities::{final_probabilities, without_final_probabilities};
pub use splice::{reweighted, splice_before_input};
