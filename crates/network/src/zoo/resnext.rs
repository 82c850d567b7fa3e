//! ResNeXt-29 (Xie et al. 2017) in the CIFAR form of `pytorch-cifar`: three stages of grouped bottlenecks.

use super::{
    layers::{Layers, Window},
    wanted::Wanted,
};
use crate::graph::{Graph, GraphError};

/// Blocks of each of the three stages.
const BLOCKS: usize = 3;
/// By what a block's last convolution multiplies its grouped channels.
const EXPANSION: usize = 2;

/// `groups` groups of `group_width` channels in the first stage, twice as many in each next one.
pub(super) fn graph(name: &str, groups: usize, group_width: usize, wanted: &Wanted) -> Result<Graph, GraphError> {
    let mut layers = Layers::new(name, wanted);
    let mut channels = wanted.channels(64);
    let image = layers.image();
    let mut x = layers.normalised(["conv1", "bn1"], image, [3, channels], Window::POINT);
    x = layers.relu("relu1", x);
    for stage in 0..3_usize {
        let inner = groups * wanted.channels(group_width << stage);
        for index in 0..BLOCKS {
            let stride = if stage > 0 && index == 0 { 2 } else { 1 };
            let named = |part: &str| format!("layer{}.{index}.{part}", stage + 1);
            let next = EXPANSION * inner;
            let mut branch = layers.normalised([&named("conv1"), &named("bn1")], x, [channels, inner], Window::POINT);
            branch = layers.relu(&named("relu1"), branch);
            branch = layers.grouped_convolution(&named("conv2"), branch, [inner; 2], Window::three(stride), groups);
            branch = layers.batch_norm(&named("bn2"), branch, inner);
            branch = layers.relu(&named("relu2"), branch);
            branch = layers.normalised([&named("conv3"), &named("bn3")], branch, [inner, next], Window::POINT);
            let shortcut = if stride != 1 || channels != next {
                let names = [named("shortcut.0"), named("shortcut.1")];
                layers.normalised([&names[0], &names[1]], x, [channels, next], Window::POINT.every(stride))
            } else {
                x
            };
            let sum = layers.builder.add(&named("add"), branch, shortcut);
            x = layers.relu(&named("relu"), sum);
            channels = next;
        }
    }
    x = layers.builder.global_average_pool("pool", x);
    let logits = layers.linear("linear", x, [channels, wanted.classes]);
    layers.finish(logits)
}
