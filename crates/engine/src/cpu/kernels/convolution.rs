//! Convolution as indirect matrix product: pointers to pixels instead of a copy of windows.

#![expect(clippy::needless_range_loop, reason = "iterators over vectors may not be inlined where the tier is on")]

use super::{
    Epilogue,
    amx::Permission,
    gather::{Gather, OUTSIDE},
    packed::{Packed, Panel},
    tile::{sums_in, with_rows},
};
use crate::cpu::lanes::{Job, Lanes};

/// Bytes of input that a block of pixels reads, at most: what a second-level cache keeps beside the weights.
const BLOCK_BYTES: usize = 96 * 1024;

/// One convolution over a batch of images in channels-last order, forward or in reverse.
pub(crate) struct Convolution<'a> {
    /// Which pixels are read, which are written.
    pub gather: &'a Gather,
    /// The weights, for the gather's taps.
    pub weights: &'a Packed,
    /// Images.
    pub images: usize,
    /// The input: `images` times `input_pixels` rows of `input_stride` numbers, or places in the weights' precision.
    pub input: *const f32,
    /// Pixels of an input image.
    pub input_pixels: usize,
    /// Numbers between input pixels.
    pub input_stride: usize,
    /// The number of a pixel that is read first.
    pub input_channel: usize,
    /// In [`Precision::Bf16x3`](crate::cpu::Precision): places between the two parts of a pixel.
    pub low: usize,
    /// The output: `images` times `output_pixels` rows of `output_stride` numbers.
    pub output: *mut f32,
    /// Pixels of an output image.
    pub output_pixels: usize,
    /// Numbers between output pixels.
    pub output_stride: usize,
    /// First channel that is written.
    pub output_channel: usize,
    /// What is done with the sums.
    pub epilogue: Epilogue,
    /// As many zeros as a tap reads.
    pub zeros: &'a [f32],
    /// Where AMX makes the sums: the weights are in bf16.
    pub amx: Option<Permission>,
    /// Room for the pointers of a block.
    pub pointers: &'a mut Vec<*const f32>,
    /// Room for the output places of a block.
    pub places: &'a mut Vec<usize>,
    /// Room for rows that AMX cannot read where they lie.
    pub room: &'a mut Vec<f32>,
}

impl Job for Convolution<'_> {
    const USES_BF16: bool = true;

    #[inline(always)]
    fn run<L: Lanes>(mut self, lanes: L) {
        if L::HAS_TILES
            && let Some(permission) = self.amx
        {
            return self.run_in_tiles(lanes, permission);
        }
        let taps = self.gather.taps;
        let rows = self.images * self.gather.outputs.len();
        let row_bytes = (self.weights.channels * taps * 4).max(1);
        let tile = if self.weights.outputs <= L::COUNT { L::ROWS_OF_ONE } else { L::ROWS };
        let block = (BLOCK_BYTES / row_bytes).clamp(4, 64) * tile;
        let mut start = 0;
        while start < rows {
            let end = (start + block).min(rows);
            self.point_to(start, end, tile, taps);
            for panel in self.weights.panels(L::COUNT) {
                for first in (0..end - start).step_by(tile) {
                    let count = tile.min(end - start - first);
                    // SAFETY: the block's pointers and places were made above, `count` rows a tile; the caller made
                    // the arrays as large as the fields say.
                    unsafe { self.tile(lanes, &panel, first, count, taps) };
                }
            }
            start = end;
        }
    }
}

impl Convolution<'_> {
    /// The pointers and output places of rows `start..end`, in tiles of `tile` rows: for each tap those of its rows.
    ///
    /// Where there are few channels this is as much work as the sums, so nothing is divided here but once a block.
    #[inline(always)]
    pub(super) fn point_to(&mut self, start: usize, end: usize, tile: usize, taps: usize) {
        let Gather { inputs, outputs, .. } = self.gather;
        self.pointers.clear();
        self.pointers.resize((end - start) * taps, self.zeros.as_ptr());
        self.places.clear();
        let (mut image, mut pixel) = (start / outputs.len(), start % outputs.len());
        let mut rest = &mut self.pointers[..];
        let mut first = start;
        while first < end {
            let count = tile.min(end - first);
            let (own, others) = rest.split_at_mut(count * taps);
            rest = others;
            for row in 0..count {
                let first_number = image * self.input_pixels * self.input_stride + self.input_channel;
                // SAFETY: the input has `images` images; `image` is one of them.
                let base = unsafe { self.input.add(first_number) };
                let sources = &inputs[pixel * taps..(pixel + 1) * taps];
                for (tap, &source) in sources.iter().enumerate() {
                    if source != OUTSIDE {
                        // SAFETY: a gather names pixels of the image it was made for.
                        own[tap * count + row] = unsafe { base.add(source as usize * self.input_stride) };
                    }
                }
                let place = image * self.output_pixels + outputs[pixel] as usize;
                self.places.push(place * self.output_stride + self.output_channel);
                pixel += 1;
                if pixel == outputs.len() {
                    (image, pixel) = (image + 1, 0);
                }
            }
            first += count;
        }
    }

    /// One panel of one tile.
    ///
    /// # Safety
    /// The block's pointers and places must be those of rows `first..first + count`.
    #[inline(always)]
    unsafe fn tile<L: Lanes>(&self, lanes: L, panel: &Panel<'_>, first: usize, count: usize, taps: usize) {
        let rows = self.pointers[first * taps..].as_ptr();
        let places = &self.places[first..first + count];
        let weights = panel.numbers.as_ptr();
        let (precision, sizes) = (self.weights.precision, [taps, self.weights.channels]);
        with_rows!(count, R => {
            if panel.vectors == 2 {
                // SAFETY: see the caller; the panel holds taps · channels · 2 vectors.
                let sums = unsafe { sums_in::<L, R, 2>(lanes, precision, rows, self.low, sizes, weights) };
                for row in 0..R {
                    for vector in 0..2 {
                        let channel = panel.first + vector * L::COUNT;
                        // SAFETY: the output has `output_stride` numbers a pixel, whole vectors of channels.
                        unsafe { self.epilogue.finish(lanes, sums[row][vector], channel, places[row] + channel, self.output) };
                    }
                }
            } else {
                // SAFETY: see the caller; the panel holds taps · channels vectors.
                let sums = unsafe { sums_in::<L, R, 1>(lanes, precision, rows, self.low, sizes, weights) };
                for row in 0..R {
                    // SAFETY: the output has `output_stride` numbers a pixel, whole vectors of channels.
                    unsafe { self.epilogue.finish(lanes, sums[row][0], panel.first, places[row] + panel.first, self.output) };
                }
            }
        });
    }
}
