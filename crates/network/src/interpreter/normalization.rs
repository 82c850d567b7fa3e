//! Batch normalization with fixed statistics in f64.

use crate::array::Array;

pub(super) fn forward(inputs: &[&Array<f64>], epsilon: f64) -> Array<f64> {
    let mut result = inputs[0].clone();
    let [weight, bias, mean, variance] = [1, 2, 3, 4].map(|place| inputs[place].data());
    each_channel(inputs[0].shape(), |channel, span| {
        let scale = weight[channel] / (variance[channel] + epsilon).sqrt();
        for number in &mut result.data_mut()[span] {
            *number = (*number - mean[channel]) * scale + bias[channel];
        }
    });
    result
}

pub(super) fn reverse(inputs: &[&Array<f64>], epsilon: f64, gradient: &Array<f64>) -> Vec<Array<f64>> {
    let x = inputs[0];
    let [weight, _, mean, variance] = [1, 2, 3, 4].map(|place| inputs[place].data());
    let mut x_gradient = gradient.clone();
    let channels = weight.len();
    let [mut weight_sum, mut bias_sum] = [vec![0.0; channels], vec![0.0; channels]];
    each_channel(x.shape(), |channel, span| {
        let deviation = (variance[channel] + epsilon).sqrt();
        for (number, &at) in x_gradient.data_mut()[span.clone()].iter_mut().zip(&x.data()[span]) {
            weight_sum[channel] += *number * (at - mean[channel]) / deviation;
            bias_sum[channel] += *number;
            *number *= weight[channel] / deviation;
        }
    });
    // With s = √(v + ε): ∂y/∂m = −γ/s and ∂y/∂v = −γ (x − m) / (2 s³).
    let scale = |channel: usize| weight[channel] / (variance[channel] + epsilon).sqrt();
    let mean_sum = (0..channels).map(|channel| -bias_sum[channel] * scale(channel)).collect();
    let variance_sum = (0..channels)
        .map(|channel| -weight_sum[channel] * weight[channel] / (2.0 * (variance[channel] + epsilon)))
        .collect();
    let vector = |numbers: Vec<f64>| {
        let mut array = Array::filled(vec![channels], 0.0);
        array.data_mut().copy_from_slice(&numbers);
        array
    };
    vec![x_gradient, vector(weight_sum), vector(bias_sum), vector(mean_sum), vector(variance_sum)]
}

/// Calls `visit(channel, span)` for each run of numbers of one channel of one sample.
fn each_channel(shape: &[usize], mut visit: impl FnMut(usize, std::ops::Range<usize>)) {
    let (channels, plane) = (shape[1], shape[2..].iter().product::<usize>());
    for sample in 0..shape[0] {
        for channel in 0..channels {
            let start = (sample * channels + channel) * plane;
            visit(channel, start..start + plane);
        }
    }
}
