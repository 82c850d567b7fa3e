//! Thin, sequential wrappers of the linear algebra library: eigenvectors, singular vectors, pseudo-inverse, square root.
//!
//! Everything is f64, runs on the calling thread, and gives the same bits for the same input on the same processor
//! kind. Signs follow one rule: of each left vector (eigenvector or left singular vector) the entry of largest absolute
//! value, the first one on a tie, is positive. Values are sorted from the largest to the smallest.

mod error;
mod matrix;
mod positive;
pub mod product;
mod singular;
mod symmetric;
mod tridiagonal;

pub use error::LinearError;
pub use matrix::{Matrix, dot};
pub use positive::{PositiveSemidefinite, default_relative_cutoff};
pub use singular::{ThinSvd, thin_svd};
pub use symmetric::{SymmetricEigen, SymmetricWorkspace, symmetric_eigen};
