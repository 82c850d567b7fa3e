//! Estimates with their uncertainty: jackknife, bootstrap, permutation, correlation, ranking.

mod estimate;
mod ordered_sum;

pub use estimate::{Estimate, EstimateError, Exclusions, Interval, LEVEL, Over};
pub use ordered_sum::{CHUNK, OrderedSum, SumError};

pub mod correlation;
pub mod networks;
