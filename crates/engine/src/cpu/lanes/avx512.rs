//! Vectors of sixteen numbers in AVX-512 registers.

use std::arch::x86_64::{
    __m512, _CMP_GT_OQ, _mm512_add_ps, _mm512_cmp_ps_mask, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_maskz_mov_ps,
    _mm512_max_ps, _mm512_min_ps, _mm512_mul_ps, _mm512_set1_ps, _mm512_storeu_ps, _mm512_sub_ps,
};

use super::Lanes;

/// Proof that the processor has AVX-512F; only [`Avx512::detect`] makes it.
#[derive(Clone, Copy)]
pub(super) struct Avx512(());

impl Avx512 {
    /// The token, where the processor (and the operating system) can.
    pub(super) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx512f").then_some(Self(()))
    }
}

impl Lanes for Avx512 {
    const COUNT: usize = 16;
    const ROWS: usize = 8;
    const ROWS_OF_ONE: usize = 8;
    type Vector = __m512;

    #[inline(always)]
    fn splat(self, number: f32) -> __m512 {
        // SAFETY: the token proves that the processor has the instruction.
        unsafe { _mm512_set1_ps(number) }
    }

    #[inline(always)]
    fn add(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: the token proves that the processor has the instruction.
        unsafe { _mm512_add_ps(a, b) }
    }

    #[inline(always)]
    fn subtract(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: the token proves that the processor has the instruction.
        unsafe { _mm512_sub_ps(a, b) }
    }

    #[inline(always)]
    fn multiply(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: the token proves that the processor has the instruction.
        unsafe { _mm512_mul_ps(a, b) }
    }

    #[inline(always)]
    fn multiply_add(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        // SAFETY: the token proves that the processor has the instruction.
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    fn maximum(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: the token proves that the processor has the instruction.
        unsafe { _mm512_max_ps(a, b) }
    }

    #[inline(always)]
    fn minimum(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: the token proves that the processor has the instruction.
        unsafe { _mm512_min_ps(a, b) }
    }

    #[inline(always)]
    fn above(self, a: __m512, b: __m512) -> u32 {
        // SAFETY: the token proves that the processor has the instruction.
        u32::from(unsafe { _mm512_cmp_ps_mask::<_CMP_GT_OQ>(a, b) })
    }

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "there are sixteen lanes")]
    fn gated(self, vector: __m512, bits: u32) -> __m512 {
        // SAFETY: the token proves that the processor has the instruction.
        unsafe { _mm512_maskz_mov_ps(bits as u16, vector) }
    }

    // SAFETY: the caller's promise is the trait's: readable numbers.
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> __m512 {
        // SAFETY: the token proves the instruction, the caller vouches for the numbers.
        unsafe { _mm512_loadu_ps(from) }
    }

    // SAFETY: the caller's promise is the trait's: a writable place.
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, vector: __m512) {
        // SAFETY: the token proves the instruction, the caller vouches for the place.
        unsafe { _mm512_storeu_ps(to, vector) };
    }
}
