//! Operators that move numbers without computing, and the mean over axes, on Burn's tensors.

use ::burn::tensor::{Int, Tensor, TensorData, ops::PadMode};

use super::value::{Value, at_rank};

pub(super) fn concatenated(axis: usize, parts: Vec<Value>) -> Value {
    fn at<const D: usize>(axis: usize, parts: Vec<Value>) -> Value {
        Tensor::<D>::cat(parts.into_iter().map(Value::at_rank).collect(), axis).into()
    }
    match parts.first().map_or(0, |part| part.shape().len()) {
        1 => at::<1>(axis, parts),
        2 => at::<2>(axis, parts),
        3 => at::<3>(axis, parts),
        4 => at::<4>(axis, parts),
        5 => at::<5>(axis, parts),
        _ => at::<6>(axis, parts),
    }
}

/// Every `step`-th index of an axis, from the first of `span` to before its second.
pub(super) fn sliced(axis: usize, span: [usize; 2], step: usize, x: Value) -> Value {
    let [start, end] = span.map(usize::cast_signed);
    let slice = ::burn::tensor::Slice::new(start, Some(end), step.cast_signed());
    at_rank!(x, x => x.slice_dim(axis, slice).into())
}

/// These indices of an axis.
pub(super) fn selected(axis: usize, indices: &[usize], x: Value) -> Value {
    fn at<const D: usize>(axis: usize, indices: &[usize], x: Tensor<D>) -> Value {
        let numbers: Vec<i64> = indices.iter().map(|&index| index as i64).collect();
        let data = TensorData::new(numbers, [indices.len()]);
        let indices = Tensor::<1, Int>::from_data(data, &x.device());
        x.select(axis, indices).into()
    }
    at_rank!(x, x => at(axis, indices, x))
}

/// The rows of a table at whole numbers.
///
/// # Panics
/// Where a number is no row of the table; the guard makes an error of it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "checked to be whole numbers below the number of rows"
)]
pub(super) fn looked_up(numbers: &Value, table: Value, shape: &[usize]) -> Value {
    let rows = table.shape().first().copied().unwrap_or(0);
    let numbers = numbers.to_array().unwrap_or_else(|error| panic!("{error}")).into_data();
    let is_none = |number: &&f32| number.fract() != 0.0 || !(0.0..rows as f32).contains(*number);
    if let Some(number) = numbers.iter().find(is_none) {
        panic!("{number} was looked up in a table of {rows} rows; the tokens are not those of this network");
    }
    let numbers: Vec<i64> = numbers.into_iter().map(|number| number as i64).collect();
    let table = table.at_rank::<2>();
    let data = TensorData::new(numbers.clone(), [numbers.len()]);
    let indices = Tensor::<1, Int>::from_data(data, &table.device());
    Value::from(table.select(0, indices)).reshaped(shape)
}

/// The row of `x` as often as the result has rows.
pub(super) fn repeated(x: Value, shape: &[usize]) -> Value {
    let rows = shape.first().copied().unwrap_or(1);
    at_rank!(x, x => x.repeat_dim(0, rows).into())
}

/// Zeros before and after, for each axis.
pub(super) fn padded(amounts: &[[usize; 2]], x: Value) -> Value {
    at_rank!(x, x => pad(amounts, 0.0, x).into())
}

/// A number before and after, for each axis.
pub(super) fn pad<const D: usize>(amounts: &[[usize; 2]], fill: f32, x: Tensor<D>) -> Tensor<D> {
    let pairs: [(usize, usize); D] =
        std::array::from_fn(|axis| amounts.get(axis).map_or((0, 0), |&[before, after]| (before, after)));
    x.pad(pairs, PadMode::Constant(fill))
}

pub(super) fn transposed(permutation: &[usize], x: Value) -> Value {
    fn at<const D: usize>(permutation: &[usize], x: Tensor<D>) -> Value {
        let axes: [usize; D] = std::array::from_fn(|axis| permutation.get(axis).copied().unwrap_or(axis));
        x.permute(axes.map(usize::cast_signed)).into()
    }
    at_rank!(x, x => at(permutation, x))
}

/// The largest number over some axes, one after the other.
pub(super) fn maximum(axes: &[usize], x: Value, shape: &[usize]) -> Value {
    let reduced = at_rank!(x, x => axes.iter().fold(x, |x, &axis| x.max_dim(axis)).into());
    Value::reshaped(reduced, shape)
}

/// The mean over some axes, one after the other: each is a reduction of one axis, whose order does not depend on
/// threads, while Burn's reductions of a whole tensor do above a size.
pub(super) fn mean(axes: &[usize], x: Value, shape: &[usize]) -> Value {
    let reduced = at_rank!(x, x => axes.iter().fold(x, |x, &axis| x.mean_dim(axis)).into());
    Value::reshaped(reduced, shape)
}
