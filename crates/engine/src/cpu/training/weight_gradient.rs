//! The gradient of a convolution's weight: Σ over pixels of output gradient times input.
#![expect(clippy::needless_range_loop, reason = "iterators over vectors may not be inlined where the tier is on")]

use std::ops::Range;

use crate::cpu::{
    kernels::{
        gather::{Gather, OUTSIDE},
        tile::with_rows,
    },
    lanes::{Job, Lanes},
};

/// Pixels that are copied together, so that all taps and channels pass over them in the first cache.
const BLOCK: usize = 128;

/// For outputs `first..first + count` and some taps:
/// gradient\[output\]\[tap\]\[channel\] += Σ_pixel dy\[pixel\]\[output\] · x\[source\]\[channel\].
///
/// Each number is a sum over the pixels in their order, whatever the outputs and taps of a call.
pub(super) struct WeightGradient<'a> {
    /// The window.
    pub gather: &'a Gather,
    /// Images.
    pub images: usize,
    /// The input.
    pub input: &'a [f32],
    /// Pixels of an input image.
    pub input_pixels: usize,
    /// Numbers between input pixels: whole vectors.
    pub input_stride: usize,
    /// The gradient of the output.
    pub output: &'a [f32],
    /// Numbers between output pixels.
    pub output_stride: usize,
    /// First output channel.
    pub first: usize,
    /// Which taps.
    pub taps: Range<usize>,
    /// `count` times taps times `input_stride` numbers, added to.
    pub gradient: &'a mut [f32],
}

impl Job for WeightGradient<'_> {
    /// Strides are powers of two, mostly, and would make the pixels of a block fight for a few cache sets: so a block
    /// is copied first, gradients as \[tile\]\[pixel\]\[row\], inputs of a tap as \[vectors\]\[pixel\]\[lane\].
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let an_output = self.taps.len() * self.input_stride;
        let count = self.gradient.len() / an_output.max(1);
        let tile_rows = if self.input_stride <= L::COUNT { L::ROWS_OF_ONE } else { L::ROWS };
        let pixels = self.images * self.gather.outputs.len();
        let mut gradients = vec![0.0_f32; BLOCK * count.next_multiple_of(tile_rows)];
        let mut numbers = vec![0.0_f32; BLOCK * self.input_stride];
        for start in (0..pixels).step_by(BLOCK) {
            let block = start..(start + BLOCK).min(pixels);
            let length = block.len();
            self.copy_gradients(block.clone(), count, tile_rows, &mut gradients);
            for (place, tap) in self.taps.clone().enumerate() {
                self.copy_inputs(lanes, block.clone(), tap, &mut numbers);
                let mut channel = 0;
                while channel < self.input_stride {
                    let two = channel + 2 * L::COUNT <= self.input_stride;
                    for first in (0..count).step_by(tile_rows) {
                        let rows = tile_rows.min(count - first);
                        let dy = gradients[first * BLOCK..].as_ptr();
                        let x = numbers[channel * BLOCK..].as_ptr();
                        let to = first * an_output + place * self.input_stride + channel;
                        let sums = self.gradient[to..].as_mut_ptr();
                        with_rows!(rows, R => {
                            // SAFETY: the copies hold `length` pixels of R rows and of one or two vectors; the gradient
                            // holds R outputs from `first` with as many channels from `channel`.
                            unsafe {
                                if two {
                                    tile::<L, R, 2>(lanes, length, dy, x, sums, an_output);
                                } else {
                                    tile::<L, R, 1>(lanes, length, dy, x, sums, an_output);
                                }
                            }
                        });
                    }
                    channel += if two { 2 * L::COUNT } else { L::COUNT };
                }
            }
        }
    }
}

