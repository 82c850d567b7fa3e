//! Numbers in bf16, and activations taken to it: runs of pairs, two numbers in the 32 bits of one place.

use crate::cpu::{
    Precision,
    lanes::{Job, Lanes},
};

/// The upper half of the number nearest to an f32 whose lower half is 0, ties to even; NaN stays NaN.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the upper half of 32 bits has 16")]
pub(crate) fn round(number: f32) -> u16 {
    let bits = number.to_bits();
    let rounded = bits.wrapping_add(0x7FFF + (bits >> 16 & 1)) >> 16;
    let quiet = bits >> 16 | 0x40;
    (if number.is_nan() { quiet } else { rounded }) as u16
}

/// The number that these 16 bits stand for.
#[inline(always)]
pub(crate) fn widen(half: u16) -> f32 {
    f32::from_bits(u32::from(half) << 16)
}

/// The parts hi = bf16(x) and lo = bf16(x − hi).
#[inline(always)]
pub(crate) fn split(number: f32) -> [u16; 2] {
    let high = round(number);
    [high, round(number - widen(high))]
}

/// Activations to pairs: each run of `run` numbers becomes its halves in order, and behind them, for
/// [`Precision::Bf16x3`], the second parts in the same order.
pub(crate) struct ToPairs<'a> {
    /// The numbers: whole runs.
    pub numbers: &'a [f32],
    /// Numbers of a run: whole vectors.
    pub run: usize,
    /// Into what.
    pub precision: Precision,
    /// Where they go: as many places as the numbers take.
    pub pairs: &'a mut [f32],
}

impl Job for ToPairs<'_> {
    const USES_BF16: bool = true;

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        assert_eq!(self.pairs.len(), self.precision.places(self.numbers.len()), "the pairs have other places");
        let places = self.precision.places(self.run);
        for (index, run) in self.numbers.chunks_exact(self.run).enumerate() {
            for first in (0..self.run).step_by(L::COUNT) {
                // SAFETY: a run holds whole vectors, and the pairs have `places` places for each run.
                unsafe {
                    let to = self.pairs.as_mut_ptr().add(index * places).cast::<u16>();
                    store_parts(lanes, lanes.load(run.as_ptr().add(first)), self.precision, to.add(first), self.run);
                }
            }
        }
    }
}

/// Writes a vector as halves, and for [`Precision::Bf16x3`] its second parts `apart` halves behind them.
///
/// # Safety
/// So many halves must be writable at both places.
#[inline(always)]
pub(crate) unsafe fn store_parts<L: Lanes>(
    lanes: L,
    vector: L::Vector,
    precision: Precision,
    to: *mut u16,
    apart: usize,
) {
    // SAFETY: the caller vouches for both places.
    unsafe {
        let high = lanes.store_bf16(to, vector);
        if precision == Precision::Bf16x3 {
            lanes.store_bf16(to.add(apart), lanes.subtract(vector, high));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::{Tier, lanes::dispatch};

    #[test]
    fn rounding_is_to_the_nearest_and_ties_go_to_even() {
        assert_eq!(widen(round(1.0)), 1.0);
        // Neighbours of 1 in bf16 are 2^-7 apart.
        assert_eq!(widen(round(1.0 + 0.4 / 128.0)), 1.0);
        assert_eq!(widen(round(1.0 + 0.6 / 128.0)), 1.0 + 1.0 / 128.0);
        assert_eq!(widen(round(1.0 + 0.5 / 128.0)), 1.0, "1 is even");
        assert_eq!(widen(round(1.0 + 1.5 / 128.0)), 1.0 + 2.0 / 128.0);
        assert_eq!(widen(round(f32::MAX)), f32::INFINITY);
        assert!(widen(round(f32::from_bits(0x7FFF_FFFF))).is_nan());
    }

    /// Two parts hold 16 bits: the rest is at most 2^-17 of the number.
    #[test]
    fn two_parts_are_within_two_to_the_minus_seventeen() {
        for number in [1.234_567_8_f32, -9.876_543e-5, 3.141_592_7e7] {
            let [high, low] = split(number).map(widen);
            let rest = (f64::from(number) - f64::from(high) - f64::from(low)).abs();
            assert!(rest <= f64::from(number.abs()) * 2.0_f64.powi(-17), "{number}: {rest}");
        }
    }

    /// Every tier writes the same halves.
    #[test]
    fn tiers_agree_on_the_halves() {
        let numbers: Vec<f32> = (0..64_u16).map(|index| (f32::from(index) - 31.7).powi(3) * 1.7e-3).collect();
        for tier in Tier::ALL.into_iter().filter(|tier| tier.available()) {
            for precision in [Precision::Bf16, Precision::Bf16x3] {
                let places = precision.places(32);
                let mut pairs = vec![0.0; 2 * places];
                dispatch(tier, ToPairs { numbers: &numbers, run: 32, precision, pairs: &mut pairs });
                for (index, &number) in numbers.iter().enumerate() {
                    let (run, place) = (index / 32, index % 32);
                    let half = |at: usize| (pairs[run * places + at / 2].to_bits() >> (16 * (at % 2))) & 0xFFFF;
                    let [high, low] = split(number);
                    assert_eq!(half(place), u32::from(high), "{}, {number}", tier.name());
                    if precision == Precision::Bf16x3 {
                        assert_eq!(half(32 + place), u32::from(low), "{}, {number}", tier.name());
                    }
                }
            }
        }
    }
}
