//! `transferscope train` and `transferscope transfer`: networks learn, and what they learned is put to use elsewhere.

pub mod failure;
pub mod recipe_options;
pub mod train;
pub mod transfer;
