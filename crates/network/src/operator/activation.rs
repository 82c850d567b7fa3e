//! Functions that act on each number alone, with their derivatives.

use serde::{Deserialize, Serialize};

/// A scalar function applied to each number of an array.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// max(x, 0); derivative 0 at 0, as in PyTorch.
    Relu,
    /// x where x > 0, else slope · x.
    LeakyRelu {
        /// The slope for negative numbers.
        slope: f64,
    },
    /// 1 / (1 + e^−x).
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
    /// x · sigmoid(x).
    Silu,
    /// x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))): the tanh form of GELU.
    GeluTanh,
    /// min(max(x, low), high); `relu6` is 0 to 6. Derivative 0 outside and at the ends.
    Clip {
        /// The smallest value that comes out.
        low: f64,
        /// The largest value that comes out.
        high: f64,
    },
}

impl Activation {
    /// The function's value at `x`.
    #[must_use]
    pub fn value(self, x: f64) -> f64 {
        match self {
            Self::Relu => x.max(0.0),
            Self::LeakyRelu { slope } => {
                if x > 0.0 {
                    x
                } else {
                    slope * x
                }
            }
            Self::Sigmoid => sigmoid(x),
            Self::Tanh => x.tanh(),
            Self::Silu => x * sigmoid(x),
            Self::GeluTanh => 0.5 * x * (1.0 + gelu_inner(x).tanh()),
            Self::Clip { low, high } => x.clamp(low, high),
        }
    }

    /// The function's derivative at `x`.
    #[must_use]
    pub fn derivative(self, x: f64) -> f64 {
        match self {
            Self::Relu => f64::from(x > 0.0),
            Self::LeakyRelu { slope } => {
                if x > 0.0 {
                    1.0
                } else {
                    slope
                }
            }
            Self::Sigmoid => sigmoid(x) * (1.0 - sigmoid(x)),
            Self::Tanh => 1.0 - x.tanh().powi(2),
            Self::Silu => sigmoid(x) * (1.0 + x * (1.0 - sigmoid(x))),
            Self::GeluTanh => {
                let tanh = gelu_inner(x).tanh();
                let inner_slope = GELU_SCALE * (1.0 + 3.0 * GELU_CUBIC * x * x);
                0.5 * (1.0 + tanh) + 0.5 * x * (1.0 - tanh * tanh) * inner_slope
            }
            Self::Clip { low, high } => f64::from(x > low && x < high),
        }
    }

    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Relu => "relu",
            Self::LeakyRelu { .. } => "leaky_relu",
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::Silu => "silu",
            Self::GeluTanh => "gelu_tanh",
            Self::Clip { .. } => "clip",
        }
    }
}

/// √(2/π), of the tanh form of GELU (Hendrycks and Gimpel 2016, section 2).
const GELU_SCALE: f64 = 0.797_884_560_802_865_4;
/// The cubic coefficient of the same formula.
const GELU_CUBIC: f64 = 0.044_715;

fn gelu_inner(x: f64) -> f64 {
    GELU_SCALE * (x + GELU_CUBIC * x * x * x)
}

/// Written with e^−|x| so that neither end overflows.
fn sigmoid(x: f64) -> f64 {
    let decay = (-x.abs()).exp();
    if x >= 0.0 { 1.0 / (1.0 + decay) } else { decay / (1.0 + decay) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The derivative is the limit of the difference quotient; 1e-6 steps leave about 1e-10 of truncation
    /// and 1e-10 of rounding.
    #[test]
    fn derivatives_match_central_differences() {
        let all = [
            Activation::Relu,
            Activation::LeakyRelu { slope: 0.1 },
            Activation::Sigmoid,
            Activation::Tanh,
            Activation::Silu,
            Activation::GeluTanh,
            Activation::Clip { low: 0.0, high: 6.0 },
        ];
        for activation in all {
            for x in [-30.0, -2.3, -0.4, 0.7, 1.9, 5.5, 7.0, 40.0] {
                let step = 1e-6;
                let slope = (activation.value(x + step) - activation.value(x - step)) / (2.0 * step);
                assert!((slope - activation.derivative(x)).abs() < 1e-8, "{activation:?} at {x}");
            }
        }
    }

    #[test]
    fn nothing_overflows_far_out() {
        for x in [-800.0, 800.0] {
            assert!(Activation::Sigmoid.value(x).is_finite());
            assert!(Activation::Sigmoid.derivative(x).is_finite());
            assert!(Activation::Silu.value(x).is_finite());
        }
    }
}
