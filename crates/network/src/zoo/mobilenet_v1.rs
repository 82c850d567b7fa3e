//! MobileNet v1 (Howard et al. 2017) in the CIFAR form of `pytorch-cifar`: depthwise and pointwise convolutions in turn.

use super::{
    layers::{Layers, Window},
    wanted::Wanted,
};
use crate::graph::{Graph, GraphError};

/// Channels behind each pair of convolutions, and the stride of its depthwise one.
const PAIRS: [(usize, usize); 13] = [
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    (512, 1),
    (512, 1),
    (512, 1),
    (512, 1),
    (512, 1),
    (1024, 2),
    (1024, 1),
];

pub(super) fn graph(name: &str, wanted: &Wanted) -> Result<Graph, GraphError> {
    let mut layers = Layers::new(name, wanted);
    let mut channels = wanted.channels(32);
    let image = layers.image();
    let mut x = layers.normalised(["conv1", "bn1"], image, [3, channels], Window::three(1));
    x = layers.relu("relu1", x);
    for (index, (full, stride)) in PAIRS.into_iter().enumerate() {
        let place = format!("layers.{index}");
        let next = wanted.channels(full);
        x = layers.grouped_convolution(&format!("{place}.conv1"), x, [channels; 2], Window::three(stride), channels);
        x = layers.batch_norm(&format!("{place}.bn1"), x, channels);
        x = layers.relu(&format!("{place}.relu1"), x);
        let names = [format!("{place}.conv2"), format!("{place}.bn2")];
        x = layers.normalised([&names[0], &names[1]], x, [channels, next], Window::POINT);
        x = layers.relu(&format!("{place}.relu2"), x);
        channels = next;
    }
    x = layers.builder.global_average_pool("pool", x);
    let logits = layers.linear("linear", x, [channels, wanted.classes]);
    layers.finish(logits)
}
