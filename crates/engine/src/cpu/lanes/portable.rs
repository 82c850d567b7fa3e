//! Vectors without vector instructions of their own: the reference of every tier, on any processor.

use super::Lanes;

const COUNT: usize = 8;

/// Arrays of eight numbers; the compiler uses what every processor of the platform has.
#[derive(Clone, Copy)]
pub(super) struct Portable;

#[inline(always)]
fn zip(a: [f32; COUNT], b: [f32; COUNT], combine: impl Fn(f32, f32) -> f32) -> [f32; COUNT] {
    std::array::from_fn(|lane| combine(a[lane], b[lane]))
}

impl Lanes for Portable {
    const COUNT: usize = COUNT;
    const ROWS: usize = 4;
    const ROWS_OF_ONE: usize = 4;
    type Vector = [f32; COUNT];

    #[inline(always)]
    fn splat(self, number: f32) -> [f32; COUNT] {
        [number; COUNT]
    }

    #[inline(always)]
    fn add(self, a: [f32; COUNT], b: [f32; COUNT]) -> [f32; COUNT] {
        zip(a, b, |x, y| x + y)
    }

    #[inline(always)]
    fn subtract(self, a: [f32; COUNT], b: [f32; COUNT]) -> [f32; COUNT] {
        zip(a, b, |x, y| x - y)
    }

    #[inline(always)]
    fn multiply(self, a: [f32; COUNT], b: [f32; COUNT]) -> [f32; COUNT] {
        zip(a, b, |x, y| x * y)
    }

    /// Rounded twice: a fused multiply-add without the instruction is a slow function call.
    #[inline(always)]
    fn multiply_add(self, a: [f32; COUNT], b: [f32; COUNT], c: [f32; COUNT]) -> [f32; COUNT] {
        std::array::from_fn(|lane| a[lane] * b[lane] + c[lane])
    }

    #[inline(always)]
    fn maximum(self, a: [f32; COUNT], b: [f32; COUNT]) -> [f32; COUNT] {
        zip(a, b, |x, y| if x > y { x } else { y })
    }

    #[inline(always)]
    fn minimum(self, a: [f32; COUNT], b: [f32; COUNT]) -> [f32; COUNT] {
        zip(a, b, |x, y| if x < y { x } else { y })
    }

    #[inline(always)]
    fn halves(self, pairs: [f32; COUNT]) -> [[f32; COUNT]; 2] {
        let half = |choose: fn(u32) -> u32| std::array::from_fn(|lane| f32::from_bits(choose(pairs[lane].to_bits())));
        [half(|bits| bits << 16), half(|bits| bits & 0xFFFF_0000)]
    }

    #[inline(always)]
    fn above(self, a: [f32; COUNT], b: [f32; COUNT]) -> u32 {
        (0..COUNT).fold(0, |bits, lane| bits | u32::from(a[lane] > b[lane]) << lane)
    }

    #[inline(always)]
    fn gated(self, vector: [f32; COUNT], bits: u32) -> [f32; COUNT] {
        std::array::from_fn(|lane| if bits >> lane & 1 == 1 { vector[lane] } else { 0.0 })
    }

    // SAFETY: the caller's promise is the trait's: readable numbers.
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> [f32; COUNT] {
        // SAFETY: the caller vouches for COUNT readable numbers; an array of f32 has the alignment of f32.
        unsafe { from.cast::<[f32; COUNT]>().read_unaligned() }
    }

    // SAFETY: the caller's promise is the trait's: a writable place.
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, vector: [f32; COUNT]) {
        // SAFETY: the caller vouches for COUNT writable numbers.
        unsafe { to.cast::<[f32; COUNT]>().write_unaligned(vector) };
    }
}
