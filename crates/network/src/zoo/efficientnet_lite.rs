//! EfficientNet-Lite 0 to 2 (Liu and Tan 2020): inverted residuals with ReLU6, no attention, TensorFlow's padding, with the
//! weight names of the public PyTorch port.

use super::{
    layers::{Layers, Window},
    wanted::Wanted,
};
use crate::{
    graph::{Graph, GraphError, Wire},
    operator::{Operator, Padding},
};

/// Expansion, kernel, blocks, stride of the first block, channels: EfficientNet-B0.
const STAGES: [(usize, usize, usize, usize, usize); 7] = [
    (1, 3, 1, 1, 16),
    (6, 3, 2, 2, 24),
    (6, 5, 2, 2, 40),
    (6, 3, 3, 2, 80),
    (6, 5, 3, 1, 112),
    (6, 5, 4, 2, 192),
    (6, 3, 1, 1, 320),
];
/// Stem and head keep their channels in every Lite form.
const STEM: usize = 32;
const HEAD: usize = 1280;
/// TensorFlow's batch normalization.
const EPSILON: f64 = 1e-3;

/// One member of the family: input side, and in tenths how much wider and deeper it is than B0.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub side: usize,
    pub wider: usize,
    pub deeper: usize,
}

pub(super) const LITE0: Shape = Shape { side: 224, wider: 10, deeper: 10 };
pub(super) const LITE1: Shape = Shape { side: 240, wider: 10, deeper: 11 };
pub(super) const LITE2: Shape = Shape { side: 260, wider: 11, deeper: 12 };

/// What is being built, and how many pixels a side there are left.
struct Growing {
    layers: Layers,
    x: Wire,
    channels: usize,
    side: usize,
}

pub(super) fn graph(name: &str, shape: Shape, wanted: &Wanted) -> Result<Graph, GraphError> {
    let mut layers = Layers::new(name, wanted);
    let image = layers.square_image(shape.side);
    let mut net = Growing { layers, x: image, channels: 3, side: shape.side };
    net.convolve("_conv_stem", wanted.channels(STEM), Window { kernel: 3, stride: 2, padding: 0 }, 1);
    net.normalise("_bn0", true);
    let mut place = 0;
    let last_stage = STAGES.len() - 1;
    for (stage, (expansion, kernel, count, stride, full)) in STAGES.into_iter().enumerate() {
        // The first and the last stage are as deep in every Lite form.
        let is_fixed = stage == 0 || stage == last_stage;
        let count = if is_fixed { count } else { (count * shape.deeper).div_ceil(10) };
        let next = wanted.channels(rounded(full * shape.wider));
        for index in 0..count {
            let window = Window { kernel, stride: if index == 0 { stride } else { 1 }, padding: 0 };
            net.inverted(&format!("_blocks.{place}"), expansion, next, window, index > 0);
            place += 1;
        }
    }
    net.convolve("_conv_head", wanted.channels(HEAD), Window::POINT, 1);
    net.normalise("_bn1", true);
    let Growing { mut layers, x, channels, .. } = net;
    let x = layers.builder.global_average_pool("pool", x);
    let logits = layers.linear("_fc", x, [channels, wanted.classes]);
    layers.finish(logits)
}

/// Tenths of channels to the nearest multiple of eight, never more than a tenth below.
fn rounded(tenths: usize) -> usize {
    let nearest = ((tenths + 40) / 80 * 8).max(8);
    if nearest * 100 < tenths * 9 { nearest + 8 } else { nearest }
}

impl Growing {
    fn inverted(&mut self, place: &str, expansion: usize, next: usize, window: Window, residual: bool) {
        let start = self.x;
        let inner = expansion * self.channels;
        if expansion != 1 {
            self.convolve(&format!("{place}._expand_conv"), inner, Window::POINT, 1);
            self.normalise(&format!("{place}._bn0"), true);
        }
        self.convolve(&format!("{place}._depthwise_conv"), inner, window, inner);
        self.normalise(&format!("{place}._bn1"), true);
        self.convolve(&format!("{place}._project_conv"), next, Window::POINT, 1);
        self.normalise(&format!("{place}._bn2"), false);
        if residual {
            self.x = self.layers.builder.add(&format!("{place}.add"), self.x, start);
        }
    }

    /// TensorFlow's "same" padding: as many pixels come out as strides fit, and an odd pixel is added below and on the right.
    fn convolve(&mut self, name: &str, next: usize, window: Window, groups: usize) {
        let out = self.side.div_ceil(window.stride);
        let missing = ((out - 1) * window.stride + window.kernel).saturating_sub(self.side);
        let (before, after) = (missing / 2, missing - missing / 2);
        let padding = Padding { top: before, bottom: after, left: before, right: after };
        let weight = self.layers.convolution_weight(name, [self.channels / groups, next], window.kernel);
        let operator = Operator::Convolution { stride: [window.stride; 2], padding, dilation: [1; 2], groups };
        self.x = self.layers.builder.node(name, operator, &[self.x, weight]);
        (self.channels, self.side) = (next, out);
    }

    fn normalise(&mut self, name: &str, active: bool) {
        self.x = self.layers.batch_norm_with(name, self.x, self.channels, EPSILON);
        if active {
            self.x = self.layers.relu6(&format!("{name}.relu6"), self.x);
        }
    }
}
