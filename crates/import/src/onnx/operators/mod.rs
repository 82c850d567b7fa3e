//! The operators of ONNX that are read, each as what it becomes in a graph.

mod blocks;
mod elementwise;
mod known;
pub(super) mod layout;
mod normalization;
mod padding;
mod product;
mod reduction;
mod resize;
mod selection;
mod table;
mod window;

pub(super) use table::find;
pub use table::{SUPPORTED, SupportedOperator};

use super::{held::Held, refusal::Made};

/// What a node makes, one value an output.
type Converted = Made<Vec<Held>>;
