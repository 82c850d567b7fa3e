//! Vectors of f32 numbers: one interface, one implementation for each kernel tier.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod dispatch;
mod lanes_trait;
mod portable;

pub(crate) use dispatch::{Job, dispatch};
pub(crate) use lanes_trait::Lanes;
