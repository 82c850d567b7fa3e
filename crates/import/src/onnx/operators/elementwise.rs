//! Functions of each number, and arithmetic of two.

use transferscope_network::operator::{Activation, Arithmetic};

use super::Converted;
use crate::onnx::{
    call::Call,
    converter::Converter,
    held::Held,
    refusal::{broken, unsupported},
};

pub(super) fn relu(to: &mut Converter, call: &Call<'_>) -> Converted {
    one(to, call, Activation::Relu)
}

pub(super) fn sigmoid(to: &mut Converter, call: &Call<'_>) -> Converted {
    one(to, call, Activation::Sigmoid)
}

pub(super) fn tanh(to: &mut Converter, call: &Call<'_>) -> Converted {
    one(to, call, Activation::Tanh)
}

pub(super) fn exp(to: &mut Converter, call: &Call<'_>) -> Converted {
    one(to, call, Activation::Exponential)
}

pub(super) fn log(to: &mut Converter, call: &Call<'_>) -> Converted {
    one(to, call, Activation::Logarithm)
}

pub(super) fn sqrt(to: &mut Converter, call: &Call<'_>) -> Converted {
    one(to, call, Activation::SquareRoot)
}

pub(super) fn erf(to: &mut Converter, call: &Call<'_>) -> Converted {
    one(to, call, Activation::ErrorFunction)
}

pub(super) fn abs(to: &mut Converter, call: &Call<'_>) -> Converted {
    one(to, call, Activation::Absolute)
}

pub(super) fn reciprocal(to: &mut Converter, call: &Call<'_>) -> Converted {
    one(to, call, Activation::Power { exponent: -1.0 })
}

pub(super) fn softplus(to: &mut Converter, call: &Call<'_>) -> Converted {
    one(to, call, Activation::Softplus)
}

pub(super) fn hard_swish(to: &mut Converter, call: &Call<'_>) -> Converted {
    one(to, call, Activation::HardSwish)
}

pub(super) fn leaky_relu(to: &mut Converter, call: &Call<'_>) -> Converted {
    one(to, call, Activation::LeakyRelu { slope: call.float("alpha", 0.01)? })
}

pub(super) fn elu(to: &mut Converter, call: &Call<'_>) -> Converted {
    one(to, call, Activation::Elu { scale: call.float("alpha", 1.0)? })
}

pub(super) fn hard_sigmoid(to: &mut Converter, call: &Call<'_>) -> Converted {
    let (slope, offset) = (call.float("alpha", 0.2)?, call.float("beta", 0.5)?);
    one(to, call, Activation::HardSigmoid { slope, offset })
}

pub(super) fn gelu(to: &mut Converter, call: &Call<'_>) -> Converted {
    match call.text("approximate", "none")? {
        "none" => one(to, call, Activation::Gelu),
        "tanh" => one(to, call, Activation::GeluTanh),
        other => unsupported(format!("approximate is '{other}', and only 'none' and 'tanh' are read")),
    }
}

fn one(to: &mut Converter, call: &Call<'_>, function: Activation) -> Converted {
    Ok(vec![to.activation(call.output(), function, call.input(0)?)?])
}

pub(super) fn neg(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let minus_one = match x {
        Held::Counts(_) => Held::row(vec![crate::onnx::count::Count::fixed(-1)]),
        Held::Floats(_) | Held::Images(_) | Held::Computed(_) => Held::number(-1.0),
    };
    let shape = x.shape();
    let made = to.arithmetic(call.output(), Arithmetic::Multiply, x, &minus_one)?;
    Ok(vec![to.reshaped(call.output(), &made, &shape)?])
}

/// gamma · elu(x, alpha).
pub(super) fn selu(to: &mut Converter, call: &Call<'_>) -> Converted {
    let (alpha, gamma) = (call.float("alpha", 1.673_263_192_176_818_8)?, call.float("gamma", 1.050_701_022_148_132_3)?);
    let inner = to.activation(&call.part("elu"), Activation::Elu { scale: alpha }, call.input(0)?)?;
    Ok(vec![to.scaled(call.output(), &inner, gamma)?])
}

/// alpha · elu(x / alpha, 1).
pub(super) fn celu(to: &mut Converter, call: &Call<'_>) -> Converted {
    let alpha = call.float("alpha", 1.0)?;
    if alpha <= 0.0 {
        return broken("alpha must be above 0");
    }
    let narrow = to.scaled(&call.part("narrow"), call.input(0)?, 1.0 / alpha)?;
    let inner = to.activation(&call.part("elu"), Activation::Elu { scale: 1.0 }, &narrow)?;
    Ok(vec![to.scaled(call.output(), &inner, alpha)?])
}

/// x · tanh(softplus(x)).
pub(super) fn mish(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let inner = to.activation(&call.part("softplus"), Activation::Softplus, x)?;
    let gate = to.activation(&call.part("tanh"), Activation::Tanh, &inner)?;
    Ok(vec![to.arithmetic(call.output(), Arithmetic::Multiply, x, &gate)?])
}

/// x · sigmoid(alpha · x).
pub(super) fn swish(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let alpha = call.float("alpha", 1.0)?;
    if alpha == 1.0 {
        return one(to, call, Activation::Silu);
    }
    let inner = to.scaled(&call.part("scaled"), x, alpha)?;
    let gate = to.activation(&call.part("gate"), Activation::Sigmoid, &inner)?;
    Ok(vec![to.arithmetic(call.output(), Arithmetic::Multiply, x, &gate)?])
}

