//! The largest number of each window, with the tap that holds it.

use super::gather::{Gather, OUTSIDE};
use crate::cpu::lanes::{Job, Lanes};

/// Writes the maximum of each window and which tap it was (the first of equals).
pub(crate) struct Forward<'a> {
    /// The windows.
    pub gather: &'a Gather,
    /// `images · input_pixels · stride` numbers.
    pub input: &'a [f32],
    /// Pixels of an input image.
    pub input_pixels: usize,
    /// `images · output pixels · stride` numbers.
    pub output: &'a mut [f32],
    /// As many taps.
    pub chosen: &'a mut [u8],
    /// Numbers between pixels.
    pub stride: usize,
}

impl Job for Forward<'_> {
    /// Plain loops: the compiler makes vectors of them once the tier's instructions are on.
    #[inline(always)]
    fn run<L: Lanes>(self, _: L) {
        let Self { gather, input, input_pixels, output, chosen, stride } = self;
        let an_image = gather.outputs.len();
        for (index, (best, tap_of)) in output.chunks_exact_mut(stride).zip(chosen.chunks_exact_mut(stride)).enumerate()
        {
            let (image, pixel) = (index / an_image, index % an_image);
            best.fill(f32::NEG_INFINITY);
            tap_of.fill(0);
            for (tap, &source) in (0_u8..).zip(&gather.inputs[pixel * gather.taps..(pixel + 1) * gather.taps]) {
                if source == OUTSIDE {
                    continue;
                }
                let from = (image * input_pixels + source as usize) * stride;
                let numbers = &input[from..from + stride];
                for ((best, tap_of), &number) in best.iter_mut().zip(tap_of.iter_mut()).zip(numbers) {
                    // A window of minus infinities alone has its first tap; NaN is kept.
                    let larger = number > *best || number.is_nan();
                    *best = if larger { number } else { *best };
                    *tap_of = if larger { tap } else { *tap_of };
                }
            }
        }
    }
}

/// Adds each output's gradient to the input that was largest.
pub(crate) fn reverse(
    gather: &Gather,
    gradient: &[f32],
    chosen: &[u8],
    input_gradient: &mut [f32],
    input_pixels: usize,
    stride: usize,
) {
    let an_image = gather.outputs.len();
    for (index, (numbers, tap_of)) in gradient.chunks_exact(stride).zip(chosen.chunks_exact(stride)).enumerate() {
        let (image, pixel) = (index / an_image, index % an_image);
        let sources = &gather.inputs[pixel * gather.taps..(pixel + 1) * gather.taps];
        for (channel, (&number, &tap)) in numbers.iter().zip(tap_of).enumerate() {
            let source = sources[usize::from(tap)];
            if source != OUTSIDE {
                input_gradient[(image * input_pixels + source as usize) * stride + channel] += number;
            }
        }
    }
}
