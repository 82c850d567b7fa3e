//! DenseNet (Huang et al. 2017): each layer sees all before it. The CIFAR form of `pytorch-cifar`, torchvision's ImageNet form.

use super::{
    layers::{Layers, Window},
    wanted::Wanted,
};
use crate::{
    graph::{Graph, GraphError, Wire},
    operator::Operator,
};

/// Layers of the four blocks, channels that each layer adds, channels of the first convolution.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub blocks: [usize; 4],
    pub growth: usize,
    pub stem: usize,
}

/// torchvision's DenseNet of this depth.
pub(super) const fn shape(depth: usize) -> Shape {
    match depth {
        121 => Shape { blocks: [6, 12, 24, 16], growth: 32, stem: 64 },
        161 => Shape { blocks: [6, 12, 36, 24], growth: 48, stem: 96 },
        169 => Shape { blocks: [6, 12, 32, 32], growth: 32, stem: 64 },
        _ => Shape { blocks: [6, 12, 48, 32], growth: 32, stem: 64 },
    }
}

/// The names that one form gives to its layers.
struct Names {
    /// Of a layer, from block and place, both from 1.
    layer: fn(usize, usize) -> String,
    /// Of normalizations and convolutions within a layer.
    parts: [&'static str; 4],
    /// Of a transition, from its block.
    transition: fn(usize) -> String,
    /// Of its normalization and convolution.
    transition_parts: [&'static str; 2],
}

/// The CIFAR form: a 3x3 stem, three halvings. `pytorch-cifar` puts the new channels first; so does this.
pub(super) fn cifar(name: &str, shape: Shape, wanted: &Wanted) -> Result<Graph, GraphError> {
    let mut layers = Layers::new(name, wanted);
    let image = layers.image();
    let stem = wanted.channels(shape.stem);
    let x = layers.convolution("conv1", image, [3, stem], Window::three(1));
    let names = Names {
        layer: |block, place| format!("dense{block}.{}", place - 1),
        parts: ["bn1", "conv1", "bn2", "conv2"],
        transition: |block| format!("trans{block}"),
        transition_parts: ["bn", "conv"],
    };
    let (x, channels) = blocks(&mut layers, x, stem, shape, &names, true, wanted);
    finish(layers, x, channels, ["bn", "linear"], wanted)
}

/// The ImageNet form: a 7x7 stem at half size and a maximum, then three halvings.
pub(super) fn imagenet(name: &str, shape: Shape, wanted: &Wanted) -> Result<Graph, GraphError> {
    let mut layers = Layers::new(name, wanted);
    let image = layers.square_image(224);
    let stem = wanted.channels(shape.stem);
    let window = Window { kernel: 7, stride: 2, padding: 3 };
    let x = layers.normalised(["features.conv0", "features.norm0"], image, [3, stem], window);
    let x = layers.relu("features.relu0", x);
    let x = layers.builder.max_pool("features.pool0", x, 3, 2, 1);
    let names = Names {
        layer: |block, place| format!("features.denseblock{block}.denselayer{place}"),
        parts: ["norm1", "conv1", "norm2", "conv2"],
        transition: |block| format!("features.transition{block}"),
        transition_parts: ["norm", "conv"],
    };
    let (x, channels) = blocks(&mut layers, x, stem, shape, &names, false, wanted);
    finish(layers, x, channels, ["features.norm5", "classifier"], wanted)
}

fn blocks(
    layers: &mut Layers,
    mut x: Wire,
    mut channels: usize,
    shape: Shape,
    names: &Names,
    new_first: bool,
    wanted: &Wanted,
) -> (Wire, usize) {
    let growth = wanted.channels(shape.growth);
    for (index, count) in shape.blocks.into_iter().enumerate() {
        let block = index + 1;
        for place in 1..=count {
            let layer = (names.layer)(block, place);
            let part = |which: usize| format!("{layer}.{}", names.parts[which]);
            let mut new = layers.batch_norm(&part(0), x, channels);
            new = layers.relu(&format!("{layer}.relu1"), new);
            new = layers.convolution(&part(1), new, [channels, 4 * growth], Window::POINT);
            new = layers.batch_norm(&part(2), new, 4 * growth);
            new = layers.relu(&format!("{layer}.relu2"), new);
            new = layers.convolution(&part(3), new, [4 * growth, growth], Window::three(1));
            let inputs = if new_first { [new, x] } else { [x, new] };
            x = layers.builder.node(&format!("{layer}.all"), Operator::Concatenate { axis: 1 }, &inputs);
            channels += growth;
        }
        if block < shape.blocks.len() {
            let transition = (names.transition)(block);
            let half = (channels / 2).max(1);
            x = layers.batch_norm(&format!("{transition}.{}", names.transition_parts[0]), x, channels);
            x = layers.relu(&format!("{transition}.relu"), x);
            let name = format!("{transition}.{}", names.transition_parts[1]);
            x = layers.convolution(&name, x, [channels, half], Window::POINT);
            x = layers.halved(&format!("{transition}.pool"), x);
            channels = half;
        }
    }
    (x, channels)
}

fn finish(
    mut layers: Layers,
    x: Wire,
    channels: usize,
    [norm, head]: [&str; 2],
    wanted: &Wanted,
) -> Result<Graph, GraphError> {
    let x = layers.batch_norm(norm, x, channels);
    let x = layers.relu("last_relu", x);
    let x = layers.builder.global_average_pool("pool", x);
    let logits = layers.linear(head, x, [channels, wanted.classes]);
    layers.finish(logits)
}
