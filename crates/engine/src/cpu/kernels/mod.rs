//! The kernels: generic over the vectors of a tier, compiled once for each (see [`lanes`](super::lanes)).
//!
//! Arrays are channels-last: for each image, for each pixel, its channels, padded to whole vectors.

pub(crate) mod amx;
pub(crate) mod bf16;
pub(crate) mod convolution;
pub(crate) mod depthwise;
pub(crate) mod elementwise;
mod epilogue;
pub(crate) mod gather;
pub(crate) mod max_pool;
pub(crate) mod move_channels;
pub(crate) mod packed;
pub(crate) mod peak;
pub(crate) mod resample;
pub(crate) mod tile;
pub(crate) mod transfer;
pub(crate) mod winograd;

pub(crate) use epilogue::{Clamp, Epilogue};
