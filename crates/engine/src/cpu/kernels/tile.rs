//! The register tile: some pixels by one or two vectors of channels, summed over taps and channels.

#![expect(clippy::needless_range_loop, reason = "iterators over vectors may not be inlined where the tier is on")]

use super::super::lanes::Lanes;

/// Sums of one tile: for each of `R` rows and `W` vectors, Σ over taps t and channels c of row\[t\]\[c\] · weight\[t\]\[c\].
///
/// The order of each sum is the same for any `R` and `W`, so how pixels fall into tiles changes no bit.
///
/// # Safety
/// `rows` must hold `taps · R` pointers (for each tap the R rows), each to `channels` readable numbers; `weights` must
/// hold `taps · channels · W` vectors.
#[inline(always)]
pub(super) unsafe fn sums<L: Lanes, const R: usize, const W: usize>(
    lanes: L,
    rows: *const *const f32,
    taps: usize,
    channels: usize,
    mut weights: *const f32,
) -> [[L::Vector; W]; R] {
    let mut sums = [[lanes.splat(0.0); W]; R];
    for tap in 0..taps {
        let mut row = [std::ptr::null(); R];
        for index in 0..R {
            // SAFETY: the caller vouches for R pointers a tap.
            row[index] = unsafe { *rows.add(tap * R + index) };
        }
        for channel in 0..channels {
            let mut weight = [lanes.splat(0.0); W];
            for vector in 0..W {
                // SAFETY: the caller vouches for W vectors a tap and channel; `weights` moves on with them.
                weight[vector] = unsafe { lanes.load(weights.add(vector * L::COUNT)) };
            }
            for index in 0..R {
                // SAFETY: the caller vouches for `channels` numbers in each row.
                let number = lanes.splat(unsafe { *row[index].add(channel) });
                for vector in 0..W {
                    sums[index][vector] = lanes.multiply_add(number, weight[vector], sums[index][vector]);
                }
            }
            // SAFETY: at most one past the end of the weights.
            weights = unsafe { weights.add(W * L::COUNT) };
        }
    }
    sums
}

/// Calls `$body` with the constant `R` equal to `$rows`, which is at most [`Lanes::ROWS`] (at most 8).
macro_rules! with_rows {
    ($rows:expr, $R:ident => $body:expr) => {
        match $rows {
            1 => {
                const $R: usize = 1;
                $body
            }
            2 => {
                const $R: usize = 2;
                $body
            }
            3 => {
                const $R: usize = 3;
                $body
            }
            4 => {
                const $R: usize = 4;
                $body
            }
            5 => {
                const $R: usize = 5;
                $body
            }
            6 => {
                const $R: usize = 6;
                $body
            }
            7 => {
                const $R: usize = 7;
                $body
            }
            _ => {
                const $R: usize = 8;
                $body
            }
        }
    };
}
pub(crate) use with_rows;
