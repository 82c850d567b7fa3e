//! Slices, pads and joins: pixels and channels put elsewhere.

use super::gather::OUTSIDE;

/// For each output pixel an input pixel (or none), and a run of channels.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Move {
    /// The input pixel of each output pixel, or [`OUTSIDE`].
    pub pixels: Vec<u32>,
    /// Pixels of an input image.
    pub input_pixels: usize,
    /// First channel that is read.
    pub from: usize,
    /// First channel that is written.
    pub to: usize,
    /// How many channels.
    pub channels: usize,
}

impl Move {
    /// Copies; what no pixel is moved to stays as it is.
    pub(crate) fn forward(&self, input: &[f32], input_stride: usize, output: &mut [f32], output_stride: usize) {
        for (index, target) in output.chunks_exact_mut(output_stride).enumerate() {
            let (image, pixel) = (index / self.pixels.len(), index % self.pixels.len());
            if self.pixels[pixel] != OUTSIDE {
                let place = (image * self.input_pixels + self.pixels[pixel] as usize) * input_stride + self.from;
                target[self.to..self.to + self.channels].copy_from_slice(&input[place..place + self.channels]);
            }
        }
    }

    /// Adds the gradient of what was written to the gradient of what was read.
    pub(crate) fn reverse(
        &self,
        gradient: &[f32],
        output_stride: usize,
        input_gradient: &mut [f32],
        input_stride: usize,
    ) {
        for (index, numbers) in gradient.chunks_exact(output_stride).enumerate() {
            let (image, pixel) = (index / self.pixels.len(), index % self.pixels.len());
            if self.pixels[pixel] != OUTSIDE {
                let place = (image * self.input_pixels + self.pixels[pixel] as usize) * input_stride + self.from;
                let target = &mut input_gradient[place..place + self.channels];
                target.iter_mut().zip(&numbers[self.to..]).for_each(|(sum, number)| *sum += number);
            }
        }
    }
}
