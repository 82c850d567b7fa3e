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
    /// e^x.
    Exponential,
    /// The natural logarithm.
    Logarithm,
    /// √x.
    SquareRoot,
    /// x^exponent; numbers below 0 need a whole exponent.
    Power {
        /// The exponent.
        exponent: f64,
    },
    /// |x|; derivative 0 at 0, as in PyTorch.
    Absolute,
    /// The error function, 2/√π ∫₀ˣ e^−t² dt.
    ErrorFunction,
    /// x/2 · (1 + erf(x/√2)): GELU by its definition (Hendrycks and Gimpel 2016).
    Gelu,
    /// min(max(slope · x + offset, 0), 1).
    HardSigmoid {
        /// What x is multiplied by: 1/6 in PyTorch, 0.2 by default in ONNX.
        slope: f64,
        /// What is added: 1/2.
        offset: f64,
    },
    /// x · min(max(x/6 + 1/2, 0), 1).
    HardSwish,
    /// ln(1 + e^x).
    Softplus,
    /// slope · x + offset: what a network scales and shifts by numbers that are never trained.
    Affine {
        /// What x is multiplied by.
        slope: f64,
        /// What is added.
        offset: f64,
    },
    /// x where x > 0, else scale · (e^x − 1).
    Elu {
        /// How far below zero it goes.
        scale: f64,
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
            Self::Exponential => x.exp(),
            Self::Logarithm => x.ln(),
            Self::SquareRoot => x.sqrt(),
            Self::Power { exponent } => x.powf(exponent),
            Self::Absolute => x.abs(),
            Self::ErrorFunction => libm::erf(x),
            Self::Gelu => x * normal_share(x),
            Self::HardSigmoid { slope, offset } => (slope * x + offset).clamp(0.0, 1.0),
            Self::HardSwish => x * (x / 6.0 + 0.5).clamp(0.0, 1.0),
            Self::Affine { slope, offset } => slope * x + offset,
            // Written so that neither end overflows.
            Self::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
            Self::Elu { scale } => {
                if x > 0.0 {
                    x
                } else {
                    scale * x.exp_m1()
                }
            }
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
            Self::Exponential => x.exp(),
            Self::Logarithm => 1.0 / x,
            Self::SquareRoot => 0.5 / x.sqrt(),
            Self::Power { exponent } => {
                if exponent == 0.0 {
                    0.0
                } else {
                    exponent * x.powf(exponent - 1.0)
                }
            }
            Self::Absolute => f64::from(x > 0.0) - f64::from(x < 0.0),
            Self::ErrorFunction => TWO_OVER_ROOT_PI * (-x * x).exp(),
            Self::Gelu => normal_share(x) + x * (-0.5 * x * x).exp() * ONE_OVER_ROOT_TWO_PI,
            Self::HardSigmoid { slope, offset } => {
                let inner = slope * x + offset;
                if inner > 0.0 && inner < 1.0 { slope } else { 0.0 }
            }
            Self::HardSwish => {
                if x <= -3.0 {
                    0.0
                } else if x < 3.0 {
                    x / 3.0 + 0.5
                } else {
                    1.0
                }
            }
            Self::Softplus => sigmoid(x),
            Self::Affine { slope, .. } => slope,
            Self::Elu { scale } => {
                if x > 0.0 {
                    1.0
                } else {
                    scale * x.exp()
                }
            }
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
            Self::Exponential => "exponential",
            Self::Logarithm => "logarithm",
            Self::SquareRoot => "square_root",
            Self::Power { .. } => "power",
            Self::Absolute => "absolute",
            Self::ErrorFunction => "error_function",
            Self::Gelu => "gelu",
            Self::HardSigmoid { .. } => "hard_sigmoid",
            Self::HardSwish => "hard_swish",
            Self::Softplus => "softplus",
            Self::Affine { .. } => "affine",
            Self::Elu { .. } => "elu",
        }
    }
}

/// √(2/π), of the tanh form of GELU (Hendrycks and Gimpel 2016, section 2).
const GELU_SCALE: f64 = 0.797_884_560_802_865_4;
/// The cubic coefficient of the same formula.
const GELU_CUBIC: f64 = 0.044_715;

/// 2/√π, the slope of the error function at 0.
const TWO_OVER_ROOT_PI: f64 = std::f64::consts::FRAC_2_SQRT_PI;
/// 1/√(2π), the density of the standard normal distribution at 0.
const ONE_OVER_ROOT_TWO_PI: f64 = 0.398_942_280_401_432_7;

/// The share of the standard normal distribution below x.
fn normal_share(x: f64) -> f64 {
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

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
            Activation::Absolute,
            Activation::ErrorFunction,
            Activation::Gelu,
            Activation::HardSigmoid { slope: 1.0 / 6.0, offset: 0.5 },
            Activation::HardSwish,
            Activation::Softplus,
            Activation::Elu { scale: 0.7 },
            Activation::Affine { slope: -0.3, offset: 2.0 },
            Activation::Power { exponent: 0.0 },
        ];
        for activation in all {
            for x in [-30.0, -2.3, -0.4, 0.7, 1.9, 5.5, 7.0, 40.0] {
                let step = 1e-6;
                let slope = (activation.value(x + step) - activation.value(x - step)) / (2.0 * step);
                assert!((slope - activation.derivative(x)).abs() < 1e-8, "{activation:?} at {x}");
            }
        }
        // These live on positive numbers, or grow too fast for the numbers above.
        let positive = [
            Activation::Exponential,
            Activation::Logarithm,
            Activation::SquareRoot,
            Activation::Power { exponent: 2.0 },
            Activation::Power { exponent: -1.0 },
            Activation::Power { exponent: 0.75 },
        ];
        for activation in positive {
            for x in [0.4, 0.7, 1.9, 2.5] {
                let step = 1e-6;
                let slope = (activation.value(x + step) - activation.value(x - step)) / (2.0 * step);
                assert!((slope - activation.derivative(x)).abs() < 1e-7, "{activation:?} at {x}");
            }
        }
    }

    /// Values of the error function to fifteen digits (Abramowitz and Stegun, table 7.1).
    #[test]
    fn the_error_function_is_the_tables() {
        for (x, expected) in [(0.0, 0.0), (0.5, 0.520_499_877_813_047), (1.0, 0.842_700_792_949_715)] {
            assert!((Activation::ErrorFunction.value(x) - expected).abs() < 1e-14, "{x}");
        }
    }

    #[test]
    fn nothing_overflows_far_out() {
        for x in [-800.0, 800.0] {
            assert!(Activation::Sigmoid.value(x).is_finite());
            assert!(Activation::Sigmoid.derivative(x).is_finite());
            assert!(Activation::Silu.value(x).is_finite());
            assert!(Activation::Softplus.value(x).is_finite());
            assert!(Activation::Gelu.value(x).is_finite());
        }
    }
}
