//! The fully connected network of the paper (paper.md Q31).

use super::{layers::Layers, wanted::Wanted};
use crate::graph::{Graph, GraphError};

/// Hidden widths behind the 3,072 pixels.
const HIDDEN: [usize; 4] = [1176, 400, 120, 84];

pub(super) fn graph(wanted: &Wanted) -> Result<Graph, GraphError> {
    let mut layers = Layers::new("fc", wanted);
    let image = layers.image();
    let mut x = layers.builder.flatten("flat", image);
    let mut width = 3 * 32 * 32;
    for (index, full) in HIDDEN.into_iter().enumerate() {
        let next = wanted.channels(full);
        x = layers.linear(&format!("fc{}", index + 1), x, [width, next]);
        x = layers.relu(&format!("relu{}", index + 1), x);
        width = next;
    }
    let logits = layers.linear("fc5", x, [width, wanted.classes]);
    layers.finish(logits)
}
