//! Pre-activation ResNet-18 and -34 (He et al. 2016) in the CIFAR form of `pytorch-cifar`: normalization and ReLU come first.

use super::{
    layers::{Layers, Window},
    wanted::Wanted,
};
use crate::graph::{Graph, GraphError};

const STAGES: [usize; 4] = [64, 128, 256, 512];

/// As in the public code there is no normalization behind the last block.
pub(super) fn graph(name: &str, depths: [usize; 4], wanted: &Wanted) -> Result<Graph, GraphError> {
    let mut layers = Layers::new(name, wanted);
    let mut channels = wanted.channels(STAGES[0]);
    let image = layers.image();
    let mut x = layers.convolution("conv1", image, [3, channels], Window::three(1));
    for (stage, (full, depth)) in STAGES.into_iter().zip(depths).enumerate() {
        let next = wanted.channels(full);
        for index in 0..depth {
            let stride = if stage > 0 && index == 0 { 2 } else { 1 };
            let named = |part: &str| format!("layer{}.{index}.{part}", stage + 1);
            let mut branch = layers.batch_norm(&named("bn1"), x, channels);
            branch = layers.relu(&named("relu1"), branch);
            // The projection sees the activated input, the identity the plain one.
            let shortcut = if stride != 1 || channels != next {
                let window = Window::POINT.every(stride);
                layers.convolution(&named("shortcut.0"), branch, [channels, next], window)
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
    x = layers.builder.global_average_pool("pool", x);
    let logits = layers.linear("linear", x, [channels, wanted.classes]);
    layers.finish(logits)
}
