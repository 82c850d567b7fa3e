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
    }
}

pub(super) fn softmax(axis: usize, x: Value) -> Value {
    at_rank!(x, x => functions::softmax(x, axis).into())
}
