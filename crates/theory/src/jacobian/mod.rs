//! First-order measures from Jacobians: streaming, without ever forming a perturbation.

mod chunk;
mod error;
mod moments;

pub use chunk::JacobianChunk;
pub use error::JacobianError;
pub use moments::{JacobianMomentSums, JacobianMoments, SampleGrams};
