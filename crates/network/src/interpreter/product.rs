//! Linear layers and matrix products in f64.

use super::elementwise::places;
use crate::array::Array;

pub(super) fn linear_forward(inputs: &[&Array<f64>], shape: Vec<usize>) -> Array<f64> {
    let (x, weight) = (inputs[0], inputs[1]);
    let (outputs, width) = (weight.rows(), weight.row_length());
    let mut result = Array::filled(shape, 0.0);
    for (row, numbers) in result.data_mut().chunks_mut(outputs.max(1)).enumerate() {
        let from = &x.data()[row * width..(row + 1) * width];
        for (output, number) in numbers.iter_mut().enumerate() {
            let bias = inputs.get(2).map_or(0.0, |bias| bias.data()[output]);
            *number = bias + dot(weight.row(output), from);
        }
    }
    result
}

pub(super) fn linear_reverse(inputs: &[&Array<f64>], gradient: &Array<f64>) -> Vec<Array<f64>> {
    let (x, weight) = (inputs[0], inputs[1]);
    let (outputs, width) = (weight.rows(), weight.row_length());
    let mut x_gradient = Array::filled(x.shape().to_vec(), 0.0);
    let mut weight_gradient = Array::filled(weight.shape().to_vec(), 0.0);
    let mut bias_gradient = Array::filled(vec![outputs], 0.0);
    for (row, cotangents) in gradient.data().chunks(outputs.max(1)).enumerate() {
        let span = row * width..(row + 1) * width;
        for (output, &cotangent) in cotangents.iter().enumerate() {
            bias_gradient.data_mut()[output] += cotangent;
            add_scaled(&mut x_gradient.data_mut()[span.clone()], cotangent, weight.row(output));
            let weight_row = output * width..(output + 1) * width;
            add_scaled(&mut weight_gradient.data_mut()[weight_row], cotangent, &x.data()[span.clone()]);
        }
    }
    let mut gradients = vec![x_gradient, weight_gradient];
    if inputs.len() == 3 {
        gradients.push(bias_gradient);
    }
    gradients
}

pub(super) fn matrix_forward(a: &Array<f64>, b: &Array<f64>, shape: Vec<usize>) -> Array<f64> {
    let mut result = Array::filled(shape, 0.0);
    let outer = result.shape().to_vec();
    each_matrix(a, b, &outer, |at_a, at_b, at_result, [rows, inner, columns]| {
        for row in 0..rows {
            for step in 0..inner {
                let factor = a.data()[at_a + row * inner + step];
                let target = at_result + row * columns;
                let from = at_b + step * columns;
                add_scaled(&mut result.data_mut()[target..target + columns], factor, &b.data()[from..from + columns]);
            }
        }
    });
    result
}

pub(super) fn matrix_reverse(inputs: &[&Array<f64>], gradient: &Array<f64>) -> Vec<Array<f64>> {
    let (a, b) = (inputs[0], inputs[1]);
    let mut a_gradient = Array::filled(a.shape().to_vec(), 0.0);
    let mut b_gradient = Array::filled(b.shape().to_vec(), 0.0);
    each_matrix(a, b, gradient.shape(), |at_a, at_b, at_result, [rows, inner, columns]| {
        for row in 0..rows {
            let cotangents = &gradient.data()[at_result + row * columns..at_result + (row + 1) * columns];
            for step in 0..inner {
                let b_row = at_b + step * columns..at_b + (step + 1) * columns;
                a_gradient.data_mut()[at_a + row * inner + step] += dot(cotangents, &b.data()[b_row.clone()]);
                let factor = a.data()[at_a + row * inner + step];
                add_scaled(&mut b_gradient.data_mut()[b_row], factor, cotangents);
            }
        }
    });
    vec![a_gradient, b_gradient]
}

/// Calls `visit(start of a's matrix, start of b's, start of the result's, [rows, inner, columns])` for each pair
/// of matrices under broadcasting.
fn each_matrix(
    a: &Array<f64>,
    b: &Array<f64>,
    result: &[usize],
    mut visit: impl FnMut(usize, usize, usize, [usize; 3]),
) {
    let (Some((outer_a, &[rows, inner])), Some((outer_b, &[_, columns])), Some((outer, _))) =
        (a.shape().split_last_chunk(), b.shape().split_last_chunk(), result.split_last_chunk::<2>())
    else {
        return;
    };
    for (index, (place_a, place_b)) in places(outer_a, outer).zip(places(outer_b, outer)).enumerate() {
        let starts = (place_a * rows * inner, place_b * inner * columns, index * rows * columns);
        visit(starts.0, starts.1, starts.2, [rows, inner, columns]);
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(left, right)| left * right).sum()
}

fn add_scaled(target: &mut [f64], factor: f64, from: &[f64]) {
    target.iter_mut().zip(from).for_each(|(number, add)| *number += factor * add);
}
