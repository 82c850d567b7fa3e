//! `transferscope train` and `transferscope transfer`: networks learn, and what they learned is put to use elsewhere.

mod failure;
mod recipe_options;
pub mod train;
pub mod transfer;
