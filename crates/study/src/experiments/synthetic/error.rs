//! Why the synthetic experiment could not be run.

use transferscope_theory::{
    jacobian::JacobianError, linear::LinearError, matching::MatchingError, statistics::correlation::CorrelationError,
};

/// Why the synthetic experiment could not be run.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SyntheticError {
    /// A weight or data array does not fit the others.
    #[error("{what}: expected {expected}, found {found}")]
    Shape {
        /// Which array.
        what: String,
        /// The shape that fits.
        expected: String,
        /// The shape that came.
        found: String,
    },
    /// A number is NaN or infinite.
    #[error("{what} holds {value} at place {place}; every number must be finite")]
    NotFinite {
        /// Which array.
        what: String,
        /// Index in row order.
        place: usize,
        /// The number.
        value: f64,
    },
    /// No such level.
    #[error("there is no level {level}: these networks have levels 0 to {last} (level 0 is the attack of the paper)")]
    Level {
        /// The level that was asked for.
        level: usize,
        /// The largest one.
        last: usize,
    },
    /// Too few samples to fit and to hold out.
    #[error("expected at least {needed} samples, found {found}")]
    TooFewSamples {
        /// The least number.
        needed: usize,
        /// The number found.
        found: usize,
    },
    /// Training left the finite numbers.
    #[error("training diverged at step {step}; take a smaller rate than {rate}")]
    Diverged {
        /// The step, counted from 0.
        step: usize,
        /// The rate.
        rate: f64,
    },
    /// A worker thread ended without its rows.
    #[error("a thread ended early; this is an error of the program")]
    Thread,
    /// First-order measures were not possible.
    #[error(transparent)]
    Jacobian(#[from] JacobianError),
    /// A matching distance was not possible.
    #[error(transparent)]
    Matching(#[from] MatchingError),
    /// Linear algebra was not possible.
    #[error(transparent)]
    Linear(#[from] LinearError),
    /// A correlation over the rows was not possible.
    #[error(transparent)]
    Correlation(#[from] CorrelationError),
}
