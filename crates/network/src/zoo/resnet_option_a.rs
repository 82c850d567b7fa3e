//! The thin CIFAR ResNets of He et al. 2015, section 4.2: shortcuts without parameters (option A).

use super::{
    layers::{Layers, Window},
    wanted::Wanted,
};
use crate::{
    graph::{Graph, GraphError, Wire},
    operator::Operator,
};

/// Channels of the three stages at full width.
const STAGES: [usize; 3] = [16, 32, 64];

/// `blocks` residual blocks a stage: depth 6 · blocks + 2.
pub(super) fn graph(name: &str, blocks: usize, wanted: &Wanted) -> Result<Graph, GraphError> {
    let mut layers = Layers::new(name, wanted);
    let mut channels = wanted.channels(STAGES[0]);
    let window = |stride| Window { kernel: 3, stride, padding: 1 };
    let mut x = layers.image();
    x = layers.convolution("conv1", x, [3, channels], window(1));
    x = layers.batch_norm("bn1", x, channels);
    x = layers.relu("relu1", x);
    for (stage, full) in STAGES.into_iter().enumerate() {
        let width = wanted.channels(full);
        for index in 0..blocks {
            let place = format!("layer{}.{index}", stage + 1);
            let stride = if stage > 0 && index == 0 { 2 } else { 1 };
            let mut branch = layers.convolution(&format!("{place}.conv1"), x, [channels, width], window(stride));
            branch = layers.batch_norm(&format!("{place}.bn1"), branch, width);
            branch = layers.relu(&format!("{place}.relu1"), branch);
            branch = layers.convolution(&format!("{place}.conv2"), branch, [width, width], window(1));
            branch = layers.batch_norm(&format!("{place}.bn2"), branch, width);
            // The image has 32 pixels a side, halved at the start of the second and the third stage.
            let shortcut =
                if stride == 1 { x } else { subsampled(&mut layers, &place, x, [channels, width], 64 >> stage) };
            let sum = layers.builder.add(&format!("{place}.add"), branch, shortcut);
            x = layers.relu(&format!("{place}.relu"), sum);
            channels = width;
        }
    }
    x = layers.builder.global_average_pool("pool", x);
    let logits = layers.linear("linear", x, [channels, wanted.classes]);
    layers.finish(logits)
}

/// Every second pixel of an image of `side` rows and columns, with zero channels on both sides.
fn subsampled(layers: &mut Layers, place: &str, x: Wire, [from, to]: [usize; 2], side: usize) -> Wire {
    let rows = Operator::Slice { axis: 2, start: 0, end: side, step: 2 };
    let columns = Operator::Slice { axis: 3, start: 0, end: side, step: 2 };
    let x = layers.builder.node(&format!("{place}.shortcut.rows"), rows, &[x]);
    let x = layers.builder.node(&format!("{place}.shortcut.columns"), columns, &[x]);
    let missing = to.saturating_sub(from);
    let amounts = vec![[0, 0], [missing / 2, missing - missing / 2], [0, 0], [0, 0]];
    layers.builder.node(&format!("{place}.shortcut.channels"), Operator::Pad { amounts }, &[x])
}
