//! Sums, means and maxima over axes, softmax, and pooling over whole images.

use transferscope_network::{
    array::Array,
    operator::{Activation, Operator},
};

use super::Converted;
use crate::onnx::{
    call::Call,
    converter::Converter,
    count::Count,
    held::Held,
    refusal::{Made, broken, unsupported},
};

/// What a reduction goes over.
struct Over {
    axes: Vec<usize>,
    keep: bool,
    /// How many numbers become one.
    count: usize,
}

/// Axes come as an attribute, and as an input from the version `input_since`. Absent, they are all axes.
fn over(call: &Call<'_>, x: &Held, input_since: i64) -> Made<Option<Over>> {
    let given = if call.opset >= input_since { call.wholes(1)? } else { call.ints("axes")? };
    let axes = match given {
        Some(axes) if !axes.is_empty() => Call::axes(&axes, x.rank())?,
        _ if call.flag("noop_with_empty_axes", false)? => return Ok(None),
        _ => (0..x.rank()).collect(),
    };
    let sizes: Option<Vec<usize>> = axes.iter().map(|&axis| x.fixed_size(axis)).collect();
    let Some(sizes) = sizes else { return unsupported("it goes over the images of a batch") };
    Ok(Some(Over { axes, keep: call.flag("keepdims", true)?, count: sizes.iter().product() }))
}

/// Since this version most reductions take their axes as an input; ReduceSum since 13.
const AXES_ARE_INPUT: i64 = 18;

/// The input, where it holds real numbers.
fn real<'call>(call: &'call Call<'_>) -> Made<&'call Held> {
    match call.input(0)? {
        Held::Counts(_) => unsupported("it works on whole numbers or truth values"),
        x @ (Held::Floats(_) | Held::Images(_) | Held::Computed(_)) => Ok(x),
    }
}

pub(super) fn mean(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let Some(over) = over(call, x, AXES_ARE_INPUT)? else { return Ok(vec![x.clone()]) };
    Ok(vec![to.apply(call.output(), Operator::Mean { axes: over.axes, keep: over.keep }, std::slice::from_ref(x))?])
}

pub(super) fn sum(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let Some(over) = over(call, x, 13)? else { return Ok(vec![x.clone()]) };
    if let Held::Counts(array) = x {
        return whole(call, array, &over, Count::plus, Count::fixed(0));
    }
    Ok(vec![summed(to, call, call.output(), x, over)?])
}

pub(super) fn product(_: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let Some(over) = over(call, x, AXES_ARE_INPUT)? else { return Ok(vec![x.clone()]) };
    match x {
        Held::Counts(array) => whole(call, array, &over, Count::times, Count::fixed(1)),
        Held::Floats(_) | Held::Images(_) | Held::Computed(_) => unsupported("it multiplies computed numbers"),
    }
}

