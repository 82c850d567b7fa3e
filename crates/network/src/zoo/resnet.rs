//! ResNets with projection shortcuts: the CIFAR form of the paper (paper.md Q31).

use super::{
    Settings,
    layers::{Layers, Window},
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

const POINTWISE: Window = Window { kernel: 1, stride: 1, padding: 0 };

pub(super) fn graph(name: &str, block: Block, depths: [usize; 4], settings: &Settings) -> Result<Graph, GraphError> {
    let mut layers = Layers::new(name, settings);
    let mut channels = settings.channels(STAGES[0]);
    let image = layers.image();
    let mut x = normalised(&mut layers, ["conv1", "bn1"], image, [3, channels], three_by_three(1));
    x = layers.relu("relu1", x);
    for (stage, (full, depth)) in STAGES.into_iter().zip(depths).enumerate() {
        for index in 0..depth {
            let stride = if stage > 0 && index == 0 { 2 } else { 1 };
            let place = format!("layer{}.{index}", stage + 1);
            (x, channels) = residual(&mut layers, &place, block, x, channels, settings.channels(full), stride);
        }
    }
    x = layers.builder.global_average_pool("pool", x);
    let logits = layers.linear("linear", x, [channels, settings.classes]);
    layers.builder.finish(logits)
}

fn three_by_three(stride: usize) -> Window {
    Window { kernel: 3, stride, padding: 1 }
}

fn normalised(layers: &mut Layers, names: [&str; 2], x: Wire, channels: [usize; 2], window: Window) -> Wire {
    let x = layers.convolution(names[0], x, channels, window);
    layers.batch_norm(names[1], x, channels[1])
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
        Block::Basic => vec![(width, three_by_three(stride)), (width, three_by_three(1))],
        Block::Bottleneck => vec![(width, POINTWISE), (width, three_by_three(stride)), (4 * width, POINTWISE)],
    };
    let last = steps.len();
    let (mut branch, mut current) = (x, channels);
    for (index, (next, window)) in steps.into_iter().enumerate() {
        let step = index + 1;
        let names = [format!("{place}.conv{step}"), format!("{place}.bn{step}")];
        branch = normalised(layers, [&names[0], &names[1]], branch, [current, next], window);
        current = next;
        if step < last {
            branch = layers.relu(&format!("{place}.relu{step}"), branch);
        }
    }
    let shortcut = if stride != 1 || channels != current {
        let names = [format!("{place}.shortcut.0"), format!("{place}.shortcut.1")];
        let window = Window { stride, ..POINTWISE };
        normalised(layers, [&names[0], &names[1]], x, [channels, current], window)
    } else {
        x
    };
    let sum = layers.builder.add(&format!("{place}.add"), branch, shortcut);
    (layers.relu(&format!("{place}.relu"), sum), current)
}
