//! Activations, arithmetic and softmax on Burn's tensors.

use ::burn::tensor::{Tensor, activation as functions};
use transferscope_network::operator::{Activation, Arithmetic};

use super::value::{Value, at_rank};

/// √(2/π), of the tanh form of GELU.
const GELU_SCALE: f64 = 0.797_884_560_802_865_4;
/// The cubic coefficient of the same formula.
const GELU_CUBIC: f64 = 0.044_715;

pub(super) fn activated(activation: Activation, x: Value) -> Value {
    at_rank!(x, x => one(activation, x).into())
}

fn one<const D: usize>(activation: Activation, x: Tensor<D>) -> Tensor<D> {
    match activation {
        Activation::Relu => functions::relu(x),
        Activation::LeakyRelu { slope } => functions::leaky_relu(x, slope),
        Activation::Sigmoid => functions::sigmoid(x),
        Activation::Tanh => x.tanh(),
        Activation::Silu => functions::silu(x),
        Activation::GeluTanh => {
            let cubed = x.clone() * x.clone() * x.clone();
            let inner = (x.clone() + cubed.mul_scalar(GELU_CUBIC)).mul_scalar(GELU_SCALE);
            x.mul_scalar(0.5) * inner.tanh().add_scalar(1.0)
        }
        Activation::Clip { low, high } => x.clamp(low, high),
        Activation::Exponential => x.exp(),
        Activation::Logarithm => x.log(),
        Activation::SquareRoot => x.sqrt(),
        // A square by multiplication: exact, and its derivative is defined for numbers below zero too.
        Activation::Power { exponent: 2.0 } => x.clone() * x,
        Activation::Power { exponent: -1.0 } => x.recip(),
        Activation::Power { exponent: 0.5 } => x.sqrt(),
        Activation::Power { exponent } => x.powf_scalar(exponent),
        Activation::Absolute => x.abs(),
        Activation::ErrorFunction => x.erf(),
        Activation::Gelu => {
            let share = x.clone().mul_scalar(std::f64::consts::FRAC_1_SQRT_2).erf().add_scalar(1.0);
            x.mul_scalar(0.5) * share
        }
        Activation::HardSigmoid { slope, offset } => x.mul_scalar(slope).add_scalar(offset).clamp(0.0, 1.0),
        Activation::HardSwish => x.clone() * x.mul_scalar(1.0 / 6.0).add_scalar(0.5).clamp(0.0, 1.0),
        Activation::Affine { slope, offset } => x.mul_scalar(slope).add_scalar(offset),
        Activation::Softplus => {
            let tail = x.clone().abs().neg().exp().add_scalar(1.0).log();
            functions::relu(x) + tail
        }
        Activation::Elu { scale } => {
            // The exponential of the negative part alone, so that a large number does not overflow.
            let below = x.clone().clamp_max(0.0).exp().sub_scalar(1.0).mul_scalar(scale);
            functions::relu(x) + below
        }
    }
}

/// a ∘ b with axes of size 1 put in front of the shorter shape, then broadcast.
pub(super) fn combined(kind: Arithmetic, a: Value, b: Value) -> Value {
    let rank = a.shape().len().max(b.shape().len());
    let (a, b) = (a.with_rank(rank), b.with_rank(rank));
    at_rank!(a, a => two(kind, a, b.at_rank()).into())
}

fn two<const D: usize>(kind: Arithmetic, a: Tensor<D>, b: Tensor<D>) -> Tensor<D> {
    match kind {
        Arithmetic::Add => a + b,
        Arithmetic::Subtract => a - b,
        Arithmetic::Multiply => a * b,
        Arithmetic::Divide => a / b,
        Arithmetic::Maximum => larger(a, b),
        Arithmetic::Minimum => larger(a.neg(), b.neg()).neg(),
    }
}

/// (a + b + |a − b|) / 2 would lose digits; a + max(b − a, 0) loses those of b far below a, where they do not matter.
/// Written with a mask so that each number is one of the two exactly.
fn larger<const D: usize>(a: Tensor<D>, b: Tensor<D>) -> Tensor<D> {
    let shape: [usize; D] = std::array::from_fn(|axis| a.dims()[axis].max(b.dims()[axis]));
    let (a, b) = (a.expand(shape), b.expand(shape));
    let first = a.clone().greater(b.clone()).float();
    let equal = a.clone().equal(b.clone()).float().mul_scalar(0.5);
    let share = first + equal;
    a * share.clone() + b * share.neg().add_scalar(1.0)
}

pub(super) fn log_softmax(axis: usize, x: Value) -> Value {
    at_rank!(x, x => functions::log_softmax(x, axis).into())
}

pub(super) fn softmax(axis: usize, x: Value) -> Value {
    at_rank!(x, x => functions::softmax(x, axis).into())
}
