//! What the conversion of a node gives.

use crate::onnx::{held::Held, refusal::Made};

/// What a node makes, one value an output.
pub(super) type Converted = Made<Vec<Held>>;
