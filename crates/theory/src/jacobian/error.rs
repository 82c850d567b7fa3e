//! What can be wrong with Jacobians.

use crate::linear::LinearError;
use crate::statistics::{EstimateError, SumError};

/// Why first-order measures could not be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum JacobianError {
    /// Lengths or dimensions do not fit.
    #[error("expected {expected}, found {found}; check the shapes of the Jacobian arrays (samples, outputs, inputs)")]
    Shape {
        /// What would have fitted.
        expected: String,
        /// What came.
        found: String,
    },
    /// An entry is NaN or infinite.
    #[error(
        "the Jacobian of the {network} at sample {sample} of its chunk holds {value}, expected finite numbers; drop that sample"
    )]
    NotFinite {
        /// Which network.
        network: &'static str,
        /// Sample within the chunk.
        sample: usize,
        /// What stands there.
        value: f64,
    },
    /// No sample at all.
    #[error("expected at least one sample, found none")]
    Empty,
    /// The level does not exist.
    #[error(
        "expected a level below {available} (the smaller of outputs and inputs of the attacked network, counted from 0), found {level}"
    )]
    Level {
        /// Level asked for.
        level: usize,
        /// How many there are.
        available: usize,
    },
    /// Sums that cannot be combined.
    #[error(transparent)]
    Sum(#[from] SumError),
    /// Linear algebra failed.
    #[error(transparent)]
    Linear(#[from] LinearError),
    /// Deviations do not fit.
    #[error(transparent)]
    Deviation(#[from] crate::deviation::DeviationError),
    /// The measures of a direction could not be computed.
    #[error(transparent)]
    Transferability(#[from] crate::transferability::TransferabilityError),
    /// A result was not a number.
    #[error(transparent)]
    Estimate(#[from] EstimateError),
}
