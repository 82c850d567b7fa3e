//! The operators of ONNX that are read, each as what it becomes in a graph.

mod blocks;
mod converted;
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

use converted::Converted;
pub(super) use table::find;
pub use table::{SUPPORTED, SupportedOperator};
