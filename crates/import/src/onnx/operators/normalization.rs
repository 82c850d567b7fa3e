//! Normalization by fixed statistics, and by those of each image.

use transferscope_network::operator::{Activation, Arithmetic, Operator, Padding, Pooling};

use super::Converted;
use crate::onnx::{
    call::Call,
    converter::Converter,
    count::Count,
    held::Held,
    refusal::{Made, broken, unsupported},
};

pub(super) fn batch(to: &mut Converter, call: &Call<'_>) -> Converted {
    if call.flag("training_mode", false)? {
        return unsupported("it is in training mode; export the network in evaluation mode");
    }
    if call.opset < 9 && !call.flag("spatial", true)? {
        return unsupported("it normalizes each pixel on its own (spatial=0)");
    }
    call.only_first_output()?;
    let mut inputs = Vec::with_capacity(5);
    for place in 0..5 {
        inputs.push(call.input(place)?.clone());
    }
    if inputs[1..].iter().any(Held::is_computed) {
        return unsupported("its statistics are computed");
    }
    let epsilon = call.float("epsilon", 1e-5)?;
    Ok(vec![to.apply(call.output(), Operator::BatchNormalization { epsilon }, &inputs)?])
}

/// (x − mean) / √(variance + ε) over some axes.
pub(super) fn standardised(to: &mut Converter, name: &str, x: &Held, axes: &[usize], epsilon: f64) -> Made<Held> {
    let mean_over = || Operator::Mean { axes: axes.to_vec(), keep: true };
    let mean = to.apply(&format!("{name}.mean"), mean_over(), std::slice::from_ref(x))?;
    let centred = to.arithmetic(&format!("{name}.centred"), Arithmetic::Subtract, x, &mean)?;
    let squares = to.activation(&format!("{name}.squares"), Activation::Power { exponent: 2.0 }, &centred)?;
    let variance = to.apply(&format!("{name}.variance"), mean_over(), &[squares])?;
    let shifted = to.shifted(&format!("{name}.shifted"), &variance, epsilon)?;
    let deviation = to.activation(&format!("{name}.deviation"), Activation::SquareRoot, &shifted)?;
    to.arithmetic(&format!("{name}.standardised"), Arithmetic::Divide, &centred, &deviation)
}

/// x · scale + shift, where there are any.
fn affine(to: &mut Converter, call: &Call<'_>, x: &Held, scale: Option<&Held>, shift: Option<&Held>) -> Converted {
    let mut made = x.clone();
    if let Some(scale) = scale {
        let name = if shift.is_none() { call.output().to_owned() } else { call.part("scaled") };
        made = to.arithmetic(&name, Arithmetic::Multiply, &made, scale)?;
    }
    if let Some(shift) = shift {
        made = to.arithmetic(call.output(), Arithmetic::Add, &made, shift)?;
    }
    Ok(vec![made])
}

/// One number a channel, so that it fits `[N, C, …]` of this rank.
fn along_channels(to: &mut Converter, call: &Call<'_>, what: &str, x: &Held, rank: usize) -> Made<Held> {
    let mut shape = vec![Count::fixed(1); rank.saturating_sub(1)];
    if let (Some(first), Some(size)) = (shape.first_mut(), x.fixed_size(0)) {
        *first = Count::of(size);
    }
    to.reshaped(&call.part(what), x, &shape)
}

pub(super) fn instance(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    if x.rank() < 3 {
        return broken("an image [N,C,..] is wanted");
    }
    let axes: Vec<usize> = (2..x.rank()).collect();
    let made = standardised(to, call.output(), x, &axes, call.float("epsilon", 1e-5)?)?;
    let scale = along_channels(to, call, "scale", call.input(1)?, x.rank())?;
    let shift = along_channels(to, call, "shift", call.input(2)?, x.rank())?;
    affine(to, call, &made, Some(&scale), Some(&shift))
}

/// Channels in groups, each group of each image normalized; scale and shift a group before version 21, a channel since.
pub(super) fn group(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let groups = usize::try_from(call.int("num_groups", 0)?).unwrap_or(0);
    let (Some(channels), shape) = (x.fixed_size(1), x.shape()) else { return broken("an image [N,C,..] is wanted") };
    if groups == 0 || channels % groups != 0 {
        return broken(format!("{channels} channels do not fall into {groups} groups"));
    }
    let per_group = channels / groups;
    let mut split = vec![shape[0], Count::of(groups), Count::of(per_group)];
    split.extend(&shape[2..]);
    let grouped = to.reshaped(&call.part("grouped"), x, &split)?;
    let axes: Vec<usize> = (2..split.len()).collect();
    let made = standardised(to, call.output(), &grouped, &axes, call.float("epsilon", 1e-5)?)?;
    let made = to.reshaped(&call.part("joined"), &made, &shape)?;
    let each = |to: &mut Converter, what: &str, given: &Held| {
        let given = if given.fixed_size(0) == Some(groups) && channels != groups {
            let indices = (0..channels).map(|channel| channel / per_group).collect();
            to.apply(&call.part(what), Operator::Select { axis: 0, indices }, std::slice::from_ref(given))?
        } else {
            given.clone()
        };
        along_channels(to, call, what, &given, x.rank())
    };
    let scale = each(to, "scale", call.input(1)?)?;
    let shift = each(to, "shift", call.input(2)?)?;
    affine(to, call, &made, Some(&scale), Some(&shift))
}

