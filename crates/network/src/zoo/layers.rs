//! Layers with fresh weights: the vocabulary in which the architectures are written.

use super::{
    initial_weight,
    wanted::{Filling, Wanted},
};
use crate::{
    array::Array,
    graph::{Builder, Graph, GraphError, Wire},
    operator::{Activation, Arithmetic, Operator, Padding, Pooling},
};

/// The geometry of a convolution of the zoo: square.
#[derive(Clone, Copy)]
pub(super) struct Window {
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
}

impl Window {
    /// One pixel.
    pub(super) const POINT: Self = Self { kernel: 1, stride: 1, padding: 0 };

    /// 3x3 pixels, padded so that only the stride makes the image smaller.
    pub(super) const fn three(stride: usize) -> Self {
        Self { kernel: 3, stride, padding: 1 }
    }

    /// The same with another stride.
    pub(super) const fn every(self, stride: usize) -> Self {
        Self { stride, ..self }
    }
}

/// A builder that makes the weights of each layer too.
pub(super) struct Layers {
    pub builder: Builder,
    seed: u64,
    filling: Filling,
}

/// PyTorch's default for batch normalization.
const EPSILON: f64 = 1e-5;

impl Layers {
    pub(super) fn new(name: &str, wanted: &Wanted) -> Self {
        Self { builder: Builder::new(name), seed: wanted.seed, filling: wanted.filling }
    }

    /// The finished graph.
    pub(super) fn finish(self, logits: Wire) -> Result<Graph, GraphError> {
        match self.filling {
            Filling::Fresh => self.builder.finish(logits),
            Filling::Zeros => self.builder.finish_blank(logits),
        }
    }

    /// A 32 x 32 RGB image.
    pub(super) fn image(&mut self) -> Wire {
        self.square_image(32)
    }

    /// A square RGB image.
    pub(super) fn square_image(&mut self, side: usize) -> Wire {
        self.builder.input("image", &[3, side, side])
    }

    pub(super) fn convolution(&mut self, name: &str, x: Wire, channels: [usize; 2], window: Window) -> Wire {
        self.grouped_convolution(name, x, channels, window, 1)
    }

    /// A convolution of `groups` separate groups of channels, without bias; as many groups as channels is a depthwise one.
    pub(super) fn grouped_convolution(
        &mut self,
        name: &str,
        x: Wire,
        [inputs, outputs]: [usize; 2],
        window: Window,
        groups: usize,
    ) -> Wire {
        let weight = self.convolution_weight(name, [inputs / groups.max(1), outputs], window.kernel);
        let operator = Operator::Convolution {
            stride: [window.stride; 2],
            padding: Padding::same(window.padding),
            dilation: [1; 2],
            groups,
        };
        self.builder.node(name, operator, &[x, weight])
    }

    /// A convolution without bias and the normalization behind it, by their names.
    pub(super) fn normalised(
        &mut self,
        [convolution, normalization]: [&str; 2],
        x: Wire,
        channels: [usize; 2],
        window: Window,
    ) -> Wire {
        let x = self.convolution(convolution, x, channels, window);
        self.batch_norm(normalization, x, channels[1])
    }

    /// The mean over windows of 2x2 pixels.
    pub(super) fn halved(&mut self, name: &str, x: Wire) -> Wire {
        let pooling = Pooling { kernel: [2; 2], stride: [2; 2], padding: Padding::same(0) };
        self.builder.node(name, Operator::AveragePool { pooling, count_padding: true }, &[x])
    }

    pub(super) fn convolution_with_bias(&mut self, name: &str, x: Wire, channels: [usize; 2], window: Window) -> Wire {
        let weight = self.convolution_weight(name, channels, window.kernel);
        let fan_in = channels[0] * window.kernel * window.kernel;
        let bias = self.fresh(&format!("{name}.bias"), &[channels[1]], fan_in);
        self.builder.convolution(name, x, weight, Some(bias), window.stride, window.padding)
    }

    pub(super) fn batch_norm(&mut self, name: &str, x: Wire, channels: usize) -> Wire {
        self.batch_norm_with(name, x, channels, EPSILON)
    }

    pub(super) fn batch_norm_with(&mut self, name: &str, x: Wire, channels: usize, epsilon: f64) -> Wire {
        let mut constant = |part: &str, value: f32| {
            self.builder.weight(&format!("{name}.{part}"), Array::filled(vec![channels], value))
        };
        let parameters = [
            constant("weight", 1.0),
            constant("bias", 0.0),
            constant("running_mean", 0.0),
            constant("running_var", 1.0),
        ];
        let inputs: Vec<Wire> = std::iter::once(x).chain(parameters).collect();
        self.builder.node(name, Operator::BatchNormalization { epsilon }, &inputs)
    }

    /// Layer normalization over the last of three axes: (x − mean) / √(variance + epsilon) · weight + bias.
    pub(super) fn layer_norm(&mut self, name: &str, x: Wire, width: usize, epsilon: f64) -> Wire {
        let part = |part: &str| format!("{name}.{part}");
        let mean = || Operator::Mean { axes: vec![2], keep: true };
        let two = Operator::Arithmetic;
        let weight = self.builder.weight(&part("weight"), Array::filled(vec![width], 1.0));
        let bias = self.builder.weight(&part("bias"), Array::filled(vec![width], 0.0));
        let middle = self.builder.node(&part("mean"), mean(), &[x]);
        let centred = self.builder.node(&part("centred"), two(Arithmetic::Subtract), &[x, middle]);
        let squares = self.builder.activation(&part("squares"), centred, Activation::Power { exponent: 2.0 });
        let variance = self.builder.node(&part("variance"), mean(), &[squares]);
        let kept_from_zero = Activation::Affine { slope: 1.0, offset: epsilon };
        let shifted = self.builder.activation(&part("shifted"), variance, kept_from_zero);
        let deviation = self.builder.activation(&part("deviation"), shifted, Activation::SquareRoot);
        let divided = self.builder.node(&part("divided"), two(Arithmetic::Divide), &[centred, deviation]);
        let scaled = self.builder.node(&part("scaled"), two(Arithmetic::Multiply), &[divided, weight]);
        self.builder.add(name, scaled, bias)
    }

    pub(super) fn relu(&mut self, name: &str, x: Wire) -> Wire {
        self.builder.activation(name, x, Activation::Relu)
    }

    /// min(max(x, 0), 6).
    pub(super) fn relu6(&mut self, name: &str, x: Wire) -> Wire {
        self.builder.activation(name, x, Activation::Clip { low: 0.0, high: 6.0 })
    }

    pub(super) fn linear(&mut self, name: &str, x: Wire, widths: [usize; 2]) -> Wire {
        let [inputs, outputs] = widths;
        let weight = self.fresh(&format!("{name}.weight"), &[outputs, inputs], inputs);
        let bias = self.fresh(&format!("{name}.bias"), &[outputs], inputs);
        self.builder.linear(name, x, weight, Some(bias))
    }

    pub(super) fn convolution_weight(&mut self, name: &str, [inputs, outputs]: [usize; 2], kernel: usize) -> Wire {
        self.fresh(&format!("{name}.weight"), &[outputs, inputs, kernel, kernel], inputs * kernel * kernel)
    }

    /// A weight with uniform numbers in ±1/√fan_in.
    pub(super) fn fresh(&mut self, name: &str, shape: &[usize], fan_in: usize) -> Wire {
        let array = match self.filling {
            Filling::Fresh => initial_weight(self.seed, name, shape, fan_in),
            Filling::Zeros => Array::filled(shape.to_vec(), 0.0),
        };
        self.builder.weight(name, array)
    }
}
