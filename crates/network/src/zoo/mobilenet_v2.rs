//! MobileNet v2 (Sandler et al. 2018): inverted residuals. The CIFAR form of `pytorch-cifar` (ReLU, projected shortcuts,
//! fewer halvings) and torchvision's ImageNet form (ReLU6, shortcuts only where nothing changes).

use super::{
    layers::{Layers, Window},
    wanted::Wanted,
};
use crate::graph::{Graph, GraphError};

/// Expansion, channels, blocks, stride of the first block.
type Stage = (usize, usize, usize, usize);

const CIFAR: [Stage; 7] =
    [(1, 16, 1, 1), (6, 24, 2, 1), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];

const IMAGENET: [Stage; 7] =
    [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];

/// Channels before the head.
const LAST: usize = 1280;

/// One inverted residual.
struct Inverted {
    expansion: usize,
    /// Channels behind it.
    channels: usize,
    stride: usize,
    /// Whether it is the first of its stage, where the number of channels changes.
    first: bool,
}

fn blocks(stages: [Stage; 7], wanted: &Wanted) -> Vec<Inverted> {
    let of = |(expansion, full, count, stride): Stage| {
        (0..count).map(move |index| {
            let (first, channels) = (index == 0, wanted.channels(full));
            Inverted { expansion, channels, stride: if first { stride } else { 1 }, first }
        })
    };
    stages.into_iter().flat_map(of).collect()
}

pub(super) fn cifar(name: &str, wanted: &Wanted) -> Result<Graph, GraphError> {
    let mut layers = Layers::new(name, wanted);
    let mut channels = wanted.channels(32);
    let image = layers.image();
    let mut x = layers.normalised(["conv1", "bn1"], image, [3, channels], Window::three(1));
    x = layers.relu("relu1", x);
    for (index, block) in blocks(CIFAR, wanted).into_iter().enumerate() {
        let Inverted { expansion, channels: next, stride, first } = block;
        let place = format!("layers.{index}");
        let named = |part: &str| format!("{place}.{part}");
        let inner = expansion * channels;
        let mut branch = layers.normalised([&named("conv1"), &named("bn1")], x, [channels, inner], Window::POINT);
        branch = layers.relu(&named("relu1"), branch);
        branch = layers.grouped_convolution(&named("conv2"), branch, [inner; 2], Window::three(stride), inner);
        branch = layers.batch_norm(&named("bn2"), branch, inner);
        branch = layers.relu(&named("relu2"), branch);
        branch = layers.normalised([&named("conv3"), &named("bn3")], branch, [inner, next], Window::POINT);
        x = match (stride, first) {
            (1, false) => layers.builder.add(&named("add"), branch, x),
            (1, true) => {
                let names = [named("shortcut.0"), named("shortcut.1")];
                let shortcut = layers.normalised([&names[0], &names[1]], x, [channels, next], Window::POINT);
                layers.builder.add(&named("add"), branch, shortcut)
            }
            _ => branch,
        };
        channels = next;
    }
    let last = wanted.channels(LAST);
    x = layers.normalised(["conv2", "bn2"], x, [channels, last], Window::POINT);
    x = layers.relu("relu2", x);
    x = layers.builder.global_average_pool("pool", x);
    let logits = layers.linear("linear", x, [last, wanted.classes]);
    layers.finish(logits)
}

pub(super) fn imagenet(name: &str, wanted: &Wanted) -> Result<Graph, GraphError> {
    let mut layers = Layers::new(name, wanted);
    let mut channels = wanted.channels(32);
    let image = layers.square_image(224);
    let mut x = layers.normalised(["features.0.0", "features.0.1"], image, [3, channels], Window::three(2));
    x = layers.relu6("features.0.2", x);
    let blocks = blocks(IMAGENET, wanted);
    let last_place = blocks.len() + 1;
    for (index, block) in blocks.into_iter().enumerate() {
        let Inverted { expansion, channels: next, stride, first } = block;
        let named = |part: String| format!("features.{}.{part}", index + 1);
        let inner = expansion * channels;
        let (mut branch, mut step) = (x, 0);
        if expansion != 1 {
            let names = [named("conv.0.0".into()), named("conv.0.1".into())];
            branch = layers.normalised([&names[0], &names[1]], branch, [channels, inner], Window::POINT);
            branch = layers.relu6(&named("conv.0.2".into()), branch);
            step = 1;
        }
        let name = named(format!("conv.{step}.0"));
        branch = layers.grouped_convolution(&name, branch, [inner; 2], Window::three(stride), inner);
        branch = layers.batch_norm(&named(format!("conv.{step}.1")), branch, inner);
        branch = layers.relu6(&named(format!("conv.{step}.2")), branch);
        let names = [named(format!("conv.{}", step + 1)), named(format!("conv.{}", step + 2))];
        branch = layers.normalised([&names[0], &names[1]], branch, [inner, next], Window::POINT);
        x = if first { branch } else { layers.builder.add(&named("add".into()), branch, x) };
        channels = next;
    }
    let last = wanted.channels(LAST);
    let named = |part: usize| format!("features.{last_place}.{part}");
    x = layers.normalised([&named(0), &named(1)], x, [channels, last], Window::POINT);
    x = layers.relu6(&named(2), x);
    x = layers.builder.global_average_pool("pool", x);
    let logits = layers.linear("classifier.1", x, [last, wanted.classes]);
    layers.finish(logits)
}
