//! What happens to a register tile before it is written: bias, residual sum, activation, gate.

use super::super::lanes::Lanes;

/// An activation that is a clamp: ReLU and its bounded forms. Its derivative is one bit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Clamp {
    /// The smallest value that comes out; the derivative is 0 from there down.
    pub low: f32,
    /// The largest value that comes out; the derivative is 0 from there up.
    pub high: f32,
}

/// What is done with each sum of a kernel. All pointers speak of arrays laid out like the output, and are null where
/// a part is absent.
#[derive(Clone, Copy)]
pub(crate) struct Epilogue {
    /// One number a channel, added.
    pub bias: *const f32,
    /// Added after the bias; may be the output itself.
    pub add: *const f32,
    /// Applied after the sums.
    pub clamp: Option<Clamp>,
    /// Where one bit a number is written: whether the clamp let it through.
    pub record: *mut u8,
    /// One bit a number: where it is not set, the result is 0.
    pub gate: *const u8,
}

impl Epilogue {
    /// Finishes one vector and writes it: `channel` is its first channel, `place` its place in the output.
    ///
    /// # Safety
    /// Each pointer that is not null must point to an array that holds `channel` or `place` with a whole vector behind
    /// it, `output` too; both are multiples of 8.
    #[inline(always)]
    pub(crate) unsafe fn finish<L: Lanes>(
        &self,
        lanes: L,
        sum: L::Vector,
        channel: usize,
        place: usize,
        output: *mut f32,
    ) {
        let mut value = sum;
        if !self.bias.is_null() {
            // SAFETY: the caller vouches for a vector at `channel`.
            value = lanes.add(value, unsafe { lanes.load(self.bias.add(channel)) });
        }
        if !self.add.is_null() {
            // SAFETY: the caller vouches for a vector at `place`.
            value = lanes.add(value, unsafe { lanes.load(self.add.add(place)) });
        }
        if let Some(Clamp { low, high }) = self.clamp {
            let (low, bounded) = (lanes.splat(low), high < f32::INFINITY);
            let high = lanes.splat(high);
            if !self.record.is_null() {
                let mut bits = lanes.above(value, low);
                if bounded {
                    bits &= lanes.above(high, value);
                }
                // SAFETY: the caller vouches for the bits of a vector at `place`.
                unsafe { lanes.store_bits(self.record.add(place / 8), bits) };
            }
            // The second operand comes out where the first is NaN, so that NaN goes on.
            value = lanes.maximum(low, value);
            if bounded {
                value = lanes.minimum(high, value);
            }
        }
        if !self.gate.is_null() {
            // SAFETY: the caller vouches for the bits of a vector at `place`.
            value = lanes.gated(value, unsafe { lanes.load_bits(self.gate.add(place / 8)) });
        }
        // SAFETY: the caller vouches for a vector of the output at `place`.
        unsafe { lanes.store(output.add(place), value) };
    }
}
