//! Convolution in f64: the definition as loops, and its three gradients.

use crate::{array::Array, operator::Padding};

/// The numbers that make a convolution.
#[derive(Clone, Copy)]
pub(super) struct Geometry {
    pub stride: [usize; 2],
    pub padding: Padding,
    pub dilation: [usize; 2],
    pub groups: usize,
}

/// One weight's part in one output row: which image row it reads, and which output columns it reaches.
struct Tap {
    image_row: usize,
    first_output: usize,
    last_output: usize,
    /// Image column of `first_output`; the next output's column is `stride` further.
    first_column: usize,
}

impl Geometry {
    pub(super) fn forward(&self, inputs: &[&Array<f64>], shape: Vec<usize>) -> Array<f64> {
        let (image, weight) = (inputs[0], inputs[1]);
        let mut output = Array::filled(shape, 0.0);
        if let Some(bias) = inputs.get(2) {
            let plane = output.shape()[2] * output.shape()[3];
            for (index, numbers) in output.data_mut().chunks_mut(plane.max(1)).enumerate() {
                numbers.fill(bias.data()[index % bias.len()]);
            }
        }
        let output_shape = output.shape().to_vec();
        let step = self.stride[1];
        self.each_tap(image.shape(), weight.shape(), &output_shape, |weight_at, image_row, output_row, tap| {
            let factor = weight.data()[weight_at];
            for output_column in tap.first_output..tap.last_output {
                let column = tap.first_column + (output_column - tap.first_output) * step;
                output.data_mut()[output_row + output_column] += factor * image.data()[image_row + column];
            }
        });
        output
    }

    pub(super) fn reverse(&self, inputs: &[&Array<f64>], gradient: &Array<f64>) -> Vec<Array<f64>> {
        let (image, weight) = (inputs[0], inputs[1]);
        let mut image_gradient = Array::filled(image.shape().to_vec(), 0.0);
        let mut weight_gradient = Array::filled(weight.shape().to_vec(), 0.0);
        let step = self.stride[1];
        self.each_tap(image.shape(), weight.shape(), gradient.shape(), |weight_at, image_row, output_row, tap| {
            let factor = weight.data()[weight_at];
            let mut sum = 0.0;
            for output_column in tap.first_output..tap.last_output {
                let column = image_row + tap.first_column + (output_column - tap.first_output) * step;
                let cotangent = gradient.data()[output_row + output_column];
                image_gradient.data_mut()[column] += factor * cotangent;
                sum += image.data()[column] * cotangent;
            }
            weight_gradient.data_mut()[weight_at] += sum;
        });
        let mut gradients = vec![image_gradient, weight_gradient];
        if let Some(bias) = inputs.get(2) {
            let mut bias_gradient = Array::filled(bias.shape().to_vec(), 0.0);
            let plane = gradient.shape()[2] * gradient.shape()[3];
            for (index, numbers) in gradient.data().chunks(plane.max(1)).enumerate() {
                let channel = index % bias.len();
                bias_gradient.data_mut()[channel] += numbers.iter().sum::<f64>();
            }
            gradients.push(bias_gradient);
        }
        gradients
    }

    /// Calls `visit(place of the weight, start of the image row, start of the output row, tap)` for every pair of
    /// weight and output row that meet inside the image.
    fn each_tap(
        &self,
        image: &[usize],
        weight: &[usize],
        output: &[usize],
        mut visit: impl FnMut(usize, usize, usize, &Tap),
    ) {
        let (&[batch, channels, height, width], &[outputs, group_channels, rows, columns]) = (image, weight) else {
            return;
        };
        let group_outputs = outputs / self.groups;
        for sample in 0..batch {
            for out_channel in 0..outputs {
                for group_channel in 0..group_channels {
                    let channel = out_channel / group_outputs * group_channels + group_channel;
                    for row in 0..rows {
                        for column in 0..columns {
                            let weight_at =
                                ((out_channel * group_channels + group_channel) * rows + row) * columns + column;
                            for output_row in 0..output[2] {
                                let Some(tap) = self.tap([row, column], output_row, [height, width], output[3]) else {
                                    continue;
                                };
                                let image_row = ((sample * channels + channel) * height + tap.image_row) * width;
                                let output_at = ((sample * outputs + out_channel) * output[2] + output_row) * output[3];
                                visit(weight_at, image_row, output_at, &tap);
                            }
                        }
                    }
                }
            }
        }
    }

    fn tap(&self, weight: [usize; 2], output_row: usize, image: [usize; 2], output_width: usize) -> Option<Tap> {
        let image_row = (output_row * self.stride[0] + weight[0] * self.dilation[0]).checked_sub(self.padding.top)?;
        if image_row >= image[0] {
            return None;
        }
        let offset = weight[1] * self.dilation[1];
        let step = self.stride[1];
        let first_output = self.padding.left.saturating_sub(offset).div_ceil(step);
        let first_column = (first_output * step + offset).checked_sub(self.padding.left)?;
        if first_column >= image[1] {
            return None;
        }
        let last_output = (first_output + (image[1] - first_column).div_ceil(step)).min(output_width);
        (first_output < last_output).then_some(Tap { image_row, first_output, last_output, first_column })
    }
}
