//! Vectors of eight numbers in AVX2 registers, with fused multiply-add.

use std::arch::x86_64::{
    __m256, _CMP_GT_OQ, _mm256_add_ps, _mm256_and_ps, _mm256_and_si256, _mm256_castps_si256, _mm256_castsi256_ps,
    _mm256_cmp_ps, _mm256_cmpeq_epi32, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_max_ps, _mm256_min_ps,
    _mm256_movemask_ps, _mm256_mul_ps, _mm256_set1_epi32, _mm256_set1_ps, _mm256_setr_epi32, _mm256_slli_epi32,
    _mm256_storeu_ps, _mm256_sub_ps,
};

use super::Lanes;

/// Proof that the processor has AVX2 and FMA; only [`Avx2::detect`] makes it.
#[derive(Clone, Copy)]
pub(super) struct Avx2(());

impl Avx2 {
    /// The token, where the processor (and the operating system) can.
    pub(super) fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(Self(()))
    }
}

impl Lanes for Avx2 {
    const COUNT: usize = 8;
    const ROWS: usize = 6;
    const ROWS_OF_ONE: usize = 8;
    type Vector = __m256;

    #[inline(always)]
    fn splat(self, number: f32) -> __m256 {
        // SAFETY: the token proves that the processor has the instruction.
        unsafe { _mm256_set1_ps(number) }
    }

    #[inline(always)]
    fn add(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: the token proves that the processor has the instruction.
        unsafe { _mm256_add_ps(a, b) }
    }

    #[inline(always)]
    fn subtract(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: the token proves that the processor has the instruction.
        unsafe { _mm256_sub_ps(a, b) }
    }

    #[inline(always)]
    fn multiply(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: the token proves that the processor has the instruction.
        unsafe { _mm256_mul_ps(a, b) }
    }

    #[inline(always)]
    fn multiply_add(self, a: __m256, b: __m256, c: __m256) -> __m256 {
        // SAFETY: the token proves that the processor has the instruction.
        unsafe { _mm256_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    fn maximum(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: the token proves that the processor has the instruction.
        unsafe { _mm256_max_ps(a, b) }
    }

    #[inline(always)]
    fn minimum(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: the token proves that the processor has the instruction.
        unsafe { _mm256_min_ps(a, b) }
    }

    #[inline(always)]
    fn halves(self, pairs: __m256) -> [__m256; 2] {
        // SAFETY: the token proves that the processor has the instructions.
        unsafe {
            let bits = _mm256_castps_si256(pairs);
            let odd = _mm256_and_si256(bits, _mm256_set1_epi32(0xFFFF_0000_u32.cast_signed()));
            [_mm256_castsi256_ps(_mm256_slli_epi32::<16>(bits)), _mm256_castsi256_ps(odd)]
        }
    }

    #[inline(always)]
    fn above(self, a: __m256, b: __m256) -> u32 {
        // SAFETY: the token proves that the processor has the instructions.
        unsafe { _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(a, b)) }.cast_unsigned()
    }

    #[inline(always)]
    fn gated(self, vector: __m256, bits: u32) -> __m256 {
        // SAFETY: the token proves that the processor has the instructions.
        unsafe {
            let own_bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
            let set = _mm256_and_si256(_mm256_set1_epi32(bits.cast_signed()), own_bit);
            _mm256_and_ps(vector, _mm256_castsi256_ps(_mm256_cmpeq_epi32(set, own_bit)))
        }
    }

    // SAFETY: the caller's promise is the trait's: readable numbers.
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> __m256 {
        // SAFETY: the token proves the instruction, the caller vouches for the numbers.
        unsafe { _mm256_loadu_ps(from) }
    }

    // SAFETY: the caller's promise is the trait's: a writable place.
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, vector: __m256) {
        // SAFETY: the token proves the instruction, the caller vouches for the place.
        unsafe { _mm256_storeu_ps(to, vector) };
    }
}
