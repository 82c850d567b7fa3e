//! The register tile: some pixels by one or two vectors of channels, summed over taps and channels.

#![expect(clippy::needless_range_loop, reason = "iterators over vectors may not be inlined where the tier is on")]

use crate::cpu::{Precision, lanes::Lanes};

/// Sums of one tile: for each of `R` rows and `W` vectors, Σ over taps t and channels c of row\[t\]\[c\] · weight\[t\]\[c\].
///
/// The order of each sum is the same for any `R` and `W`, so how pixels fall into tiles changes no bit.
///
/// # Safety
/// `rows` must hold `taps · R` pointers (for each tap the R rows), each to `channels` readable numbers; `weights` must
/// hold `taps · channels · W` vectors.
#[inline(always)]
unsafe fn sums<L: Lanes, const R: usize, const W: usize>(
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

/// As [`sums`], of pairs in bf16: Σ over taps and pairs of channels of a₀ · b₀ + a₁ · b₁. With `SPLIT`, each number has a
/// second part and the products hi · lo, lo · hi and hi · hi are added, the small ones first.
///
/// # Safety
/// As [`sums`], with `pairs` places for `channels` numbers; `low` places behind each row its second parts, and
/// behind the `W` vectors of each pair's weights those of their second parts, both only with `SPLIT`.
#[inline(always)]
pub(super) unsafe fn sums_of_pairs<L: Lanes, const R: usize, const W: usize, const SPLIT: bool>(
    lanes: L,
    rows: *const *const f32,
    low: usize,
    taps: usize,
    pairs: usize,
    mut weights: *const f32,
) -> [[L::Vector; W]; R] {
    let mut sums = [[lanes.splat(0.0); W]; R];
    for tap in 0..taps {
        let mut row = [std::ptr::null(); R];
        for index in 0..R {
            // SAFETY: the caller vouches for R pointers a tap.
            row[index] = unsafe { *rows.add(tap * R + index) };
        }
        for pair in 0..pairs {
            let mut weight = [[lanes.splat(0.0); W]; 2];
            for part in 0..if SPLIT { 2 } else { 1 } {
                for vector in 0..W {
                    // SAFETY: the caller vouches for W vectors a part; `weights` moves on with them.
                    weight[part][vector] = unsafe { lanes.load(weights.add((part * W + vector) * L::COUNT)) };
                }
            }
            for index in 0..R {
                // SAFETY: the caller vouches for `pairs` places in each row.
                let high = lanes.splat(unsafe { *row[index].add(pair) });
                for vector in 0..W {
                    let sum = &mut sums[index][vector];
                    if SPLIT {
                        // SAFETY: the caller vouches for the second parts, `low` places behind.
                        let low = lanes.splat(unsafe { *row[index].add(low + pair) });
                        *sum = lanes.add_products_of_pairs(low, weight[0][vector], *sum);
                        *sum = lanes.add_products_of_pairs(high, weight[1][vector], *sum);
                    }
                    *sum = lanes.add_products_of_pairs(high, weight[0][vector], *sum);
                }
            }
            // SAFETY: at most one past the end of the weights.
            weights = unsafe { weights.add(if SPLIT { 2 } else { 1 } * W * L::COUNT) };
        }
    }
    sums
}

/// The sums of a tile in the precision of its weights: [`sums`] or [`sums_of_pairs`].
///
/// # Safety
/// As theirs; `low` is the distance between the parts of a row.
#[inline(always)]
pub(super) unsafe fn sums_in<L: Lanes, const R: usize, const W: usize>(
    lanes: L,
    precision: Precision,
    rows: *const *const f32,
    low: usize,
    [taps, channels]: [usize; 2],
    weights: *const f32,
) -> [[L::Vector; W]; R] {
    let pairs = channels.div_ceil(2);
    // SAFETY: the caller's promises.
    unsafe {
        match precision {
            Precision::F32 => sums::<L, R, W>(lanes, rows, taps, channels, weights),
            Precision::Bf16x3 => sums_of_pairs::<L, R, W, true>(lanes, rows, low, taps, pairs, weights),
            Precision::Bf16 => sums_of_pairs::<L, R, W, false>(lanes, rows, low, taps, pairs, weights),
        }
    }
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
