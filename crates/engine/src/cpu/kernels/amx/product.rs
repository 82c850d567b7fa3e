//! A matrix product of pairs in bf16, one tile of 32 rows at a time.

use std::marker::PhantomData;

use super::{
    Permission,
    registers::{load, multiply, one_vector, release, two_vectors},
};
use crate::cpu::{Precision, aligned::LINE, kernels::packed::Panel};

/// Rows of a tile.
pub(crate) const ROWS: usize = 32;
/// Rows of a register, its columns in places, and the deepest step of a product in pairs.
const SIDE: usize = 16;
/// Bytes of a place: a pair, or a sum.
const PLACE: usize = 4;

/// The product of rows of `depth` pairs with [`Packed`](crate::cpu::kernels::packed::Packed) weights: on this thread, the
/// tile registers have the shapes that it needs for as long as it lives. A thread has one at a time.
///
/// Each sum is made in the same order whatever rows share its tile. With two parts a number it is
/// low · high + high · low + high · high of some pairs, then of the next ones.
pub(crate) struct Product {
    /// The steps for panels of one and of two vectors.
    steps: [Vec<Step>; 2],
    /// Places between the weights of two pairs, for a panel of one vector.
    weight_places: usize,
    /// The registers are a thread's own.
    this_thread: PhantomData<*const ()>,
}

/// One step of a product: what is read, in bytes from the start of the rows and of the weights.
#[repr(C)]
pub(super) struct Step {
    row: usize,
    weight: usize,
}

/// The memory image of `ldtilecfg`.
#[repr(C, align(64))]
pub(super) struct Configuration {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    row_bytes: [u16; 16],
    rows: [u8; 16],
}

impl Product {
    /// For rows of so many pairs, their second parts (where the precision has two) `low` places behind the first ones.
    pub(crate) fn new(_: Permission, precision: Precision, depth: usize, low: usize) -> Self {
        // A depth that divides needs no padding and no last step of another shape: 16 where channels are multiples of 32.
        let at_once = (1..=SIDE).rev().find(|at_once| depth.is_multiple_of(*at_once)).unwrap_or(1);
        configure(at_once);
        let parts = if precision == Precision::Bf16x3 { 2 } else { 1 };
        let steps = [1, 2].map(|vectors| {
            let (second_row, second_weight) = (low * PLACE, vectors * SIDE * PLACE);
            let products: &[[usize; 2]] =
                if parts == 2 { &[[second_row, 0], [0, second_weight], [0, 0]] } else { &[[0, 0]] };
            let of = |pair: usize| {
                let (row, weight) = (pair * PLACE, pair * parts * vectors * SIDE * PLACE);
                products.iter().map(move |part| Step { row: row + part[0], weight: weight + part[1] })
            };
            (0..depth).step_by(at_once).flat_map(of).collect()
        });
        Self { steps, weight_places: parts * SIDE, this_thread: PhantomData }
    }

    /// The sums of [`ROWS`] rows for one panel of weights, written from `sums` on; both strides are in places.
    ///
    /// # Safety
    /// The rows must be readable, `stride` apart, each with the pairs (and second parts) that this product is of; the panel
    /// must be of weights for so many pairs in its precision; [`ROWS`] rows of the panel's width must be writable, `apart`
    /// places from each other.
    pub(crate) unsafe fn tile(&self, rows: *const f32, stride: isize, panel: &Panel<'_>, sums: *mut f32, apart: usize) {
        let steps = &self.steps[panel.vectors - 1];
        let weights = panel.numbers.as_ptr();
        let weight_stride = panel.vectors * self.weight_places * PLACE;
        let (stride, apart) = (stride * PLACE.cast_signed(), apart * PLACE);
        // SAFETY: the caller's promises; the registers were configured by `new` on this thread.
        unsafe {
            if panel.vectors == 2 {
                two_vectors(steps, rows, stride, weights, weight_stride, sums, apart);
            } else {
                one_vector(steps, rows, stride, weights, weight_stride, sums, apart);
            }
        }
    }
}

/// At least so many places, an odd number of cache lines: rows that are so far apart lie in different sets of a cache.
pub(crate) fn apart(places: usize) -> usize {
    (places.div_ceil(LINE) | 1) * LINE
}

impl Drop for Product {
    fn drop(&mut self) {
        release();
    }
}

/// So many rounds of four products of whole registers and nothing else: what AMX can do at most. Returns how many
/// operations that was, two for each multiply-add.
pub(crate) fn operations(_: Permission, rounds: usize) -> u64 {
    configure(SIDE);
    // SAFETY: the registers were configured just now.
    unsafe { multiply(rounds) };
    release();
    (rounds * 4 * SIDE * SIDE * 2 * SIDE * 2) as u64
}

/// Shapes of the registers: 0 to 3 sums, 4 and 5 rows of so many pairs, 6 and 7 weights of so many pairs.
#[expect(clippy::cast_possible_truncation, reason = "at most sixteen pairs")]
fn configure(pairs: usize) {
    debug_assert!((1..=SIDE).contains(&pairs), "no register holds so many pairs");
    let (side, pairs) = (SIDE as u8, pairs as u8);
    let mut configuration =
        Configuration { palette: 1, start_row: 0, reserved: [0; 14], row_bytes: [0; 16], rows: [0; 16] };
    for register in 0..8 {
        let columns = if matches!(register, 4 | 5) { pairs } else { side };
        configuration.row_bytes[register] = u16::from(columns) * PLACE as u16;
        configuration.rows[register] = if register >= 6 { pairs } else { side };
    }
    load(&configuration);
}
