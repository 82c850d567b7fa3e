//! What the experiment runs on: points, ground truth, and the two trained networks.

use transferscope_theory::linear::Matrix;

use super::{SigmoidNetwork, SyntheticError};

/// Data and networks of the experiment, checked to fit together.
#[derive(Debug, Clone, PartialEq)]
pub struct SyntheticWorld {
    inputs: Matrix,
    outputs: Matrix,
    target: SigmoidNetwork,
    source: SigmoidNetwork,
}

/// Fewer samples cannot be split into a part to fit and a part to measure on.
const FEWEST_SAMPLES: usize = 5;

impl SyntheticWorld {
    /// Inputs N x n, ground truth N x d (one row per sample), target and source with n inputs and d outputs.
    ///
    /// The public program casts its data to single precision; [`rounded_to_single`] does so.
    ///
    /// # Errors
    /// [`SyntheticError::Shape`], [`SyntheticError::TooFewSamples`].
    pub fn new(
        inputs: Matrix,
        outputs: Matrix,
        target: SigmoidNetwork,
        source: SigmoidNetwork,
    ) -> Result<Self, SyntheticError> {
        if inputs.rows() < FEWEST_SAMPLES {
            return Err(SyntheticError::TooFewSamples { needed: FEWEST_SAMPLES, found: inputs.rows() });
        }
        let shape = |what: &str, expected: String, found: String| SyntheticError::Shape {
            what: what.to_owned(),
            expected,
            found,
        };
        if outputs.rows() != inputs.rows() {
            let expected = format!("{} samples as the inputs", inputs.rows());
            return Err(shape("ground truth", expected, outputs.rows().to_string()));
        }
        for (what, network) in [("target network", &target), ("source network", &source)] {
            if (network.inputs(), network.outputs()) != (inputs.columns(), outputs.columns()) {
                return Err(shape(
                    what,
                    format!("{} inputs and {} outputs as the data", inputs.columns(), outputs.columns()),
                    format!("{} and {}", network.inputs(), network.outputs()),
                ));
            }
        }
        Ok(Self { inputs, outputs, target, source })
    }

    /// Points, N x n.
    #[must_use]
    pub fn inputs(&self) -> &Matrix {
        &self.inputs
    }

    /// Ground truth, N x d.
    #[must_use]
    pub fn outputs(&self) -> &Matrix {
        &self.outputs
    }

    /// The target network, never perturbed.
    #[must_use]
    pub fn target(&self) -> &SigmoidNetwork {
        &self.target
    }

    /// The source network of row 0.
    #[must_use]
    pub fn source(&self) -> &SigmoidNetwork {
        &self.source
    }

    /// The constructors of the public program that came before the deviations were drawn (paper §11.1, Q6).
    ///
    /// One of the target's width for the table of equal widths at level 0, which an earlier script made; else the target's
    /// and then the source's.
    #[must_use]
    pub fn constructed_before(&self, level: usize) -> Vec<usize> {
        let (target, source) = (self.target.width(), self.source.width());
        if target == source && level == 0 { vec![target] } else { vec![target, source] }
    }
}

/// Every entry rounded to single precision, as the public program rounds its stored data.
///
/// # Errors
/// [`SyntheticError::NotFinite`] for an entry that is NaN, infinite or too large for single precision.
pub fn rounded_to_single(matrix: &Matrix, what: &str) -> Result<Matrix, SyntheticError> {
    #[expect(clippy::cast_possible_truncation, reason = "rounding is what is asked for")]
    let single: Vec<f64> = matrix.as_slice().iter().map(|value| f64::from(*value as f32)).collect();
    if let Some(place) = single.iter().position(|value| !value.is_finite()) {
        return Err(SyntheticError::NotFinite { what: what.to_owned(), place, value: single[place] });
    }
    Ok(Matrix::from_rows(matrix.rows(), matrix.columns(), single)?)
}
