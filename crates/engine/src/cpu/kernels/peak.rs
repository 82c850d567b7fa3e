//! Multiply-adds in registers and nothing else: what a tier can do at most.
#![expect(clippy::needless_range_loop, reason = "iterators over vectors may not be inlined where the tier is on")]

use crate::cpu::lanes::{Job, Lanes};

/// Enough independent sums that no multiply-add waits for another.
const SUMS: usize = 12;

/// So many rounds of [`SUMS`] multiply-adds of whole vectors.
pub(crate) struct Peak<'a> {
    /// How many rounds.
    pub rounds: usize,
    /// The number of operations: two for each multiply-add of a lane.
    pub operations: &'a mut u64,
    /// A number that depends on all of them, so that none can be left out.
    pub result: &'a mut f32,
}

impl Job for Peak<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        // Opaque and all different: sums whose values the compiler knows, or which are equal, it would not compute.
        let opaque = |number: f32| lanes.splat(std::hint::black_box(number));
        let (factor, addend) = (opaque(0.999_9), opaque(1e-3));
        let mut sums = [lanes.splat(0.0); SUMS];
        for sum in 0..SUMS {
            sums[sum] = opaque(sum as f32);
        }
        for _ in 0..self.rounds {
            for sum in 0..SUMS {
                sums[sum] = lanes.multiply_add(sums[sum], factor, addend);
            }
        }
        let mut total = sums[0];
        for sum in 1..SUMS {
            total = lanes.add(total, sums[sum]);
        }
        let mut numbers = [0.0_f32; 16];
        // SAFETY: no tier has more than sixteen lanes.
        unsafe { lanes.store(numbers.as_mut_ptr(), total) };
        *self.result = numbers.iter().sum();
        *self.operations = 2 * (self.rounds * SUMS * L::COUNT) as u64;
    }
}
