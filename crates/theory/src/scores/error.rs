//! Why a score does not exist.

use crate::{linear::LinearError, logistic::LogisticError};

/// Why a score could not be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ScoreError {
    /// Two inputs are of different numbers of images.
    #[error("expected {expected} rows of {what}, one for each label, found {found}; give both for the same images")]
    LengthMismatch {
        /// Which input.
        what: &'static str,
        /// Number of labels.
        expected: usize,
        /// Number of rows.
        found: usize,
    },
    /// Too few images, classes or dimensions.
    #[error("{score} needs at least {needed} {of}, found {found}")]
    TooFew {
        /// Which score.
        score: &'static str,
        /// The least number that would do.
        needed: usize,
        /// Of what.
        of: &'static str,
        /// What there is.
        found: usize,
    },
    /// No feature varies between images.
    #[error("the features are the same for every image, so they cannot tell classes apart")]
    NoVariation,
    /// The score looks at source classes, and there are none.
    #[error(
        "{score} compares the network's own source classes with the labels, and no outputs over source classes were given (a headless network has none)"
    )]
    NoSourceOutputs {
        /// Which score.
        score: &'static str,
    },
    /// The score looks at features, and there are none.
    #[error(
        "{score} looks at penultimate features, and none were given (the network has no linear head, or they were not saved)"
    )]
    NoFeatures {
        /// Which score.
        score: &'static str,
    },
    /// A row is no probability distribution.
    #[error(
        "expected rows of probabilities (at least 0, sum 1), found {found} in row {row}; if these are logits, say so"
    )]
    NotProbabilities {
        /// The first such row.
        row: usize,
        /// What is wrong.
        found: String,
    },
    /// A row of logits that are probabilities already.
    #[error(
        "every row of the logits is at least 0 and sums to 1: these look like probabilities; give them as probabilities"
    )]
    LookLikeProbabilities,
    /// An image for which the score is undefined.
    #[error("{score} is undefined: image {image} has {why}")]
    Undefined {
        /// Which score.
        score: &'static str,
        /// The image.
        image: usize,
        /// What about it.
        why: &'static str,
    },
    /// A value outside the range that mathematics allows.
    #[error("{score} came out as {value}, outside its range {range}: the features are too ill-conditioned for it")]
    OutOfRange {
        /// Which score.
        score: &'static str,
        /// The value.
        value: f64,
        /// The range, in words.
        range: String,
    },
    /// An iteration did not come to rest.
    #[error("{score} did not converge in {iterations} iterations; scale the features, or leave constant ones out")]
    NoConvergence {
        /// Which score.
        score: &'static str,
        /// How many were made.
        iterations: usize,
    },
    /// A setting cannot be meant.
    #[error("expected {what} to be {expected}, found {found}")]
    Setting {
        /// Which setting.
        what: &'static str,
        /// Its range.
        expected: &'static str,
        /// What was given.
        found: String,
    },
    /// The regression behind the linear probe refused.
    #[error("the linear probe: {0}")]
    Logistic(#[from] LogisticError),
    /// The linear algebra refused.
    #[error(transparent)]
    Linear(#[from] LinearError),
}