/// x / (1 + |x|).
pub(super) fn softsign(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let size = to.activation(&call.part("size"), Activation::Absolute, x)?;
    let divisor = to.shifted(&call.part("divisor"), &size, 1.0)?;
    Ok(vec![to.arithmetic(call.output(), Arithmetic::Divide, x, &divisor)?])
}

/// relu(x) − slope · relu(−x).
pub(super) fn prelu(to: &mut Converter, call: &Call<'_>) -> Converted {
    let (x, slope) = (call.input(0)?, call.input(1)?);
    to.learn(slope);
    let above = to.activation(&call.part("above"), Activation::Relu, x)?;
    let turned = to.scaled(&call.part("turned"), x, -1.0)?;
    let below = to.activation(&call.part("below"), Activation::Relu, &turned)?;
    let sloped = to.arithmetic(&call.part("sloped"), Arithmetic::Multiply, &below, slope)?;
    Ok(vec![to.arithmetic(call.output(), Arithmetic::Subtract, &above, &sloped)?])
}

pub(super) fn clip(to: &mut Converter, call: &Call<'_>) -> Converted {
    let bound = |attribute: &str, place: usize, default: f64| {
        if to.opset < 11 { call.float(attribute, default) } else { Ok(call.scalar(place)?.unwrap_or(default)) }
    };
    let (low, high) = (bound("min", 1, f64::from(f32::MIN))?, bound("max", 2, f64::from(f32::MAX))?);
    if low > high {
        return unsupported(format!("its lower bound {low} is above its upper bound {high}"));
    }
    one(to, call, Activation::Clip { low, high })
}

pub(super) fn pow(to: &mut Converter, call: &Call<'_>) -> Converted {
    let (x, exponent) = (call.input(0)?, call.input(1)?);
    if let Some(exponent) = exponent.scalar() {
        let made = match exponent {
            1.0 => x.clone(),
            0.5 => to.activation(call.output(), Activation::SquareRoot, x)?,
            _ => to.activation(call.output(), Activation::Power { exponent }, x)?,
        };
        // An exponent with more axes than x widens the result.
        let rank = call.input(1)?.rank();
        if rank > made.rank() {
            let missing = rank - made.rank();
            let shape: Vec<_> =
                std::iter::repeat_n(crate::onnx::count::Count::fixed(1), missing).chain(made.shape()).collect();
            return Ok(vec![to.reshaped(call.output(), &made, &shape)?]);
        }
        return Ok(vec![made]);
    }
    match x.scalar() {
        // a^x = e^(x · ln a)
        Some(base) if base > 0.0 => {
            let inner = to.scaled(&call.part("inner"), exponent, base.ln())?;
            Ok(vec![to.activation(call.output(), Activation::Exponential, &inner)?])
        }
        _ => unsupported("neither its base nor its exponent is one known number"),
    }
}

pub(super) fn add(to: &mut Converter, call: &Call<'_>) -> Converted {
    two(to, call, Arithmetic::Add)
}

pub(super) fn sub(to: &mut Converter, call: &Call<'_>) -> Converted {
    two(to, call, Arithmetic::Subtract)
}

pub(super) fn mul(to: &mut Converter, call: &Call<'_>) -> Converted {
    two(to, call, Arithmetic::Multiply)
}

pub(super) fn div(to: &mut Converter, call: &Call<'_>) -> Converted {
    two(to, call, Arithmetic::Divide)
}

fn two(to: &mut Converter, call: &Call<'_>, kind: Arithmetic) -> Converted {
    Ok(vec![to.arithmetic(call.output(), kind, call.input(0)?, call.input(1)?)?])
}

pub(super) fn max(to: &mut Converter, call: &Call<'_>) -> Converted {
    several(to, call, Arithmetic::Maximum)
}

pub(super) fn min(to: &mut Converter, call: &Call<'_>) -> Converted {
    several(to, call, Arithmetic::Minimum)
}

pub(super) fn sum(to: &mut Converter, call: &Call<'_>) -> Converted {
    several(to, call, Arithmetic::Add)
}

#[expect(clippy::cast_precision_loss, reason = "a node has few inputs")]
pub(super) fn mean(to: &mut Converter, call: &Call<'_>) -> Converted {
    let sum = several(to, call, Arithmetic::Add)?;
    let made = sum.first().map(|sum| to.scaled(&call.part("mean"), sum, 1.0 / call.inputs.len() as f64)).transpose()?;
    Ok(made.into_iter().collect())
}

/// One after the other.
fn several(to: &mut Converter, call: &Call<'_>, kind: Arithmetic) -> Converted {
    // A sum has the same shape, and is known where the largest is not.
    let counts_images = (0..call.inputs.len()).any(|place| matches!(call.optional(place), Some(Held::Images(_))));
    let kind = if call.only_shape_is_read && counts_images { Arithmetic::Add } else { kind };
    let mut result = call.input(0)?.clone();
    for place in 1..call.inputs.len() {
        let name =
            if place + 1 == call.inputs.len() { call.output().to_owned() } else { call.part(&place.to_string()) };
        result = to.arithmetic(&name, kind, &result, call.input(place)?)?;
    }
    Ok(vec![result])
}
