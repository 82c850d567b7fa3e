//! ResNets with projection shortcuts: the CIFAR form of the paper (paper.md Q31).

use super::{
    layers::{Layers, Window},
    wanted::Wanted,
};
use crate::graph::{Graph, GraphError, Wire};

/// The kind of residual block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    /// Two 3x3 convolutions.
    Basic,
    /// 1x1, 3x3, 1x1, with four times as many channels at the end.
    Bottleneck,
}

/// Channels of the four stages at full width.
const STAGES: [usize; 4] = [64, 128, 256, 512];

pub(super) fn graph(name: &str, block: Block, depths: [usize; 4], wanted: &Wanted) -> Result<Graph, GraphError> {
    let mut layers = Layers::new(name, wanted);
    let mut channels = wanted.channels(STAGES[0]);
    let image = layers.image();
    let mut x = layers.normalised(["conv1", "bn1"], image, [3, channels], Window::three(1));
    x = layers.relu("relu1", x);
    for (stage, (full, depth)) in STAGES.into_iter().zip(depths).enumerate() {
        for index in 0..depth {
            let stride = if stage > 0 && index == 0 { 2 } else { 1 };
            let place = format!("layer{}.{index}", stage + 1);
            (x, channels) = residual(&mut layers, &place, block, x, channels, wanted.channels(full), stride);
        }
    }
    x = layers.builder.global_average_pool("pool", x);
    let logits = layers.linear("linear", x, [channels, wanted.classes]);
    layers.finish(logits)
}

fn residual(
    layers: &mut Layers,
    place: &str,
    block: Block,
    x: Wire,
    channels: usize,
    width: usize,
    stride: usize,
) -> (Wire, usize) {
    let steps = match block {
        Block::Basic => vec![(width, Window::three(stride)), (width, Window::three(1))],
        Block::Bottleneck => vec![(width, Window::POINT), (width, Window::three(stride)), (4 * width, Window::POINT)],
    };
    let last = steps.len();
    let (mut branch, mut current) = (x, channels);
    for (index, (next, window)) in steps.into_iter().enumerate() {
        let step = index + 1;
        let names = [format!("{place}.conv{step}"), format!("{place}.bn{step}")];
        branch = layers.normalised([&names[0], &names[1]], branch, [current, next], window);
        current = next;
        if step < last {
            branch = layers.relu(&format!("{place}.relu{step}"), branch);
        }
    }
    let shortcut = if stride != 1 || channels != current {
        let names = [format!("{place}.shortcut.0"), format!("{place}.shortcut.1")];
        layers.normalised([&names[0], &names[1]], x, [channels, current], Window::POINT.every(stride))
    } else {
        x
    };
    let sum = layers.builder.add(&format!("{place}.add"), branch, shortcut);
    (layers.relu(&format!("{place}.relu"), sum), current)
}
