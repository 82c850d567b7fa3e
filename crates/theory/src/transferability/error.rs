//! Why the measures of a direction could not be computed.

use crate::deviation::DeviationError;
use crate::linear::LinearError;
use crate::statistics::{EstimateError, SumError};

/// Why a measure could not be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TransferabilityError {
    /// Every sample was excluded.
    #[error("no image is left of {images}: {reasons}; check that the attacks move the outputs at all")]
    NothingLeft {
        /// Images that came.
        images: usize,
        /// Counts by reason.
        reasons: String,
    },
    /// Two results do not share images.
    #[error(
        "expected at least {needed} images that both results measured, found {found}; measure both on the same images"
    )]
    TooFewShared {
        /// Images needed.
        needed: usize,
        /// Images found.
        found: usize,
    },
    /// The list of image numbers does not fit, or repeats one.
    #[error("expected {expected} different image numbers, found {found}; number every image once")]
    ImageNumbers {
        /// Images measured.
        expected: usize,
        /// Different numbers found.
        found: usize,
    },
    /// Two sets of sums do not belong together.
    #[error("expected sums over {expected}, found {found}; merge only sums of the same direction of the same pair")]
    Mismatch {
        /// What these sums are over.
        expected: String,
        /// What the others are over.
        found: String,
    },
    /// The deviations are wrong.
    #[error(transparent)]
    Deviation(#[from] DeviationError),
    /// Partial sums do not fit.
    #[error(transparent)]
    Sum(#[from] SumError),
    /// A result was not a number.
    #[error(transparent)]
    Estimate(#[from] EstimateError),
    /// Linear algebra failed.
    #[error(transparent)]
    Linear(#[from] LinearError),
}
