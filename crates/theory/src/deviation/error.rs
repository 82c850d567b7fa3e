//! What can be wrong with deviations.

/// Why deviations could not be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviationError {
    /// The number of values is not samples times outputs, or one of the two is zero.
    #[error(
        "expected {samples} samples x {outputs} outputs (both at least 1), found {found} values; check the shape of the array"
    )]
    Shape {
        /// Samples asked for.
        samples: usize,
        /// Outputs asked for.
        outputs: usize,
        /// Values found.
        found: usize,
    },
    /// A value is NaN or infinite.
    #[error(
        "the deviation of sample {sample}, output {output} is {value}, expected a finite number; drop that sample or repair the network"
    )]
    NotFinite {
        /// First such sample.
        sample: usize,
        /// Its output.
        output: usize,
        /// What stands there.
        value: f64,
    },
    /// Two deviations of one direction differ in their number of samples.
    #[error(
        "{role}: expected {expected} samples as in the attacked network's own deviations, found {found}; all deviations of a direction must be over the same images in the same order"
    )]
    Samples {
        /// Which deviation.
        role: &'static str,
        /// Samples expected.
        expected: usize,
        /// Samples found.
        found: usize,
    },
    /// Two deviations of one network differ in their number of outputs.
    #[error(
        "{role}: expected {expected} outputs as under the other attack on the same network, found {found}; were source and target swapped?"
    )]
    Outputs {
        /// Which deviation.
        role: &'static str,
        /// Outputs expected.
        expected: usize,
        /// Outputs found.
        found: usize,
    },
    /// The samples cannot be grouped into restarts of images.
    #[error(
        "expected a number of samples that is a multiple of the {restarts} restarts per image (at least 1), found {samples}"
    )]
    Restarts {
        /// Samples found.
        samples: usize,
        /// Restarts asked for.
        restarts: usize,
    },
}
