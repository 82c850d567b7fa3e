//! Wide ResNets on CIFAR (Zagoruyko and Komodakis 2016), with the weight names that RobustBench and most public files use.

use super::{
    layers::{Layers, Window},
    wanted::Wanted,
};
use crate::graph::{Graph, GraphError};

/// Channels of the three stages before widening.
const STAGES: [usize; 3] = [16, 32, 64];

/// `depth` is 6 · blocks + 4; every stage is `widen` times (at least 2) as wide as a plain one.
pub(super) fn graph(name: &str, depth: usize, widen: usize, wanted: &Wanted) -> Result<Graph, GraphError> {
    let blocks = depth.saturating_sub(4) / 6;
    let mut layers = Layers::new(name, wanted);
    let mut channels = wanted.channels(16);
    let image = layers.image();
    let mut x = layers.convolution("conv1", image, [3, channels], Window::three(1));
    for (stage, full) in STAGES.into_iter().enumerate() {
        let next = wanted.channels(full * widen);
        for index in 0..blocks {
            let stride = if stage > 0 && index == 0 { 2 } else { 1 };
            let named = |part: &str| format!("block{}.layer.{index}.{part}", stage + 1);
            let mut branch = layers.batch_norm(&named("bn1"), x, channels);
            branch = layers.relu(&named("relu1"), branch);
            let shortcut = if index == 0 {
                let window = Window::POINT.every(stride);
                layers.convolution(&named("convShortcut"), branch, [channels, next], window)
            } else {
                x
            };
            branch = layers.convolution(&named("conv1"), branch, [channels, next], Window::three(stride));
            branch = layers.batch_norm(&named("bn2"), branch, next);
            branch = layers.relu(&named("relu2"), branch);
            branch = layers.convolution(&named("conv2"), branch, [next, next], Window::three(1));
            x = layers.builder.add(&named("add"), branch, shortcut);
            channels = next;
        }
    }
    x = layers.batch_norm("bn1", x, channels);
    x = layers.relu("relu", x);
    x = layers.builder.global_average_pool("pool", x);
    let logits = layers.linear("fc", x, [channels, wanted.classes]);
    layers.finish(logits)
}
