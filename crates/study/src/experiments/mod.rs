//! The experiments of the paper.

pub mod synthetic;
