//! Text networks by name: from token numbers to logits. Number 0 is padding and is masked.

mod bag;
mod bert;
mod catalogue;
mod convolutional;
mod dropout;
mod masked;
mod transformer;

pub use catalogue::{TextArchitecture, TextPooling, TextSettings, find_text, text_architectures};
pub use dropout::dropout_places;
