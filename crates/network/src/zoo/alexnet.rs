//! AlexNet's CIFAR form as the paper uses it (paper.md Q31).

use super::{
    layers::{Layers, Window},
    wanted::Wanted,
};
use crate::graph::{Graph, GraphError};

/// Place in PyTorch's `features`, channels, window, and whether a 2x2 maximum follows.
const FEATURES: [(usize, usize, Window, bool); 5] = [
    (0, 64, Window { kernel: 11, stride: 4, padding: 5 }, true),
    (3, 192, Window { kernel: 5, stride: 1, padding: 2 }, true),
    (6, 384, Window { kernel: 3, stride: 1, padding: 1 }, false),
    (8, 256, Window { kernel: 3, stride: 1, padding: 1 }, false),
    (10, 256, Window { kernel: 3, stride: 1, padding: 1 }, true),
];

pub(super) fn graph(wanted: &Wanted) -> Result<Graph, GraphError> {
    let mut layers = Layers::new("alexnet", wanted);
    let mut x = layers.image();
    let mut channels = 3;
    for (place, full, window, pooled) in FEATURES {
        let next = wanted.channels(full);
        x = layers.convolution_with_bias(&format!("features.{place}"), x, [channels, next], window);
        x = layers.relu(&format!("features.{}", place + 1), x);
        if pooled {
            x = layers.builder.max_pool(&format!("features.{}", place + 2), x, 2, 2, 0);
        }
        channels = next;
    }
    x = layers.builder.flatten("flat", x);
    let logits = layers.linear("classifier", x, [channels, wanted.classes]);
    layers.finish(logits)
}
