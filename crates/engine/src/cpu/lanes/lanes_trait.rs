//! What a kernel may ask of a vector.

use crate::cpu::kernels::bf16::{round, widen};

/// A token that proves that the processor has a tier's instructions, with the operations on its vectors.
///
/// Kernels are generic over it and marked `#[inline(always)]`, so that they are compiled inside the one function of
/// each tier that switches its instructions on (see [`dispatch`](fn@super::dispatch)).
pub(crate) trait Lanes: Copy + Send + Sync + 'static {
    /// How many numbers a vector holds; activations are padded to a multiple of it along their channels.
    const COUNT: usize;
    /// How many pixels a register tile covers: as many as leave registers for the weights.
    const ROWS: usize;
    /// Rows of a register tile of one vector, at most 8: more sums at once, so that none waits for another.
    const ROWS_OF_ONE: usize;
    /// Whether sums of products in bf16 may be left to AMX, whose tiles are as wide as two vectors of sixteen.
    const HAS_TILES: bool = false;
    /// A vector of [`Lanes::COUNT`] numbers.
    type Vector: Copy;

    /// The same number in every lane.
    fn splat(self, number: f32) -> Self::Vector;
    /// a + b
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// a − b
    fn subtract(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// a · b
    fn multiply(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// a · b + c, rounded once where the processor can.
    fn multiply_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// The larger of each pair; `b` where `a` is NaN.
    fn maximum(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// The smaller of each pair; `b` where `a` is NaN.
    fn minimum(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// The even and the odd numbers of pairs in bf16: bits 0 to 15 and 16 to 31 of each lane, as f32.
    fn halves(self, pairs: Self::Vector) -> [Self::Vector; 2];

    /// The products of two pairs in bf16 a lane, added to f32 sums: Σ + a₀ · b₀ + a₁ · b₁. In which order, and whether
    /// numbers below 1.2e-38 count, is the tier's.
    #[inline(always)]
    fn add_products_of_pairs(self, a: Self::Vector, b: Self::Vector, sums: Self::Vector) -> Self::Vector {
        self.add_products_of_halves(a, b, sums)
    }

    /// [`Lanes::add_products_of_pairs`] by two multiply-adds, for processors without an instruction for it.
    #[inline(always)]
    fn add_products_of_halves(self, a: Self::Vector, b: Self::Vector, sums: Self::Vector) -> Self::Vector {
        let ([a_even, a_odd], [b_even, b_odd]) = (self.halves(a), self.halves(b));
        self.multiply_add(a_odd, b_odd, self.multiply_add(a_even, b_even, sums))
    }

    /// Bit i is set where a_i > b_i.
    fn above(self, a: Self::Vector, b: Self::Vector) -> u32;
    /// The vector with 0 in the lanes whose bit is not set.
    fn gated(self, vector: Self::Vector, bits: u32) -> Self::Vector;

    /// Reads [`Lanes::COUNT`] numbers.
    ///
    /// # Safety
    /// So many numbers must be readable at `from`; it need not be aligned.
    unsafe fn load(self, from: *const f32) -> Self::Vector;

    /// Writes [`Lanes::COUNT`] numbers.
    ///
    /// # Safety
    /// So many numbers must be writable at `to`; it need not be aligned.
    unsafe fn store(self, to: *mut f32, vector: Self::Vector);

    /// Writes the numbers rounded to bf16, 16 bits each; gives what they were rounded to.
    ///
    /// # Safety
    /// [`Lanes::COUNT`] halves must be writable at `to`.
    #[inline(always)]
    #[expect(clippy::needless_range_loop, reason = "iterators may not be inlined where the tier is on")]
    unsafe fn store_bf16(self, to: *mut u16, vector: Self::Vector) -> Self::Vector {
        let mut numbers = [0.0_f32; 16];
        // SAFETY: no tier has more than sixteen lanes, and the caller vouches for so many halves.
        unsafe {
            self.store(numbers.as_mut_ptr(), vector);
            for lane in 0..Self::COUNT {
                let half = round(numbers[lane]);
                to.add(lane).write_unaligned(half);
                numbers[lane] = widen(half);
            }
            self.load(numbers.as_ptr())
        }
    }

    /// Reads one bit a lane, packed into bytes.
    ///
    /// # Safety
    /// `COUNT / 8` bytes must be readable at `from`.
    #[inline(always)]
    unsafe fn load_bits(self, from: *const u8) -> u32 {
        let mut bits = 0;
        for byte in 0..Self::COUNT / 8 {
            // SAFETY: `byte` is below COUNT / 8, and the caller vouches for so many bytes.
            bits |= u32::from(unsafe { *from.add(byte) }) << (8 * byte);
        }
        bits
    }

    /// Writes one bit a lane, packed into bytes.
    ///
    /// # Safety
    /// `COUNT / 8` bytes must be writable at `to`.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "one byte of the bits is what is written")]
    unsafe fn store_bits(self, to: *mut u8, bits: u32) {
        for byte in 0..Self::COUNT / 8 {
            // SAFETY: `byte` is below COUNT / 8, and the caller vouches for so many bytes.
            unsafe { *to.add(byte) = (bits >> (8 * byte)) as u8 };
        }
    }
}
