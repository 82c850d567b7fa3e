//! The same numbers under another shape: reshape, flatten, squeeze, transpose.

use transferscope_network::operator::{Operator, ReshapeDimension};

use super::Converted;
use crate::onnx::{
    call::Call,
    converter::Converter,
    count::{Count, said},
    held::Held,
    refusal::{Made, Refusal, broken, unsupported},
    rows::{Rows, before},
};

pub(super) fn identity(_: &mut Converter, call: &Call<'_>) -> Converted {
    Ok(vec![call.input(0)?.clone()])
}

pub(super) fn dropout(_: &mut Converter, call: &Call<'_>) -> Converted {
    call.only_first_output()?;
    if call.optional(2).and_then(Held::scalar).is_some_and(|training| training != 0.0) {
        return unsupported("it is in training mode; export the network in evaluation mode");
    }
    Ok(vec![call.input(0)?.clone()])
}

pub(super) fn reshape(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let Some(target) = call.counts(1)? else { return broken("its shape is missing") };
    let shape = resolved(x, &target, call.flag("allowzero", false)?, to.fixed_batch)?;
    Ok(vec![to.reshaped(call.output(), x, &shape)?])
}

/// The sizes that a reshape asks for: 0 is the size at the same place, −1 is the rest.
fn resolved(x: &Held, target: &[Count], zero_is_zero: bool, fixed_batch: Option<i64>) -> Made<Vec<Count>> {
    let own = x.shape();
    let misfit = || Refusal::Broken(format!("numbers of shape {} cannot have the shape {}", said(&own), said(target)));
    let product = |sizes: &[Count]| sizes.iter().try_fold(Count::fixed(1), |product, &size| product.times(size));
    let mut shape = Vec::with_capacity(target.len());
    for (axis, &size) in target.iter().enumerate() {
        shape.push(if size == Count::fixed(0) && !zero_is_zero { *own.get(axis).ok_or_else(misfit)? } else { size });
    }
    let total = product(&own).ok_or_else(misfit)?;
    let rest = Count::fixed(-1);
    if let Some(batched) = fixed_batch.and_then(|batch| with_batch(&x.rows(), &shape, batch))
        && let Some(shape) = filled(&batched, total)
    {
        return Ok(shape);
    }
    if shape.iter().filter(|&&size| size == rest).count() > 1 {
        return Err(misfit());
    }
    filled(&shape, total).ok_or_else(misfit)
}

/// A file with a fixed batch writes that number where the batch stands: it is the batch again.
///
/// Where it is written follows from the numbers that stand outside of the batch. Several places may fit (all do for a
/// batch of one): the number alone is taken first, then what it is the outermost part of, then what it lies within; the
/// last axis comes last, since layers work along it.
fn with_batch(rows: &Rows, shape: &[Count], batch: i64) -> Option<Vec<Count>> {
    let all = rows.all_outside()?;
    if shape.iter().any(|size| size.depends_on_batch()) {
        return None;
    }
    let rank = |place: usize| {
        let before = before(shape, place).filter(|&before| before > 0 && all % before == 0)?;
        let size = shape[place].as_fixed().filter(|&size| size > 0)?;
        let outside = all / before;
        if size % batch.checked_mul(outside)? != 0 {
            return None;
        }
        let is_last = place + 1 == shape.len();
        Some(match (outside, size == batch) {
            (1, true) => 0,
            (1, false) => 1 + 2 * usize::from(is_last),
            _ => 2 + 2 * usize::from(is_last),
        })
    };
    let (_, place) = (0..shape.len()).filter_map(|place| Some((rank(place)?, place))).min()?;
    let mut batched = shape.to_vec();
    batched[place] = Count { fixed: 0, per_image: shape[place].fixed / batch };
    Some(batched)
}

/// The shape with its −1 replaced by what is left, where it then holds the total.
fn filled(shape: &[Count], total: Count) -> Option<Vec<Count>> {
    let rest = Count::fixed(-1);
    let known =
        shape.iter().filter(|&&size| size != rest).try_fold(Count::fixed(1), |product, &size| product.times(size))?;
    let left = if shape.contains(&rest) { total.over(known)? } else { Count::fixed(1) };
    (known.times(left)? == total).then(|| shape.iter().map(|&size| if size == rest { left } else { size }).collect())
}

pub(super) fn flatten(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let shape = x.shape();
    let axis = call.int("axis", 1)?;
    let axis =
        if axis == i64::try_from(shape.len()).unwrap_or(0) { shape.len() } else { Call::axis(axis, shape.len())? };
    let product = |sizes: &[Count]| sizes.iter().try_fold(Count::fixed(1), |product, &size| product.times(size));
    match (product(&shape[..axis]), product(&shape[axis..])) {
        (Some(rows), Some(columns)) => Ok(vec![to.reshaped(call.output(), x, &[rows, columns])?]),
        _ => broken("its input is too large"),
    }
}

pub(super) fn squeeze(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let shape = x.shape();
    let one = |axis: &usize| shape[*axis] == Count::fixed(1);
    let axes = match call.attribute_or_input("axes", 1)? {
        Some(axes) => Call::axes(&axes, shape.len())?,
        None => (0..shape.len()).filter(one).collect(),
    };
    if !axes.iter().all(one) {
        return broken(format!("the axes {axes:?} of {} are not all of size 1", said(&shape)));
    }
    let left: Vec<Count> =
        shape.iter().enumerate().filter(|(axis, _)| !axes.contains(axis)).map(|(_, &size)| size).collect();
    Ok(vec![to.reshaped(call.output(), x, &left)?])
}

pub(super) fn unsqueeze(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let Some(axes) = call.attribute_or_input("axes", 1)? else { return broken("its axes are missing") };
    let rank = x.rank() + axes.len();
    let axes = Call::axes(&axes, rank)?;
    let mut sizes = x.shape().into_iter();
    let shape: Vec<Count> = (0..rank)
        .map(|axis| if axes.contains(&axis) { Count::fixed(1) } else { sizes.next().unwrap_or(Count::fixed(1)) })
        .collect();
    Ok(vec![to.reshaped(call.output(), x, &shape)?])
}

pub(super) fn transpose(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let permutation = match call.ints("perm")? {
        Some(axes) => axes.iter().map(|&axis| Call::axis(axis, x.rank())).collect::<Made<Vec<usize>>>()?,
        None => (0..x.rank()).rev().collect(),
    };
    if permutation.len() != x.rank() {
        return broken(format!("perm is {permutation:?} for {} axes", x.rank()));
    }
    Ok(vec![to.transposed(call.output(), x, &permutation)?])
}

/// A reshape that keeps the batch and puts the rest in one row, as networks have before their head.
pub(in crate::onnx) fn flat(to: &mut Converter, name: &str, x: &Held) -> Made<Held> {
    let operator = Operator::Reshape { shape: vec![ReshapeDimension::Keep, ReshapeDimension::Rest] };
    to.apply(name, operator, std::slice::from_ref(x))
}
