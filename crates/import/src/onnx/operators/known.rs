//! Constants, shapes, comparisons and choices: what is known when the file is read.

use std::sync::Arc;

use transferscope_network::{array::Array, operator::Arithmetic};

use super::Converted;
use crate::onnx::{
    call::Call,
    converter::Converter,
    count::Count,
    held::Held,
    image_indices::ImageIndices,
    movement::broadcast,
    refusal::{Made, Refusal, broken, unsupported},
    tensor::{is_real, is_whole},
    truths,
};

pub(super) fn constant(to: &mut Converter, call: &Call<'_>) -> Converted {
    let made = if let Some(tensor) = call.tensor("value")? {
        to.numbers_of(&tensor)?
    } else if call.has("value_float") {
        Held::number(call.float("value_float", 0.0)?)
    } else if let Some(numbers) = call.floats("value_floats")? {
        let shape = vec![numbers.len()];
        Array::new(shape, numbers).map(Held::of_floats).map_err(|error| Refusal::Broken(error.to_string()))?
    } else if call.has("value_int") {
        Held::of_counts(Array::filled(vec![], Count::fixed(call.int("value_int", 0)?)))
    } else if let Some(numbers) = call.ints("value_ints")? {
        Held::row(numbers.into_iter().map(Count::fixed).collect())
    } else {
        return unsupported("its value is no array of numbers");
    };
    to.name_constant(&made, call.output());
    Ok(vec![made])
}

pub(super) fn constant_of_shape(to: &mut Converter, call: &Call<'_>) -> Converted {
    let Some(counts) = call.counts(0)? else { return broken("its shape is missing") };
    let value = match call.tensor("value")? {
        Some(tensor) => to.numbers_of(&tensor)?,
        None => Held::number(0.0),
    };
    // Made for one image, then repeated for each.
    let sizes: Option<Vec<usize>> = counts.iter().map(|count| count.at(1)).collect();
    let Some(sizes) = sizes else { return broken("a size is below 0") };
    to.pay(&sizes)?;
    let made = match &value {
        Held::Floats(array) => array.data().first().map(|&number| Held::of_floats(Array::filled(sizes, number))),
        Held::Counts(array) => array.data().first().map(|&number| Held::of_counts(Array::filled(sizes, number))),
        Held::Images(_) | Held::Computed(_) => None,
    };
    match made {
        Some(made) => Ok(vec![to.expanded(call.output(), &made, &counts)?]),
        None => broken("its value is empty"),
    }
}

pub(super) fn shape(_: &mut Converter, call: &Call<'_>) -> Converted {
    let shape = call.input(0)?.shape();
    let count = i64::try_from(shape.len()).unwrap_or(i64::MAX);
    let bound = |name: &str, default: i64| -> Made<usize> {
        let place = call.int(name, default)?;
        let place = if place < 0 { place.saturating_add(count) } else { place };
        Ok(usize::try_from(place.clamp(0, count)).unwrap_or(0))
    };
    let (start, end) = (bound("start", 0)?, bound("end", count)?);
    Ok(vec![Held::row(shape.get(start..end).unwrap_or_default().to_vec())])
}

