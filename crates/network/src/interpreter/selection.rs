//! Chosen indices of an axis, rows of a table, and rows repeated over the batch, in f64.

use crate::array::{Array, strides};

pub(super) fn select_forward(axis: usize, indices: &[usize], x: &Array<f64>, shape: Vec<usize>) -> Array<f64> {
    let mut result = Array::filled(shape, 0.0);
    each_run(axis, indices, x.shape(), |to, from, length| {
        result.data_mut()[to..to + length].copy_from_slice(&x.data()[from..from + length]);
    });
    result
}

/// An index that was chosen several times collects all its gradients.
pub(super) fn select_reverse(axis: usize, indices: &[usize], shape: &[usize], gradient: &Array<f64>) -> Array<f64> {
    let mut result = Array::filled(shape.to_vec(), 0.0);
    each_run(axis, indices, shape, |from, to, length| {
        let parts = &gradient.data()[from..from + length];
        result.data_mut()[to..to + length].iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
    });
    result
}

/// Calls `visit(start in the chosen, start in the whole, length)` for each run of numbers that stay together.
fn each_run(axis: usize, indices: &[usize], whole: &[usize], mut visit: impl FnMut(usize, usize, usize)) {
    let inner = strides(whole)[axis];
    let outer: usize = whole[..axis].iter().product();
    for block in 0..outer {
        for (place, &index) in indices.iter().enumerate() {
            visit((block * indices.len() + place) * inner, (block * whole[axis] + index) * inner, inner);
        }
    }
}

/// The first number that is no row of a table with so many.
pub(super) fn first_without_row(numbers: &Array<f64>, rows: usize) -> Option<f64> {
    numbers.data().iter().copied().find(|&number| row_of(number, rows).is_none())
}

/// The rows; the numbers were checked.
pub(super) fn lookup_forward(numbers: &Array<f64>, table: &Array<f64>, shape: Vec<usize>) -> Array<f64> {
    let mut result = Array::filled(shape, f64::NAN);
    let width = table.row_length().max(1);
    for (row, &number) in result.data_mut().chunks_mut(width).zip(numbers.data()) {
        if let Some(index) = row_of(number, table.rows()) {
            row.copy_from_slice(table.row(index));
        }
    }
    result
}

/// A row that was looked up several times collects all its gradients.
pub(super) fn lookup_reverse(numbers: &Array<f64>, table: &[usize], gradient: &Array<f64>) -> Array<f64> {
    let mut result = Array::filled(table.to_vec(), 0.0);
    let (rows, width) = (result.rows(), result.row_length().max(1));
    for (part, &number) in gradient.data().chunks(width).zip(numbers.data()) {
        if let Some(index) = row_of(number, rows) {
            let sums = &mut result.data_mut()[index * width..(index + 1) * width];
            sums.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
    }
    result
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "checked to be a whole number below the number of rows"
)]
fn row_of(number: f64, rows: usize) -> Option<usize> {
    (number.fract() == 0.0 && number >= 0.0 && number < rows as f64).then_some(number as usize)
}

pub(super) fn repeat_forward(x: &Array<f64>, shape: Vec<usize>) -> Array<f64> {
    let mut result = Array::filled(shape, 0.0);
    for row in result.data_mut().chunks_mut(x.len().max(1)) {
        row.copy_from_slice(x.data());
    }
    result
}

pub(super) fn repeat_reverse(shape: &[usize], gradient: &Array<f64>) -> Array<f64> {
    let mut result = Array::filled(shape.to_vec(), 0.0);
    for row in gradient.data().chunks(result.len().max(1)) {
        result.data_mut().iter_mut().zip(row).for_each(|(sum, part)| *sum += part);
    }
    result
}
