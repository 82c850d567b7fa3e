//! Chosen indices of an axis, and rows repeated over the batch, in f64.

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