impl WeightGradient<'_> {
    #[inline(always)]
    #[expect(clippy::manual_memcpy, reason = "for a few numbers a loop is faster than a call of the general copy")]
    fn copy_gradients(&self, block: Range<usize>, count: usize, tile_rows: usize, to: &mut [f32]) {
        for (pixel, row) in block.enumerate() {
            let from = &self.output[row * self.output_stride + self.first..][..count];
            for first in (0..count).step_by(tile_rows) {
                let rows = tile_rows.min(count - first);
                let target = &mut to[first * BLOCK + pixel * rows..][..rows];
                for row in 0..rows {
                    target[row] = from[first + row];
                }
            }
        }
    }

    /// Pixels in the padding are zeros.
    #[inline(always)]
    fn copy_inputs<L: Lanes>(&self, lanes: L, block: Range<usize>, tap: usize, to: &mut [f32]) {
        let an_image = self.gather.outputs.len();
        // Divided once a block: for few channels a division a pixel would take longer than the sums.
        let (mut image, mut place) = (block.start / an_image, block.start % an_image);
        for pixel in 0..block.len() {
            let source = self.gather.inputs[place * self.gather.taps + tap];
            for channel in (0..self.input_stride).step_by(L::COUNT) {
                // Vectors go in pairs; the last one is alone where their number is odd.
                let pair = channel / (2 * L::COUNT) * 2 * L::COUNT;
                let width = (2 * L::COUNT).min(self.input_stride - pair);
                let target = &mut to[pair * BLOCK + pixel * width + channel - pair..][..L::COUNT];
                let vector = if source == OUTSIDE {
                    lanes.splat(0.0)
                } else {
                    let from = (image * self.input_pixels + source as usize) * self.input_stride + channel;
                    let numbers = &self.input[from..][..L::COUNT];
                    // SAFETY: the slice has as many numbers as a vector.
                    unsafe { lanes.load(numbers.as_ptr()) }
                };
                // SAFETY: the slice has as many numbers as a vector.
                unsafe { lanes.store(target.as_mut_ptr(), vector) };
            }
            place += 1;
            if place == an_image {
                (image, place) = (image + 1, 0);
            }
        }
    }
}

/// R outputs by W vectors of channels, for the pixels of a block.
///
/// # Safety
/// `dy` must hold R numbers and `x` W vectors for each pixel, `gradient` R rows of W vectors, `an_output` apart.
#[inline(always)]
unsafe fn tile<L: Lanes, const R: usize, const W: usize>(
    lanes: L,
    pixels: usize,
    mut dy: *const f32,
    mut x: *const f32,
    gradient: *mut f32,
    an_output: usize,
) {
    let mut sums = [[lanes.splat(0.0); W]; R];
    for _ in 0..pixels {
        let mut numbers = [lanes.splat(0.0); W];
        for vector in 0..W {
            // SAFETY: see the caller.
            numbers[vector] = unsafe { lanes.load(x.add(vector * L::COUNT)) };
        }
        for row in 0..R {
            // SAFETY: see the caller.
            let factor = lanes.splat(unsafe { *dy.add(row) });
            for vector in 0..W {
                sums[row][vector] = lanes.multiply_add(factor, numbers[vector], sums[row][vector]);
            }
        }
        // SAFETY: at most one past the last pixel.
        (dy, x) = unsafe { (dy.add(R), x.add(W * L::COUNT)) };
    }
    for row in 0..R {
        for vector in 0..W {
            // SAFETY: see the caller.
            unsafe {
                let place = gradient.add(row * an_output + vector * L::COUNT);
                lanes.store(place, lanes.add(lanes.load(place), sums[row][vector]));
            }
        }
    }
}

/// For a convolution with one channel a group: gradient\[tap\]\[channel\] += Σ_pixel dy\[pixel\]\[channel\] · x\[source\]\[channel\].
pub(super) struct SingleGradient<'a> {
    /// The window.
    pub gather: &'a Gather,
    /// The input.
    pub input: &'a [f32],
    /// Pixels of an input image.
    pub input_pixels: usize,
    /// The gradient of the output.
    pub output: &'a [f32],
    /// Numbers between pixels, of both.
    pub stride: usize,
    /// Taps times `stride` numbers, added to.
    pub gradient: &'a mut [f32],
}

impl Job for SingleGradient<'_> {
    /// Plain loops: the compiler makes vectors of them once the tier's instructions are on.
    #[inline(always)]
    fn run<L: Lanes>(self, _: L) {
        let an_image = self.gather.outputs.len();
        for (row, gradients) in self.output.chunks_exact(self.stride).enumerate() {
            let (image, pixel) = (row / an_image, row % an_image);
            let sources = &self.gather.inputs[pixel * self.gather.taps..(pixel + 1) * self.gather.taps];
            for (&source, sums) in sources.iter().zip(self.gradient.chunks_exact_mut(self.stride)) {
                if source != OUTSIDE {
                    let from = (image * self.input_pixels + source as usize) * self.stride;
                    let numbers = gradients.iter().zip(&self.input[from..from + self.stride]);
                    sums.iter_mut().zip(numbers).for_each(|(sum, (gradient, number))| *sum += gradient * number);
                }
            }
        }
    }
}
