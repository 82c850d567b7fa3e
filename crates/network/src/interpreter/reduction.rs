//! Mean and maximum over axes in f64.

use super::layout::place_of;
use crate::array::{Array, strides};

pub(super) fn mean_forward(axes: &[usize], x: &Array<f64>, shape: Vec<usize>) -> Array<f64> {
    let count = reduced_count(axes, x.shape());
    let kept = steps_of_kept(axes, x.shape());
    let mut result = Array::filled(shape, 0.0);
    for (at, &number) in x.data().iter().enumerate() {
        result.data_mut()[place_of(at, x.shape(), &kept)] += number / count;
    }
    result
}

pub(super) fn mean_reverse(axes: &[usize], shape: &[usize], gradient: &Array<f64>) -> Array<f64> {
    let count = reduced_count(axes, shape);
    let kept = steps_of_kept(axes, shape);
    let mut result = Array::filled(shape.to_vec(), 0.0);
    for (at, number) in result.data_mut().iter_mut().enumerate() {
        *number = gradient.data()[place_of(at, shape, &kept)] / count;
    }
    result
}

pub(super) fn maximum_forward(axes: &[usize], x: &Array<f64>, shape: Vec<usize>) -> Array<f64> {
    let kept = steps_of_kept(axes, x.shape());
    let mut result = Array::filled(shape, f64::NEG_INFINITY);
    for (at, &number) in x.data().iter().enumerate() {
        let largest = &mut result.data_mut()[place_of(at, x.shape(), &kept)];
        *largest = largest.max(number);
    }
    result
}

/// The whole gradient goes to the first of the largest numbers.
pub(super) fn maximum_reverse(axes: &[usize], x: &Array<f64>, gradient: &Array<f64>) -> Array<f64> {
    let kept = steps_of_kept(axes, x.shape());
    let mut first: Vec<Option<usize>> = vec![None; gradient.len()];
    for (at, &number) in x.data().iter().enumerate() {
        let best = &mut first[place_of(at, x.shape(), &kept)];
        if best.is_none_or(|best| number > x.data()[best]) {
            *best = Some(at);
        }
    }
    let mut result = Array::filled(x.shape().to_vec(), 0.0);
    for (best, &cotangent) in first.iter().zip(gradient.data()) {
        if let Some(at) = *best {
            result.data_mut()[at] = cotangent;
        }
    }
    result
}

#[expect(clippy::cast_precision_loss, reason = "an array holds far fewer than 2^52 numbers")]
fn reduced_count(axes: &[usize], shape: &[usize]) -> f64 {
    axes.iter().map(|&axis| shape[axis]).product::<usize>() as f64
}

/// The strides of the reduced array, with 0 for the axes that are gone.
fn steps_of_kept(axes: &[usize], shape: &[usize]) -> Vec<usize> {
    let sizes: Vec<usize> =
        shape.iter().enumerate().map(|(axis, &size)| if axes.contains(&axis) { 1 } else { size }).collect();
    let steps = strides(&sizes);
    (0..shape.len()).map(|axis| if axes.contains(&axis) { 0 } else { steps[axis] }).collect()
}
