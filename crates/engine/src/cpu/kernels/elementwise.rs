//! Kernels that look at each number alone.

use transferscope_network::operator::Activation;

use super::Epilogue;
use crate::cpu::lanes::{Job, Lanes};

/// output = input · scale (where given, one number a channel), then the epilogue. With none of them, a copy.
pub(crate) struct Scale<'a> {
    /// The input; may be the output.
    pub input: *const f32,
    /// The output.
    pub output: *mut f32,
    /// Pixels of all images.
    pub pixels: usize,
    /// Numbers between pixels: whole vectors.
    pub stride: usize,
    /// One number a channel.
    pub scale: Option<&'a [f32]>,
    /// Bias, sum, clamp, gate.
    pub epilogue: Epilogue,
}

impl Job for Scale<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        for pixel in 0..self.pixels {
            for channel in (0..self.stride).step_by(L::COUNT) {
                let place = pixel * self.stride + channel;
                // SAFETY: the caller made the arrays `pixels · stride` numbers long, and the scale `stride`.
                unsafe {
                    let mut value = lanes.load(self.input.add(place));
                    if let Some(scale) = self.scale {
                        value = lanes.multiply(value, lanes.load(scale.as_ptr().add(channel)));
                    }
                    self.epilogue.finish(lanes, value, channel, place, self.output);
                }
            }
        }
    }
}

/// first · first_scale + second · second_scale, one number a channel each, then the epilogue.
pub(crate) struct Blend<'a> {
    /// The first input.
    pub first: *const f32,
    /// One number a channel.
    pub first_scale: &'a [f32],
    /// The second input.
    pub second: *const f32,
    /// One number a channel.
    pub second_scale: &'a [f32],
    /// The output; may be one of the inputs.
    pub output: *mut f32,
    /// Pixels of all images.
    pub pixels: usize,
    /// Numbers between pixels: whole vectors.
    pub stride: usize,
    /// Bias, sum, clamp, gate.
    pub epilogue: Epilogue,
}

impl Job for Blend<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        for pixel in 0..self.pixels {
            for channel in (0..self.stride).step_by(L::COUNT) {
                let place = pixel * self.stride + channel;
                // SAFETY: the caller made the arrays `pixels · stride` numbers long, and the scales `stride`.
                unsafe {
                    let first_scale = lanes.load(self.first_scale.as_ptr().add(channel));
                    let second_scale = lanes.load(self.second_scale.as_ptr().add(channel));
                    let value = lanes.multiply(lanes.load(self.second.add(place)), second_scale);
                    let value = lanes.multiply_add(lanes.load(self.first.add(place)), first_scale, value);
                    self.epilogue.finish(lanes, value, channel, place, self.output);
                }
            }
        }
    }
}

/// A function of each number that is no clamp, computed in f64.
#[expect(clippy::cast_possible_truncation, reason = "rounded to f32 once")]
pub(crate) fn activate(activation: Activation, input: &[f32], output: &mut [f32]) {
    for (target, &number) in output.iter_mut().zip(input) {
        *target = activation.value(f64::from(number)) as f32;
    }
}

/// gradient · f′(saved), in place.
#[expect(clippy::cast_possible_truncation, reason = "rounded to f32 once")]
pub(crate) fn activate_reverse(activation: Activation, saved: &[f32], gradient: &mut [f32]) {
    for (target, &number) in gradient.iter_mut().zip(saved) {
        *target = (f64::from(*target) * activation.derivative(f64::from(number))) as f32;
    }
}
