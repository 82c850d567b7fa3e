//! The interpreter: every operator written plainly in f64, forward and in reverse.
//!
//! Slow on purpose: it is the oracle that the engines are tested against, the constant folder, and what `doctor` trusts.

mod convolution;
mod elementwise;
mod evaluate;
mod layout;
mod normalization;
mod pooling;
mod product;
mod reduction;
mod selection;

pub use evaluate::{Evaluation, InterpreterError, evaluate};
