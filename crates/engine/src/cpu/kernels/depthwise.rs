//! Convolution with as many groups as channels: each channel with its own window.

use super::{
    Epilogue,
    gather::{Gather, OUTSIDE},
};
use crate::cpu::lanes::{Job, Lanes};

/// One depthwise convolution over a batch of images in channels-last order, forward or in reverse.
pub(crate) struct Depthwise<'a> {
    /// Which pixels are read, which are written.
    pub gather: &'a Gather,
    /// For each of the window's taps (not only the chosen ones), one number a channel, `stride` of them.
    pub weights: &'a [f32],
    /// Images.
    pub images: usize,
    /// The input.
    pub input: *const f32,
    /// Pixels of an input image.
    pub input_pixels: usize,
    /// The output.
    pub output: *mut f32,
    /// Pixels of an output image.
    pub output_pixels: usize,
    /// Numbers between pixels, of both images.
    pub stride: usize,
    /// What is done with the sums.
    pub epilogue: Epilogue,
}

impl Job for Depthwise<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let Gather { taps, chosen, inputs, outputs } = self.gather;
        for image in 0..self.images {
            for (index, &output) in outputs.iter().enumerate() {
                let sources = &inputs[index * taps..(index + 1) * taps];
                let place = (image * self.output_pixels + output as usize) * self.stride;
                for channel in (0..self.stride).step_by(L::COUNT) {
                    let mut sum = lanes.splat(0.0);
                    for (&source, &tap) in sources.iter().zip(chosen) {
                        if source == OUTSIDE {
                            continue;
                        }
                        let from = (image * self.input_pixels + source as usize) * self.stride + channel;
                        // SAFETY: the gather names pixels of the images; weights hold `stride` numbers a tap.
                        unsafe {
                            let weight = lanes.load(self.weights.as_ptr().add(tap * self.stride + channel));
                            sum = lanes.multiply_add(lanes.load(self.input.add(from)), weight, sum);
                        }
                    }
                    // SAFETY: the gather names pixels of the output, which has `stride` numbers a pixel.
                    unsafe { self.epilogue.finish(lanes, sum, channel, place + channel, self.output) };
                }
            }
        }
    }
}
