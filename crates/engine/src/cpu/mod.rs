//! The frozen-network engine for the processor: forward passes and input gradients of fixed networks.
//!
//! A graph is compiled once for what is asked of it into a plan (batch normalization folded; bias, residual sum and
//! clamps fused into the operator before them; channels-last; buffers planned) and run many times. No gradient of a
//! weight is ever formed, and of each ReLU one bit is kept. `docs/design/engine.md` tells how and how fast.

mod aligned;
mod kernels;
mod lanes;
mod network;
mod plan;
mod precision;
mod runner;
mod tier;
mod training;
mod workspace;

pub use network::{CpuNetwork, CpuOptions};
pub use precision::Precision;
pub use tier::Tier;
pub(crate) use training::CpuTrainable;
