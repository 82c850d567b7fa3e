//! The Wasserstein-1 distance between two samples: exact in one dimension and for small samples, else a lower bound.
//!
//! Entropic (Sinkhorn) distances are not offered: the one pure-Rust crate that has them computes in f32, against the
//! f64 of this crate, and what they give is neither an upper nor a lower bound that the theory could use.

mod assignment;
mod choice;
mod one_dimension;
mod sliced;

pub use assignment::{ASSIGNMENT_UP_TO, assignment_distance};
pub use choice::{Wasserstein, WassersteinError, WassersteinMethod, wasserstein};
pub use one_dimension::one_dimension_distance;
pub use sliced::{PROJECTIONS, sliced_distance};
