//! Operators that move numbers without computing, in f64.

use crate::array::{Array, strides};

pub(super) fn with_shape(x: &Array<f64>, shape: Vec<usize>) -> Array<f64> {
    let mut result = Array::filled(shape, 0.0);
    result.data_mut().copy_from_slice(x.data());
    result
}

pub(super) fn transpose_forward(permutation: &[usize], x: &Array<f64>, shape: Vec<usize>) -> Array<f64> {
    let from = strides(x.shape());
    let steps: Vec<usize> = permutation.iter().map(|&axis| from[axis]).collect();
    gather(x, shape, 0, &steps)
}

pub(super) fn transpose_reverse(permutation: &[usize], gradient: &Array<f64>) -> Array<f64> {
    let mut inverse = vec![0; permutation.len()];
    for (to, &axis) in permutation.iter().enumerate() {
        inverse[axis] = to;
    }
    let shape = inverse.iter().map(|&axis| gradient.shape()[axis]).collect();
    transpose_forward(&inverse, gradient, shape)
}

pub(super) fn slice_forward(axis: usize, start: usize, step: usize, x: &Array<f64>, shape: Vec<usize>) -> Array<f64> {
    let mut steps = strides(x.shape());
    let offset = start * steps[axis];
    steps[axis] *= step;
    gather(x, shape, offset, &steps)
}

pub(super) fn slice_reverse(
    axis: usize,
    start: usize,
    step: usize,
    shape: &[usize],
    gradient: &Array<f64>,
) -> Array<f64> {
    let mut steps = strides(shape);
    let offset = start * steps[axis];
    steps[axis] *= step;
    scatter(gradient, shape, offset, &steps)
}

pub(super) fn pad_forward(amounts: &[[usize; 2]], x: &Array<f64>, shape: Vec<usize>) -> Array<f64> {
    let steps = strides(&shape);
    let offset = amounts.iter().zip(&steps).map(|([before, _], step)| before * step).sum();
    scatter(x, &shape, offset, &steps)
}

pub(super) fn pad_reverse(amounts: &[[usize; 2]], shape: &[usize], gradient: &Array<f64>) -> Array<f64> {
    let steps = strides(gradient.shape());
    let offset = amounts.iter().zip(&steps).map(|([before, _], step)| before * step).sum();
    gather(gradient, shape.to_vec(), offset, &steps)
}

pub(super) fn concatenate_forward(axis: usize, inputs: &[&Array<f64>], shape: Vec<usize>) -> Array<f64> {
    let steps = strides(&shape);
    let mut result = Array::filled(shape.clone(), 0.0);
    let mut start = 0;
    for input in inputs {
        let part = scatter(input, &shape, start * steps[axis], &steps);
        result.data_mut().iter_mut().zip(part.data()).for_each(|(number, add)| *number += add);
        start += input.shape()[axis];
    }
    result
}

pub(super) fn concatenate_reverse(axis: usize, inputs: &[&Array<f64>], gradient: &Array<f64>) -> Vec<Array<f64>> {
    let mut start = 0;
    inputs
        .iter()
        .map(|input| {
            let part = slice_forward(axis, start, 1, gradient, input.shape().to_vec());
            start += input.shape()[axis];
            part
        })
        .collect()
}

/// Where the number at place `at` of an array of this shape lands under other strides.
pub(super) fn place_of(at: usize, shape: &[usize], steps: &[usize]) -> usize {
    let own = strides(shape);
    (0..shape.len()).map(|axis| at / own[axis] % shape[axis] * steps[axis]).sum()
}

/// An array of this shape, read from `x` with these strides.
fn gather(x: &Array<f64>, shape: Vec<usize>, offset: usize, steps: &[usize]) -> Array<f64> {
    let mut result = Array::filled(shape, 0.0);
    let shape = result.shape().to_vec();
    for (at, number) in result.data_mut().iter_mut().enumerate() {
        *number = x.data()[offset + place_of(at, &shape, steps)];
    }
    result
}

/// An array of zeros of this shape into which `x` is written with these strides.
fn scatter(x: &Array<f64>, shape: &[usize], offset: usize, steps: &[usize]) -> Array<f64> {
    let mut result = Array::filled(shape.to_vec(), 0.0);
    for (at, &number) in x.data().iter().enumerate() {
        result.data_mut()[offset + place_of(at, x.shape(), steps)] = number;
    }
    result
}