pub(super) fn layer(to: &mut Converter, call: &Call<'_>) -> Converted {
    call.only_first_output()?;
    let x = call.input(0)?;
    let first = Call::axis(call.int("axis", -1)?, x.rank())?;
    let axes: Vec<usize> = (first..x.rank()).collect();
    let made = standardised(to, call.output(), x, &axes, call.float("epsilon", 1e-5)?)?;
    affine(to, call, &made, Some(call.input(1)?), call.optional(2))
}

/// x / √(mean x² + ε) · scale.
pub(super) fn root_mean_square(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let first = Call::axis(call.int("axis", -1)?, x.rank())?;
    let axes: Vec<usize> = (first..x.rank()).collect();
    let squares = to.activation(&call.part("squares"), Activation::Power { exponent: 2.0 }, x)?;
    let mean = to.apply(&call.part("mean"), Operator::Mean { axes, keep: true }, &[squares])?;
    let shifted = to.shifted(&call.part("shifted"), &mean, call.float("epsilon", 1e-5)?)?;
    let size = to.activation(&call.part("size"), Activation::SquareRoot, &shifted)?;
    let made = to.arithmetic(&call.part("divided"), Arithmetic::Divide, x, &size)?;
    affine(to, call, &made, Some(call.input(1)?), None)
}

/// (x − mean) / √variance over axes (by default all but the channels, batch included, which is refused).
pub(super) fn mean_variance(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let axes = Call::axes(&call.ints("axes")?.unwrap_or_else(|| vec![0, 2, 3]), x.rank())?;
    // The published definition adds 1e-9 to the deviation; to the variance it is the same where that is not tiny.
    Ok(vec![standardised(to, call.output(), x, &axes, 1e-9)?])
}

/// x / |x| along an axis, with p = 1 or 2.
pub(super) fn length(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let axis = Call::axis(call.int("axis", -1)?, x.rank())?;
    let Some(size) = x.fixed_size(axis) else { return unsupported("it goes over the images of a batch") };
    let p = call.int("p", 2)?;
    let inner = match p {
        1 => Activation::Absolute,
        2 => Activation::Power { exponent: 2.0 },
        _ => return unsupported(format!("p is {p}, and only 1 and 2 are read")),
    };
    let parts = to.activation(&call.part("parts"), inner, x)?;
    let mean = to.apply(&call.part("mean"), Operator::Mean { axes: vec![axis], keep: true }, &[parts])?;
    #[expect(clippy::cast_precision_loss, reason = "an axis has far fewer than 2^52 numbers")]
    let sum = to.scaled(&call.part("sum"), &mean, size as f64)?;
    let length = match p {
        1 => sum,
        _ => to.activation(&call.part("length"), Activation::SquareRoot, &sum)?,
    };
    // A row of zeros stays one.
    let length = to.arithmetic(&call.part("divisor"), Arithmetic::Maximum, &length, &Held::number(1e-30))?;
    Ok(vec![to.arithmetic(call.output(), Arithmetic::Divide, x, &length)?])
}

/// Local response normalization across channels: x / (bias + alpha/size · Σ x²)^beta. The window over channels is that
/// of an average pool over an image whose rows are the channels.
pub(super) fn local_response(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let shape = x.shape();
    let size = usize::try_from(call.int("size", 0)?).unwrap_or(0);
    let (Some(&[batch, channels, height, width]), true) = (shape.first_chunk::<4>(), shape.len() == 4 && size > 0)
    else {
        return unsupported("it works on something else than images [N,C,H,W]");
    };
    let squares = to.activation(&call.part("squares"), Activation::Power { exponent: 2.0 }, x)?;
    let Some(pixels) = height.times(width) else { return broken("the image is too large") };
    let rows = to.reshaped(&call.part("rows"), &squares, &[batch, Count::fixed(1), channels, pixels])?;
    let padding = Padding { top: (size - 1) / 2, bottom: size - 1 - (size - 1) / 2, left: 0, right: 0 };
    let pooling = Pooling { kernel: [size, 1], stride: [1, 1], padding };
    let means = to.apply(&call.part("means"), Operator::AveragePool { pooling, count_padding: true }, &[rows])?;
    let means = to.reshaped(&call.part("images"), &means, &shape)?;
    let scaled = to.scaled(&call.part("scaled"), &means, call.float("alpha", 1e-4)?)?;
    let shifted = to.shifted(&call.part("shifted"), &scaled, call.float("bias", 1.0)?)?;
    let exponent = -call.float("beta", 0.75)?;
    let factor = to.activation(&call.part("factor"), Activation::Power { exponent }, &shifted)?;
    Ok(vec![to.arithmetic(call.output(), Arithmetic::Multiply, x, &factor)?])
}
