//! In the place of AMX's instructions, for processors of another kind: nobody has a permission there, so nobody comes here.

use super::product::{Configuration, Step};

pub(super) fn load(_: &Configuration) {}

pub(super) fn release() {}

/// # Safety
/// There is nothing to promise.
pub(super) unsafe fn multiply(_: usize) {}

/// # Safety
/// There is nothing to promise.
pub(super) unsafe fn two_vectors(_: &[Step], _: *const f32, _: isize, _: *const f32, _: usize, _: *mut f32, _: usize) {}

pub(super) use two_vectors as one_vector;
