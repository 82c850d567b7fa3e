//! AMX: eight registers of 16 rows of 64 bytes, and one instruction that adds the product of two of them, in pairs of
//! bf16, to a third in f32.
//!
//! A register of weights holds one pair of channels of 16 outputs in each row, which is how [`Packed`](super::packed)
//! weights lie anyway; one of activations holds some pairs of one pixel in each row. Four registers of sums make a tile of
//! 32 rows by 32 outputs, so that each register that is read serves two products.

mod convolution;
mod permission;
mod product;
#[cfg(target_arch = "x86_64")]
mod registers;
#[cfg(not(target_arch = "x86_64"))]
#[path = "no_registers.rs"]
mod registers;

pub(crate) use permission::{Permission, assume, permission};
pub(crate) use product::{Product, ROWS, apart, operations};