/// Over all numbers of a row of known whole numbers.
fn whole(
    _: &Call<'_>,
    array: &Array<Count>,
    over: &Over,
    step: impl Fn(Count, Count) -> Option<Count>,
    start: Count,
) -> Converted {
    if over.count != array.len() {
        return unsupported("it goes over some axes of known whole numbers, not over all");
    }
    match array.data().iter().try_fold(start, |total, &next| step(total, next)) {
        Some(total) => {
            let rank = if over.keep { array.shape().len() } else { 0 };
            Ok(vec![Held::of_counts(Array::filled(vec![1; rank], total))])
        }
        None => unsupported("it computes with the batch size in a way that is known only when it runs"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "an array holds far fewer than 2^52 numbers")]
fn summed(to: &mut Converter, call: &Call<'_>, name: &str, x: &Held, over: Over) -> Made<Held> {
    let (count, operator) = (over.count, Operator::Mean { axes: over.axes, keep: over.keep });
    let mean = to.apply(&call.part("mean"), operator, std::slice::from_ref(x))?;
    to.scaled(name, &mean, count as f64)
}

pub(super) fn max(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = real(call)?;
    let Some(over) = over(call, x, AXES_ARE_INPUT)? else { return Ok(vec![x.clone()]) };
    let operator = Operator::Maximum { axes: over.axes, keep: over.keep };
    Ok(vec![to.apply(call.output(), operator, std::slice::from_ref(x))?])
}

/// −max(−x).
pub(super) fn min(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = real(call)?;
    let Some(over) = over(call, x, AXES_ARE_INPUT)? else { return Ok(vec![x.clone()]) };
    let turned = to.scaled(&call.part("turned"), x, -1.0)?;
    let operator = Operator::Maximum { axes: over.axes, keep: over.keep };
    let largest = to.apply(&call.part("largest"), operator, &[turned])?;
    Ok(vec![to.scaled(call.output(), &largest, -1.0)?])
}

/// Σ|x|.
pub(super) fn l1(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = to.activation(&call.part("sizes"), Activation::Absolute, call.input(0)?)?;
    let Some(over) = over(call, &x, AXES_ARE_INPUT)? else { return Ok(vec![x]) };
    Ok(vec![summed(to, call, call.output(), &x, over)?])
}

/// Σx².
pub(super) fn sum_square(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = to.activation(&call.part("squares"), Activation::Power { exponent: 2.0 }, call.input(0)?)?;
    let Some(over) = over(call, &x, AXES_ARE_INPUT)? else { return Ok(vec![x]) };
    Ok(vec![summed(to, call, call.output(), &x, over)?])
}

/// √Σx².
pub(super) fn l2(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = to.activation(&call.part("squares"), Activation::Power { exponent: 2.0 }, call.input(0)?)?;
    let sum = match over(call, &x, AXES_ARE_INPUT)? {
        Some(over) => summed(to, call, &call.part("sum"), &x, over)?,
        None => x,
    };
    Ok(vec![to.activation(call.output(), Activation::SquareRoot, &sum)?])
}

/// ln Σx.
pub(super) fn log_sum(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let sum = match over(call, x, AXES_ARE_INPUT)? {
        Some(over) => summed(to, call, &call.part("sum"), x, over)?,
        None => x.clone(),
    };
    Ok(vec![to.activation(call.output(), Activation::Logarithm, &sum)?])
}

/// ln Σe^x.
pub(super) fn log_sum_exp(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = to.activation(&call.part("exponentials"), Activation::Exponential, call.input(0)?)?;
    let sum = match over(call, &x, AXES_ARE_INPUT)? {
        Some(over) => summed(to, call, &call.part("sum"), &x, over)?,
        None => x,
    };
    Ok(vec![to.activation(call.output(), Activation::Logarithm, &sum)?])
}

pub(super) fn global_average_pool(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let axes = image_axes(x)?;
    Ok(vec![to.apply(call.output(), Operator::Mean { axes, keep: true }, std::slice::from_ref(x))?])
}

pub(super) fn global_max_pool(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let axes = image_axes(x)?;
    Ok(vec![to.apply(call.output(), Operator::Maximum { axes, keep: true }, std::slice::from_ref(x))?])
}

fn image_axes(x: &Held) -> Made<Vec<usize>> {
    if x.rank() < 3 { broken("an image [N,C,..] is wanted") } else { Ok((2..x.rank()).collect()) }
}

pub(super) fn softmax(to: &mut Converter, call: &Call<'_>) -> Converted {
    along(to, call, |axis| Operator::Softmax { axis })
}

pub(super) fn log_softmax(to: &mut Converter, call: &Call<'_>) -> Converted {
    along(to, call, |axis| Operator::LogSoftmax { axis })
}

/// Along one axis since version 13; before, over all numbers from that axis on.
fn along(to: &mut Converter, call: &Call<'_>, operator: impl Fn(usize) -> Operator) -> Converted {
    let x = call.input(0)?;
    let is_old = call.opset < 13;
    let axis = Call::axis(call.int("axis", if is_old { 1 } else { -1 })?, x.rank())?;
    let shape = x.shape();
    let alone = shape[axis + 1..].iter().all(|size| *size == Count::fixed(1));
    if !is_old || alone {
        return Ok(vec![to.apply(call.output(), operator(axis), std::slice::from_ref(x))?]);
    }
    let Some(rest) = shape[axis..].iter().try_fold(Count::fixed(1), |product, &size| product.times(size)) else {
        return unsupported("it goes over the images of a batch");
    };
    let flat: Vec<Count> = shape[..axis].iter().copied().chain([rest]).collect();
    let row = to.reshaped(&call.part("row"), x, &flat)?;
    let made = to.apply(&call.part("along"), operator(axis), &[row])?;
    Ok(vec![to.reshaped(call.output(), &made, &shape)?])
}
