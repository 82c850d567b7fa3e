//! The gathered convolution by products of tiles.

use super::{Permission, Product, ROWS, apart};
use crate::cpu::{Precision, aligned::from_a_line, kernels::convolution::Convolution, lanes::Lanes};

/// Bytes that the rows of a block may have: half of the second-level cache of the processors that have AMX.
const BLOCK_BYTES: usize = 1024 * 1024;

/// The sums of a tile before the epilogue: rows of two vectors.
#[repr(align(64))]
struct Sums([f32; 2 * 16 * ROWS]);

/// The rows of a tile: where the first one is, and the places between two.
#[derive(Clone, Copy)]
struct Rows {
    first: *const f32,
    stride: isize,
}

impl Convolution<'_> {
    /// The whole convolution. A row of the product is all that one output pixel reads, tap by tap: pixels that lie evenly and
    /// are read through one tap are rows as they are, others are copied, once for all outputs.
    #[inline(always)]
    pub(in crate::cpu::kernels) fn run_in_tiles<L: Lanes>(&mut self, lanes: L, permission: Permission) {
        let (taps, pairs) = (self.gather.taps, self.weights.channels.div_ceil(2));
        let depth = taps * pairs;
        // A row that is used as it is has its second parts where the input has them.
        let low = if taps == 1 { self.low } else { apart(depth) };
        let precision = self.weights.precision;
        let places = apart(if precision == Precision::Bf16x3 { low + depth } else { depth });
        let product = Product::new(permission, precision, depth, low);
        let total = self.images * self.gather.outputs.len();
        let block = (BLOCK_BYTES / (places * ROWS * 4)).clamp(2, 16) * ROWS;
        let room = from_a_line(self.room, block * places).as_mut_ptr();
        let mut tiles = Vec::with_capacity(block / ROWS);
        let mut sums = Sums([0.0; 2 * 16 * ROWS]);
        for start in (0..total).step_by(block) {
            let end = (start + block).min(total);
            self.point_to(start, end, ROWS, taps);
            tiles.clear();
            for first in (0..end - start).step_by(ROWS) {
                let count = ROWS.min(end - start - first);
                tiles.push(match self.evenly(first, count, taps) {
                    Some(rows) => rows,
                    // SAFETY: the block's pointers were made above, and the room has a row for each row of the block.
                    None => unsafe { self.copied(lanes, room.add(first * places), first, count, [pairs, low, places]) },
                });
            }
            for panel in self.weights.panels(L::COUNT) {
                let width = panel.vectors * L::COUNT;
                for (tile, rows) in tiles.iter().enumerate() {
                    let sums = sums.0.as_mut_ptr();
                    // SAFETY: the tile's rows were found or made above, of as many pairs as the panel; the sums have room.
                    unsafe { product.tile(rows.first, rows.stride, &panel, sums, width) };
                    let places = &self.places[tile * ROWS..];
                    for (row, &place) in places.iter().enumerate().take(ROWS) {
                        for channel in (0..width).step_by(L::COUNT) {
                            // SAFETY: the sums were written above; the output has `output_stride` numbers a pixel, whole
                            // vectors of channels.
                            unsafe {
                                let sum = lanes.load(sums.add(row * width + channel));
                                let channel = panel.first + channel;
                                self.epilogue.finish(lanes, sum, channel, place + channel, self.output);
                            }
                        }
                    }
                }
            }
        }
    }

    /// The rows of a full tile that are read through one tap and lie evenly.
    #[inline(always)]
    fn evenly(&self, first: usize, count: usize, taps: usize) -> Option<Rows> {
        if taps != 1 || count != ROWS {
            return None;
        }
        let rows = &self.pointers[first..first + ROWS];
        let start = rows[0].addr();
        let bytes = rows[1].addr().wrapping_sub(start);
        let lies_evenly = |(row, pointer): (usize, &*const f32)| pointer.addr() == start.wrapping_add(row * bytes);
        rows.iter().enumerate().all(lies_evenly).then(|| Rows { first: rows[0], stride: bytes.cast_signed() / 4 })
    }

    /// The rows of a tile copied to `start`, `places` apart: for each tap its pairs and, `low` places behind them, their second
    /// parts. Rows from `count` on are what was there.
    ///
    /// # Safety
    /// The block's pointers must be those of rows `first..first + count`, and there must be room for [`ROWS`] rows.
    #[inline(always)]
    unsafe fn copied<L: Lanes>(
        &self,
        lanes: L,
        start: *mut f32,
        first: usize,
        count: usize,
        [pairs, low, places]: [usize; 3],
    ) -> Rows {
        let taps = self.gather.taps;
        for tap in 0..taps {
            for row in 0..count {
                let from = self.pointers[first * taps + tap * count + row];
                // SAFETY: the pointer leads to the pairs of a pixel (or as many zeros), with their second parts `self.low`
                // behind where there are any; a row has taps times so many places, twice in the latter case.
                unsafe {
                    let to = start.add(row * places + tap * pairs);
                    copy(lanes, from, to, pairs);
                    if self.weights.precision == Precision::Bf16x3 {
                        copy(lanes, from.add(self.low), to.add(low), pairs);
                    }
                }
            }
        }
        Rows { first: start, stride: places.cast_signed() }
    }
}

/// Copies some places: whole vectors, then one by one, since a call of the general copy takes longer than the few that
/// an image of three colours has.
///
/// # Safety
/// So many places must be readable and writable.
#[inline(always)]
unsafe fn copy<L: Lanes>(lanes: L, from: *const f32, to: *mut f32, count: usize) {
    let whole = count / L::COUNT * L::COUNT;
    for place in (0..whole).step_by(L::COUNT) {
        // SAFETY: the caller vouches for the places.
        unsafe { lanes.store(to.add(place), lanes.load(from.add(place))) };
    }
    for place in whole..count {
        // SAFETY: the caller vouches for the places.
        unsafe { *to.add(place) = *from.add(place) };
    }
}
