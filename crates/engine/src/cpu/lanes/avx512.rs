//! Vectors of sixteen numbers in AVX-512 registers.

use std::{
    arch::x86_64::{
        __m512, __m512bh, _CMP_GT_OQ, _CMP_UNORD_Q, _mm256_storeu_si256, _mm512_add_epi32, _mm512_add_ps,
        _mm512_and_si512, _mm512_castps_si512, _mm512_castsi512_ps, _mm512_cmp_ps_mask, _mm512_cvtepi32_epi16,
        _mm512_dpbf16_ps, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_mask_mov_epi32, _mm512_maskz_mov_ps, _mm512_max_ps,
        _mm512_min_ps, _mm512_mul_ps, _mm512_or_si512, _mm512_set1_epi32, _mm512_set1_ps, _mm512_slli_epi32,
        _mm512_srli_epi32, _mm512_storeu_ps, _mm512_sub_ps,
    },
    mem::transmute,
};

use super::Lanes;

/// Proof that the processor has AVX-512F, and its products of pairs in bf16 where `PAIRS`; only the two functions
/// here make it.
#[derive(Clone, Copy)]
pub(super) struct Avx512<const PAIRS: bool>(());

impl Avx512<false> {
    /// The token, where the processor (and the operating system) can.
    pub(super) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx512f").then_some(Self(()))
    }
}

impl Avx512<true> {
    /// The token, where the processor (and the operating system) can.
    pub(super) fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bf16")).then_some(Self(()))
    }
}

impl<const PAIRS: bool> Lanes for Avx512<PAIRS> {
    const COUNT: usize = 16;
    const ROWS: usize = 8;
    const ROWS_OF_ONE: usize = 8;
    const HAS_TILES: bool = true;
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
    fn halves(self, pairs: __m512) -> [__m512; 2] {
        // SAFETY: the token proves that the processor has the instructions.
        unsafe {
            let bits = _mm512_castps_si512(pairs);
            let odd = _mm512_and_si512(bits, _mm512_set1_epi32(0xFFFF_0000_u32.cast_signed()));
            [_mm512_castsi512_ps(_mm512_slli_epi32::<16>(bits)), _mm512_castsi512_ps(odd)]
        }
    }

    /// One instruction where the processor has it: the odd products first, each step rounded, numbers below 1.2e-38 as 0.
    #[inline(always)]
    fn add_products_of_pairs(self, a: __m512, b: __m512, sums: __m512) -> __m512 {
        if PAIRS {
            // SAFETY: the token proves that the processor has the instruction; both types are 512 bits without meaning.
            return unsafe {
                _mm512_dpbf16_ps(sums, transmute::<__m512, __m512bh>(a), transmute::<__m512, __m512bh>(b))
            };
        }
        self.add_products_of_halves(a, b, sums)
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

    // SAFETY: the caller's promise is the trait's: a writable place.
    #[inline(always)]
    unsafe fn store_bf16(self, to: *mut u16, vector: __m512) -> __m512 {
        // SAFETY: the token proves the instructions, the caller vouches for the place.
        unsafe {
            let bits = _mm512_castps_si512(vector);
            let odd = _mm512_and_si512(_mm512_srli_epi32::<16>(bits), _mm512_set1_epi32(1));
            let rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7FFF)));
            let quiet = _mm512_or_si512(bits, _mm512_set1_epi32(0x0040_0000));
            let is_nan = _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(vector, vector);
            let halves = _mm512_srli_epi32::<16>(_mm512_mask_mov_epi32(rounded, is_nan, quiet));
            _mm256_storeu_si256(to.cast(), _mm512_cvtepi32_epi16(halves));
            _mm512_castsi512_ps(_mm512_slli_epi32::<16>(halves))
        }
    }
}
