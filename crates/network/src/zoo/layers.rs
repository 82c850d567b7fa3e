//! Layers with fresh weights: the vocabulary in which the architectures are written.

use super::{Settings, initial_weight};
use crate::{
    array::Array,
    graph::{Builder, Wire},
    operator::{Activation, Operator},
};

/// The geometry of a convolution of the zoo: square, ungrouped.
#[derive(Clone, Copy)]
pub(super) struct Window {
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
}

/// A builder that makes the weights of each layer too.
pub(super) struct Layers {
    pub builder: Builder,
    seed: u64,
}

/// PyTorch's default for batch normalization.
const EPSILON: f64 = 1e-5;

impl Layers {
    pub(super) fn new(name: &str, settings: &Settings) -> Self {
        Self { builder: Builder::new(name), seed: settings.seed }
    }

    /// A 32 x 32 RGB image.
    pub(super) fn image(&mut self) -> Wire {
        self.builder.input("image", &[3, 32, 32])
    }

    pub(super) fn convolution(&mut self, name: &str, x: Wire, channels: [usize; 2], window: Window) -> Wire {
        let weight = self.convolution_weight(name, channels, window.kernel);
        self.builder.convolution(name, x, weight, None, window.stride, window.padding)
    }

    pub(super) fn convolution_with_bias(&mut self, name: &str, x: Wire, channels: [usize; 2], window: Window) -> Wire {
        let weight = self.convolution_weight(name, channels, window.kernel);
        let fan_in = channels[0] * window.kernel * window.kernel;
        let bias = self.fresh(&format!("{name}.bias"), &[channels[1]], fan_in);
        self.builder.convolution(name, x, weight, Some(bias), window.stride, window.padding)
    }

    pub(super) fn batch_norm(&mut self, name: &str, x: Wire, channels: usize) -> Wire {
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
        self.builder.node(name, Operator::BatchNormalization { epsilon: EPSILON }, &inputs)
    }

    pub(super) fn relu(&mut self, name: &str, x: Wire) -> Wire {
        self.builder.activation(name, x, Activation::Relu)
    }

    pub(super) fn linear(&mut self, name: &str, x: Wire, widths: [usize; 2]) -> Wire {
        let [inputs, outputs] = widths;
        let weight = self.fresh(&format!("{name}.weight"), &[outputs, inputs], inputs);
        let bias = self.fresh(&format!("{name}.bias"), &[outputs], inputs);
        self.builder.linear(name, x, weight, Some(bias))
    }

    fn convolution_weight(&mut self, name: &str, [inputs, outputs]: [usize; 2], kernel: usize) -> Wire {
        self.fresh(&format!("{name}.weight"), &[outputs, inputs, kernel, kernel], inputs * kernel * kernel)
    }

    fn fresh(&mut self, name: &str, shape: &[usize], fan_in: usize) -> Wire {
        let array = initial_weight(self.seed, name, shape, fan_in);
        self.builder.weight(name, array)
    }
}
