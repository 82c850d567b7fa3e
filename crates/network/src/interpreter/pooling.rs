//! Pooling over image windows in f64.

use crate::{array::Array, operator::Pooling};

pub(super) fn max_forward(pooling: Pooling, image: &Array<f64>, shape: Vec<usize>) -> Array<f64> {
    let mut result = Array::filled(shape, f64::NEG_INFINITY);
    let result_shape = result.shape().to_vec();
    each_window(pooling, image.shape(), &result_shape, |output, pixels| {
        result.data_mut()[output] = pixels.iter().map(|&at| image.data()[at]).fold(f64::NEG_INFINITY, f64::max);
    });
    result
}

/// The whole gradient goes to the first of the largest numbers, as in PyTorch.
pub(super) fn max_reverse(pooling: Pooling, image: &Array<f64>, gradient: &Array<f64>) -> Array<f64> {
    let mut result = Array::filled(image.shape().to_vec(), 0.0);
    each_window(pooling, image.shape(), gradient.shape(), |output, pixels| {
        let mut best = pixels[0];
        for &at in pixels {
            if image.data()[at] > image.data()[best] {
                best = at;
            }
        }
        result.data_mut()[best] += gradient.data()[output];
    });
    result
}

pub(super) fn average_forward(
    pooling: Pooling,
    count_padding: bool,
    image: &Array<f64>,
    shape: Vec<usize>,
) -> Array<f64> {
    let mut result = Array::filled(shape, 0.0);
    let result_shape = result.shape().to_vec();
    each_window(pooling, image.shape(), &result_shape, |output, pixels| {
        let sum: f64 = pixels.iter().map(|&at| image.data()[at]).sum();
        result.data_mut()[output] = sum / divisor(pooling, count_padding, pixels.len());
    });
    result
}

pub(super) fn average_reverse(
    pooling: Pooling,
    count_padding: bool,
    image: &Array<f64>,
    gradient: &Array<f64>,
) -> Array<f64> {
    let mut result = Array::filled(image.shape().to_vec(), 0.0);
    each_window(pooling, image.shape(), gradient.shape(), |output, pixels| {
        let share = gradient.data()[output] / divisor(pooling, count_padding, pixels.len());
        for &at in pixels {
            result.data_mut()[at] += share;
        }
    });
    result
}

#[expect(clippy::cast_precision_loss, reason = "a window holds far fewer than 2^52 pixels")]
fn divisor(pooling: Pooling, count_padding: bool, inside: usize) -> f64 {
    if count_padding { (pooling.kernel[0] * pooling.kernel[1]) as f64 } else { inside as f64 }
}

/// Calls `visit(place of the output, places of the pixels inside the image)` for each window.
fn each_window(pooling: Pooling, image: &[usize], output: &[usize], mut visit: impl FnMut(usize, &[usize])) {
    let (height, width) = (image[2], image[3]);
    let mut pixels = Vec::with_capacity(pooling.kernel[0] * pooling.kernel[1]);
    for plane in 0..image[0] * image[1] {
        for out_row in 0..output[2] {
            for out_column in 0..output[3] {
                pixels.clear();
                for row in 0..pooling.kernel[0] {
                    for column in 0..pooling.kernel[1] {
                        let at_row = (out_row * pooling.stride[0] + row).wrapping_sub(pooling.padding.top);
                        let at_column = (out_column * pooling.stride[1] + column).wrapping_sub(pooling.padding.left);
                        if at_row < height && at_column < width {
                            pixels.push((plane * height + at_row) * width + at_column);
                        }
                    }
                }
                // A window that lies wholly in the padding (possible with asymmetric padding) has no pixel.
                if !pixels.is_empty() {
                    visit((plane * output[2] + out_row) * output[3] + out_column, &pixels);
                }
            }
        }
    }
}
