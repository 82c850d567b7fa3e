//! Activations, broadcast arithmetic and softmax in f64.

use crate::{
    array::{Array, strides},
    operator::{Activation, Arithmetic},
};

pub(super) fn activation_reverse(activation: Activation, x: &Array<f64>, gradient: &Array<f64>) -> Array<f64> {
    let mut result = gradient.clone();
    for (number, &at) in result.data_mut().iter_mut().zip(x.data()) {
        *number *= activation.derivative(at);
    }
    result
}

pub(super) fn arithmetic_forward(kind: Arithmetic, a: &Array<f64>, b: &Array<f64>, shape: Vec<usize>) -> Array<f64> {
    let mut result = Array::filled(shape, 0.0);
    let (places_a, places_b) = (places(a.shape(), result.shape()), places(b.shape(), result.shape()));
    for ((number, at_a), at_b) in result.data_mut().iter_mut().zip(places_a).zip(places_b) {
        let (left, right) = (a.data()[at_a], b.data()[at_b]);
        *number = match kind {
            Arithmetic::Add => left + right,
            Arithmetic::Subtract => left - right,
            Arithmetic::Multiply => left * right,
            Arithmetic::Divide => left / right,
            Arithmetic::Maximum => left.max(right),
            Arithmetic::Minimum => left.min(right),
        };
    }
    result
}

pub(super) fn arithmetic_reverse(
    kind: Arithmetic,
    a: &Array<f64>,
    b: &Array<f64>,
    gradient: &Array<f64>,
) -> Vec<Array<f64>> {
    let mut gradient_a = Array::filled(a.shape().to_vec(), 0.0);
    let mut gradient_b = Array::filled(b.shape().to_vec(), 0.0);
    let (places_a, places_b) = (places(a.shape(), gradient.shape()), places(b.shape(), gradient.shape()));
    for ((&cotangent, at_a), at_b) in gradient.data().iter().zip(places_a).zip(places_b) {
        let (left, right) = (a.data()[at_a], b.data()[at_b]);
        let (slope_a, slope_b) = match kind {
            Arithmetic::Add => (1.0, 1.0),
            Arithmetic::Subtract => (1.0, -1.0),
            Arithmetic::Multiply => (right, left),
            Arithmetic::Divide => (1.0 / right, -left / (right * right)),
            Arithmetic::Maximum => shares(left - right),
            Arithmetic::Minimum => shares(right - left),
        };
        gradient_a.data_mut()[at_a] += slope_a * cotangent;
        gradient_b.data_mut()[at_b] += slope_b * cotangent;
    }
    vec![gradient_a, gradient_b]
}

/// How a gradient is divided between the one that wins by this lead and the other.
fn shares(lead: f64) -> (f64, f64) {
    if lead == 0.0 { (0.5, 0.5) } else { (f64::from(lead > 0.0), f64::from(lead < 0.0)) }
}

/// For each number of the broadcast result, where in an array of shape `own` it comes from.
pub(super) fn places(own: &[usize], result: &[usize]) -> impl Iterator<Item = usize> + use<> {
    let missing = result.len() - own.len();
    let own_strides = strides(own);
    let steps: Vec<usize> = (0..result.len())
        .map(|axis| match axis.checked_sub(missing) {
            Some(own_axis) if own[own_axis] != 1 => own_strides[own_axis],
            _ => 0,
        })
        .collect();
    let result_strides = strides(result);
    let sizes = result.to_vec();
    let total: usize = result.iter().product();
    (0..total)
        .map(move |place| (0..sizes.len()).map(|axis| place / result_strides[axis] % sizes[axis] * steps[axis]).sum())
}

pub(super) fn softmax_forward(axis: usize, x: &Array<f64>) -> Array<f64> {
    let mut result = x.clone();
    each_line(axis, x.shape(), |line| {
        let largest = line.clone().map(|at| x.data()[at]).fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = line.clone().map(|at| (x.data()[at] - largest).exp()).sum();
        for at in line {
            result.data_mut()[at] = (x.data()[at] - largest).exp() / total;
        }
    });
    result
}

pub(super) fn softmax_reverse(axis: usize, output: &Array<f64>, gradient: &Array<f64>) -> Array<f64> {
    let mut result = Array::filled(output.shape().to_vec(), 0.0);
    each_line(axis, output.shape(), |line| {
        let mean: f64 = line.clone().map(|at| output.data()[at] * gradient.data()[at]).sum();
        for at in line {
            result.data_mut()[at] = output.data()[at] * (gradient.data()[at] - mean);
        }
    });
    result
}

pub(super) fn log_softmax_forward(axis: usize, x: &Array<f64>) -> Array<f64> {
    let mut result = x.clone();
    each_line(axis, x.shape(), |line| {
        let largest = line.clone().map(|at| x.data()[at]).fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = line.clone().map(|at| (x.data()[at] - largest).exp()).sum();
        for at in line {
            result.data_mut()[at] = x.data()[at] - largest - total.ln();
        }
    });
    result
}

pub(super) fn log_softmax_reverse(axis: usize, output: &Array<f64>, gradient: &Array<f64>) -> Array<f64> {
    let mut result = gradient.clone();
    each_line(axis, output.shape(), |line| {
        let sum: f64 = line.clone().map(|at| gradient.data()[at]).sum();
        for at in line {
            result.data_mut()[at] -= output.data()[at].exp() * sum;
        }
    });
    result
}

/// Calls `visit` with the places of each line of numbers along an axis.
fn each_line(axis: usize, shape: &[usize], mut visit: impl FnMut(std::iter::StepBy<std::ops::Range<usize>>)) {
    let inner = strides(shape)[axis];
    let outer: usize = shape[..axis].iter().product();
    for block in 0..outer {
        for lane in 0..inner {
            let start = block * shape[axis] * inner + lane;
            visit((start..start + shape[axis] * inner).step_by(inner));
        }
    }
}
