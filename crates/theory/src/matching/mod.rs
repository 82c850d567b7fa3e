//! Gradient matching and function matching distances with their optimal affine maps.
//!
//! Both ask how well an affine head on one network (diamond) imitates another (star): of the Jacobians
//! ([`gradient_matching`], paper §1.5) or of the outputs ([`function_matching`], paper §1.4). Both are closed forms in
//! second moments, so samples stream through accumulators that merge. [`wasserstein`] measures the shift of
//! distribution between two samples that the bounds between the two speak of.

mod affine_fit;
mod function;
mod gradient;
mod second_moments;
pub mod wasserstein;

pub use affine_fit::{AffineMap, Matching, MatchingError};
pub use function::{
    HELD_OUT_EVERY, function_matching, function_matching_held_out, function_matching_interleaved, is_held_out,
    linear_function_matching,
};
pub use gradient::{MatchingDirection, gradient_matching, gradient_matching_held_out};
pub use second_moments::{OutputMomentSums, OutputMoments};