pub(super) fn size(_: &mut Converter, call: &Call<'_>) -> Converted {
    let shape = call.input(0)?.shape();
    match shape.iter().try_fold(Count::fixed(1), |product, &size| product.times(size)) {
        Some(product) => Ok(vec![Held::of_counts(Array::filled(vec![], product))]),
        None => broken("its input is too large"),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the count is checked against the budget")]
pub(super) fn range(to: &mut Converter, call: &Call<'_>) -> Converted {
    let whole = |place: usize| match call.optional(place).and_then(Held::counts).map(Array::data) {
        Some(&[number]) => Some(number),
        _ => None,
    };
    if (whole(0), whole(1), whole(2)) == (Some(Count::fixed(0)), Some(Count::BATCH), Some(Count::fixed(1))) {
        return Ok(vec![Held::Images(Arc::new(ImageIndices::all()))]);
    }
    if let (Some(Held::Counts(_)), Some(start), Some(limit), Some(step)) =
        (call.optional(0), call.wholes(0)?, call.wholes(1)?, call.wholes(2)?)
    {
        let (&[start], &[limit], &[step]) = (start.as_slice(), limit.as_slice(), step.as_slice()) else {
            return broken("its bounds are not single numbers");
        };
        let length = limit.checked_sub(start).filter(|_| step != 0).unwrap_or(0);
        let count = length.checked_div(step).unwrap_or(0) + i64::from(length.checked_rem(step).unwrap_or(0) != 0);
        let count = usize::try_from(count).unwrap_or(0);
        to.pay(&[count])?;
        let numbers = (0..count).map(|place| Count::fixed(start + step * i64::try_from(place).unwrap_or(0)));
        return Ok(vec![Held::row(numbers.collect())]);
    }
    let (Some(start), Some(limit), Some(step)) = (call.scalar(0)?, call.scalar(1)?, call.scalar(2)?) else {
        return broken("its bounds are missing");
    };
    let count = ((limit - start) / step).ceil().max(0.0);
    if !count.is_finite() || count > 1e9 {
        return broken("it has too many numbers");
    }
    #[expect(clippy::cast_sign_loss, reason = "the count is not below 0")]
    let count = count as usize;
    to.pay(&[count])?;
    #[expect(clippy::cast_precision_loss, reason = "places are far below 2^52")]
    let numbers: Vec<f32> = (0..count).map(|place| (start + step * place as f64) as f32).collect();
    let array = Array::new(vec![count], numbers).map_err(|error| Refusal::Broken(error.to_string()))?;
    Ok(vec![Held::of_floats(array)])
}

pub(super) fn cast(to: &mut Converter, call: &Call<'_>) -> Converted {
    cast_to(to, call, call.int("to", 0)?)
}

/// To the kind of the second input.
pub(super) fn cast_like(to: &mut Converter, call: &Call<'_>) -> Converted {
    match call.input(1)? {
        Held::Counts(_) => cast_to(to, call, 7),
        Held::Images(_) => cast_to(to, call, 7),
        Held::Floats(_) | Held::Computed(_) => cast_to(to, call, 1),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "casting to whole numbers cuts off, as ONNX says")]
fn cast_to(to: &mut Converter, call: &Call<'_>, kind: i64) -> Converted {
    /// `TensorProto.DataType.BOOL`.
    const TRUTH: i64 = 9;
    let x = call.input(0)?;
    if is_real(kind) {
        return match (x, x.floats()) {
            (Held::Computed(_), _) => Ok(vec![x.clone()]),
            (Held::Images(images), _) => Ok(vec![to.repeated(call.output(), images)?]),
            (_, Some(floats)) => Ok(vec![Held::Floats(floats)]),
            _ => unsupported("it makes a real number of the batch size, which is known only when it runs"),
        };
    }
    if !is_whole(kind) {
        return unsupported(format!("it casts to elements of type {kind}"));
    }
    let truth = |count: Count| if count == Count::fixed(0) { count } else { Count::fixed(1) };
    match x {
        Held::Counts(array) if kind == TRUTH => Ok(vec![Held::of_counts(array.map(truth))]),
        Held::Counts(_) => Ok(vec![x.clone()]),
        Held::Images(_) if kind != TRUTH => Ok(vec![x.clone()]),
        Held::Images(images) => {
            let truths = images.same_for_all().map(|array| array.map(truth));
            match truths.and_then(|truths| ImageIndices::alike(&truths, images.axis())) {
                Some(truths) => Ok(vec![Held::Images(Arc::new(truths))]),
                None => unsupported("it makes truth values of places in a batch"),
            }
        }
        Held::Floats(array) => {
            let whole = array.map(|number| Count::fixed(number as i64));
            let truths = array.map(|number| Count::fixed(i64::from(number != 0.0)));
            Ok(vec![Held::of_counts(if kind == TRUTH { truths } else { whole })])
        }
        // The numbers of tokens are whole already, and masks are truth values.
        Held::Computed(_) if x.is_truth() || (to.are_tokens(x) && kind != TRUTH) => Ok(vec![x.clone()]),
        Held::Computed(_) => unsupported("it rounds computed numbers, through which no gradient goes"),
    }
}

pub(super) fn equal(to: &mut Converter, call: &Call<'_>) -> Converted {
    compared(to, call, |a, b| a == b, Some(true))
}

pub(super) fn greater(to: &mut Converter, call: &Call<'_>) -> Converted {
    compared(to, call, |a, b| a > b, Some(false))
}

pub(super) fn less(to: &mut Converter, call: &Call<'_>) -> Converted {
    compared(to, call, |a, b| a < b, Some(false))
}

pub(super) fn greater_or_equal(to: &mut Converter, call: &Call<'_>) -> Converted {
    compared(to, call, |a, b| a >= b, Some(true))
}

pub(super) fn less_or_equal(to: &mut Converter, call: &Call<'_>) -> Converted {
    compared(to, call, |a, b| a <= b, Some(true))
}

pub(super) fn and(to: &mut Converter, call: &Call<'_>) -> Converted {
    compared(to, call, |a, b| a != 0.0 && b != 0.0, None)
}

pub(super) fn or(to: &mut Converter, call: &Call<'_>) -> Converted {
    compared(to, call, |a, b| a != 0.0 || b != 0.0, None)
}

pub(super) fn xor(to: &mut Converter, call: &Call<'_>) -> Converted {
    compared(to, call, |a, b| (a != 0.0) != (b != 0.0), None)
}

pub(super) fn not(to: &mut Converter, call: &Call<'_>) -> Converted {
    match call.input(0)? {
        x @ Held::Computed(_) if x.is_truth() => Ok(vec![truths::not(to, call.output(), x)?]),
        Held::Counts(array) => {
            Ok(vec![Held::of_counts(array.map(|count| Count::fixed(i64::from(count == Count::fixed(0)))))])
        }
        Held::Floats(_) | Held::Images(_) | Held::Computed(_) => unsupported("it works on computed truth values"),
    }
}

/// Known numbers compared; `alike` is the answer for two numbers that are the same for every batch.
#[expect(clippy::cast_precision_loss, reason = "sizes and indices are far below 2^52")]
fn compared(to: &mut Converter, call: &Call<'_>, holds: impl Fn(f64, f64) -> bool, alike: Option<bool>) -> Converted {
    let (a, b) = (call.input(0)?, call.input(1)?);
    if a.is_computed() || b.is_computed() {
        return Ok(vec![truths::compared(to, call.output(), [a, b], holds)?]);
    }
    let shape = wide(to, &[a, b])?;
    let answer = |(a, b): (&Count, &Count)| {
        let same = if a == b { alike } else { None };
        let known = || match (a.as_fixed(), b.as_fixed()) {
            (Some(a), Some(b)) => Some(holds(a as f64, b as f64)),
            // What grows with the batch and is larger already for one image is larger for all.
            (None, Some(b)) if a.is_always_above(b) => Some(holds(f64::INFINITY, b as f64)),
            (Some(a), None) if b.is_always_above(a) => Some(holds(a as f64, f64::INFINITY)),
            _ => None,
        };
        same.or_else(known).map(|truth| Count::fixed(i64::from(truth)))
    };
    let numbers: Option<Vec<Count>> = match (a, b) {
        (Held::Counts(a), Held::Counts(b)) => {
            let (Some(a), Some(b)) = (broadcast(a, &shape), broadcast(b, &shape)) else { return misfit() };
            a.data().iter().zip(b.data()).map(answer).collect()
        }
        _ => {
            let (Some(a), Some(b)) = (a.floats(), b.floats()) else { return misfit() };
            let (Some(a), Some(b)) = (broadcast(&a, &shape), broadcast(&b, &shape)) else { return misfit() };
            let pairs = a.data().iter().zip(b.data());
            pairs.map(|(&a, &b)| Some(Count::fixed(i64::from(holds(f64::from(a), f64::from(b)))))).collect()
        }
    };
    match numbers.map(|numbers| Array::new(shape, numbers)) {
        Some(Ok(array)) => Ok(vec![Held::of_counts(array)]),
        _ => unsupported("it compares a number with the batch size, which is known only when it runs"),
    }
}

fn misfit<T>() -> Made<T> {
    broken("the shapes of its inputs do not broadcast")
}

/// The shape to which known arrays broadcast.
fn wide(to: &mut Converter, inputs: &[&Held]) -> Made<Vec<usize>> {
    let shapes: Option<Vec<Vec<usize>>> = inputs.iter().map(|held| held.fixed_shape()).collect();
    let shapes = shapes.ok_or_else(|| Refusal::Unsupported("it works on a batch".to_owned()))?;
    let rank = shapes.iter().map(Vec::len).max().unwrap_or(0);
    let mut wide = vec![1; rank];
    for shape in &shapes {
        for (axis, &size) in shape.iter().enumerate() {
            let place = &mut wide[rank - shape.len() + axis];
            if *place == 1 {
                *place = size;
            }
        }
    }
    to.pay(&wide)?;
    Ok(wide)
}

/// Where a known condition holds the one, else the other.
pub(super) fn choose(to: &mut Converter, call: &Call<'_>) -> Converted {
    let spread = |to: &mut Converter, held: &Held, part: &str| match held {
        Held::Images(images) => to.repeated(&call.part(part), images),
        Held::Floats(_) | Held::Counts(_) | Held::Computed(_) => Ok(held.clone()),
    };
    let (a, b) = (&spread(to, call.input(1)?, "a")?, &spread(to, call.input(2)?, "b")?);
    let has_batch = |held: &Held| held.shape().iter().any(|size| size.depends_on_batch());
    let condition = call.input(0)?;
    let condition = &if has_batch(a) || has_batch(b) { condition.one_for_all() } else { condition.clone() };
    if condition.is_computed() && condition.is_truth() {
        return Ok(vec![truths::chosen(to, call.output(), condition, [a, b])?]);
    }
    let Some(truths) = condition.counts() else {
        return unsupported("its condition is computed, and no gradient goes through it");
    };
    if !a.is_computed() && !b.is_computed() {
        let shape = wide(to, &[condition, a, b])?;
        let Some(truths) = broadcast(truths, &shape) else { return misfit() };
        let made = match (a, b) {
            (Held::Counts(a), Held::Counts(b)) => {
                let (Some(a), Some(b)) = (broadcast(a, &shape), broadcast(b, &shape)) else { return misfit() };
                chosen(&truths, &a, &b).map(Held::of_counts)
            }
            _ => {
                let (Some(a), Some(b)) = (a.floats(), b.floats()) else { return misfit() };
                let (Some(a), Some(b)) = (broadcast(&a, &shape), broadcast(&b, &shape)) else { return misfit() };
                chosen(&truths, &a, &b).map(Held::of_floats)
            }
        };
        return made.map(|made| vec![made]).ok_or_else(|| Refusal::Broken("its shapes do not fit".to_owned()));
    }
    // a · mask + b · (1 − mask); a known infinity times 0 would be no number, so it is made large instead.
    let mask = truths.map(|truth| f32::from(u8::from(truth != Count::fixed(0))));
    let other = mask.map(|truth| 1.0 - truth);
    let finite = |held: &Held| match held {
        Held::Floats(array) => Held::of_floats(array.map(|number| number.clamp(-1e30, 1e30))),
        Held::Counts(_) | Held::Images(_) | Held::Computed(_) => held.clone(),
    };
    let kept = to.arithmetic(&call.part("kept"), Arithmetic::Multiply, &finite(a), &Held::of_floats(mask))?;
    let filled = to.arithmetic(&call.part("filled"), Arithmetic::Multiply, &finite(b), &Held::of_floats(other))?;
    Ok(vec![to.arithmetic(call.output(), Arithmetic::Add, &kept, &filled)?])
}

fn chosen<T: Copy>(truths: &Array<Count>, a: &Array<T>, b: &Array<T>) -> Option<Array<T>> {
    let numbers = truths.data().iter().zip(a.data().iter().zip(b.data()));
    let picked = numbers.map(|(&truth, (&a, &b))| if truth == Count::fixed(0) { b } else { a }).collect();
    Array::new(truths.shape().to_vec(), picked).ok()
}

pub(super) fn floor(to: &mut Converter, call: &Call<'_>) -> Converted {
    rounded(to, call, f32::floor)
}

pub(super) fn ceil(to: &mut Converter, call: &Call<'_>) -> Converted {
    rounded(to, call, f32::ceil)
}

pub(super) fn round(to: &mut Converter, call: &Call<'_>) -> Converted {
    rounded(to, call, f32::round_ties_even)
}

pub(super) fn sin(to: &mut Converter, call: &Call<'_>) -> Converted {
    rounded(to, call, f32::sin)
}

pub(super) fn cos(to: &mut Converter, call: &Call<'_>) -> Converted {
    rounded(to, call, f32::cos)
}

fn rounded(to: &mut Converter, call: &Call<'_>, function: fn(f32) -> f32) -> Converted {
    match call.input(0)? {
        Held::Floats(array) => {
            to.pay(array.shape())?;
            Ok(vec![Held::of_floats(array.map(function))])
        }
        held @ Held::Counts(_) => Ok(vec![held.clone()]),
        Held::Images(_) | Held::Computed(_) => {
            unsupported("it works on computed numbers; it is read where it works on constants")
        }
    }
}

/// The remainder of known whole numbers, with the sign of the divisor, or of the dividend where `fmod` is set.
pub(super) fn modulo(to: &mut Converter, call: &Call<'_>) -> Converted {
    let (a, b) = (call.input(0)?, call.input(1)?);
    let (Held::Counts(left), Held::Counts(right)) = (a, b) else {
        return unsupported("it works on something else than known whole numbers");
    };
    let shape = wide(to, &[a, b])?;
    let (Some(left), Some(right)) = (broadcast(left, &shape), broadcast(right, &shape)) else { return misfit() };
    let as_divisor = !call.flag("fmod", false)?;
    let rest = |(a, b): (&Count, &Count)| {
        let (a, b) = (a.as_fixed()?, b.as_fixed()?);
        let rest = a.checked_rem(b)?;
        Some(Count::fixed(if as_divisor && rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }))
    };
    let numbers: Option<Vec<Count>> = left.data().iter().zip(right.data()).map(rest).collect();
    match numbers.map(|numbers| Array::new(shape, numbers)) {
        Some(Ok(array)) => Ok(vec![Held::of_counts(array)]),
        _ => unsupported("it divides by zero, or the batch"),
    }
}

pub(super) fn sign(_: &mut Converter, call: &Call<'_>) -> Converted {
    match call.input(0)? {
        Held::Floats(array) => {
            let signed = |number: f32| if number == 0.0 { 0.0 } else { 1.0_f32.copysign(number) };
            Ok(vec![Held::of_floats(array.map(signed))])
        }
        Held::Counts(_) | Held::Images(_) | Held::Computed(_) => unsupported("it works on computed numbers"),
    }
}

/// What guards a softmax is dropped before it comes here.
pub(super) fn is_nan(_: &mut Converter, call: &Call<'_>) -> Converted {
    match call.input(0)? {
        Held::Floats(array) => Ok(vec![Held::of_counts(array.map(|number| Count::fixed(i64::from(number.is_nan()))))]),
        Held::Counts(array) => Ok(vec![Held::of_counts(array.map(|_| Count::fixed(0)))]),
        Held::Images(_) | Held::Computed(_) => {
            unsupported("it asks more of computed numbers than a guarded softmax does")
        }
    }
}
