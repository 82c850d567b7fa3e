//! ResNet, ResNeXt and Wide ResNet in torchvision's ImageNet form: 7x7 stem, maximum, four stages, `downsample` shortcuts.

use super::{
    layers::{Layers, Window},
    resnet::Block,
    wanted::Wanted,
};
use crate::graph::{Graph, GraphError, Wire};

/// Channels of the four stages at full width, before a bottleneck multiplies them by four.
const STAGES: [usize; 4] = [64, 128, 256, 512];

/// What tells the members of the family apart.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub block: Block,
    pub depths: [usize; 4],
    /// Groups of the 3x3 convolution of a bottleneck.
    pub groups: usize,
    /// Its channels in each group, for 64 channels of the stage.
    pub width_per_group: usize,
}

pub(super) const RESNET18: Shape = Shape { block: Block::Basic, depths: [2, 2, 2, 2], groups: 1, width_per_group: 64 };
pub(super) const RESNET34: Shape = Shape { depths: [3, 4, 6, 3], ..RESNET18 };
pub(super) const RESNET50: Shape = Shape { block: Block::Bottleneck, ..RESNET34 };
pub(super) const RESNEXT50_32X4D: Shape = Shape { groups: 32, width_per_group: 4, ..RESNET50 };
pub(super) const WIDE_RESNET50_2: Shape = Shape { width_per_group: 128, ..RESNET50 };

pub(super) fn graph(name: &str, shape: Shape, wanted: &Wanted) -> Result<Graph, GraphError> {
    let mut layers = Layers::new(name, wanted);
    let mut channels = wanted.channels(STAGES[0]);
    let image = layers.square_image(224);
    let stem = Window { kernel: 7, stride: 2, padding: 3 };
    let mut x = layers.normalised(["conv1", "bn1"], image, [3, channels], stem);
    x = layers.relu("relu", x);
    x = layers.builder.max_pool("maxpool", x, 3, 2, 1);
    for (stage, (full, depth)) in STAGES.into_iter().zip(shape.depths).enumerate() {
        for index in 0..depth {
            let stride = if stage > 0 && index == 0 { 2 } else { 1 };
            let place = format!("layer{}.{index}", stage + 1);
            (x, channels) = residual(&mut layers, &place, shape, (x, channels), (full, stride), wanted);
        }
    }
    x = layers.builder.global_average_pool("avgpool", x);
    let logits = layers.linear("fc", x, [channels, wanted.classes]);
    layers.finish(logits)
}

fn residual(
    layers: &mut Layers,
    place: &str,
    shape: Shape,
    (x, channels): (Wire, usize),
    (full, stride): (usize, usize),
    wanted: &Wanted,
) -> (Wire, usize) {
    let width = wanted.channels(full);
    // Each group keeps a whole number of channels whatever the width multiplier is.
    let group = wanted.channels(full * shape.width_per_group / 64);
    let inner = shape.groups * group;
    let steps = match shape.block {
        Block::Basic => vec![(width, Window::three(stride), 1), (width, Window::three(1), 1)],
        Block::Bottleneck => {
            vec![(inner, Window::POINT, 1), (inner, Window::three(stride), shape.groups), (4 * width, Window::POINT, 1)]
        }
    };
    let last = steps.len();
    let (mut branch, mut current) = (x, channels);
    for (index, (next, window, groups)) in steps.into_iter().enumerate() {
        let step = index + 1;
        branch = layers.grouped_convolution(&format!("{place}.conv{step}"), branch, [current, next], window, groups);
        branch = layers.batch_norm(&format!("{place}.bn{step}"), branch, next);
        if step < last {
            branch = layers.relu(&format!("{place}.relu{step}"), branch);
        }
        current = next;
    }
    let shortcut = if stride != 1 || channels != current {
        let names = [format!("{place}.downsample.0"), format!("{place}.downsample.1")];
        layers.normalised([&names[0], &names[1]], x, [channels, current], Window::POINT.every(stride))
    } else {
        x
    };
    let sum = layers.builder.add(&format!("{place}.add"), branch, shortcut);
    (layers.relu(&format!("{place}.relu"), sum), current)
}
