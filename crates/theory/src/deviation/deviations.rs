//! A checked matrix of deviations, one row per sample.

use super::DeviationError;

/// How the outputs of one network moved: N x d finite values in row order, N >= 1, d >= 1.
///
/// With several restarts per image the rows of one image follow each other.
///
/// ```
/// use transferscope_theory::deviation::Deviations;
/// let moved = Deviations::new(vec![3.0, 4.0, 0.0, 0.0], 2, 2)?;
/// assert_eq!(moved.norms(), vec![5.0, 0.0]);
/// assert!(Deviations::new(vec![f64::NAN], 1, 1).is_err());
/// # Ok::<(), transferscope_theory::deviation::DeviationError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Deviations {
    samples: usize,
    outputs: usize,
    values: Vec<f64>,
}

impl Deviations {
    /// Checks shape and finiteness.
    ///
    /// # Errors
    /// [`DeviationError::Shape`], [`DeviationError::NotFinite`].
    pub fn new(values: Vec<f64>, samples: usize, outputs: usize) -> Result<Self, DeviationError> {
        if samples == 0 || outputs == 0 || samples.checked_mul(outputs) != Some(values.len()) {
            return Err(DeviationError::Shape { samples, outputs, found: values.len() });
        }
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            return Err(DeviationError::NotFinite { sample: at / outputs, output: at % outputs, value: values[at] });
        }
        Ok(Self { samples, outputs, values })
    }

    /// As [`new`](Self::new), from single precision.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn from_f32(values: &[f32], samples: usize, outputs: usize) -> Result<Self, DeviationError> {
        Self::new(values.iter().copied().map(f64::from).collect(), samples, outputs)
    }

    /// Number of samples N.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// Number of outputs d.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// All values in row order.
    #[must_use]
    pub fn as_slice(&self) -> &[f64] {
        &self.values
    }

    /// The deviation of one sample.
    #[must_use]
    pub fn sample(&self, index: usize) -> &[f64] {
        &self.values[index * self.outputs..(index + 1) * self.outputs]
    }

    /// The Euclidean norm of each sample, l_adv of the paper.
    #[must_use]
    pub fn norms(&self) -> Vec<f64> {
        self.values.chunks_exact(self.outputs).map(euclidean_norm).collect()
    }
}

/// The Euclidean norm, scaled by the largest entry so that neither very small nor very large deviations vanish or
/// overflow when squared.
pub(crate) fn euclidean_norm(vector: &[f64]) -> f64 {
    let largest = vector.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    if largest == 0.0 {
        return 0.0;
    }
    if (1e-140..1e140).contains(&largest) {
        return vector.iter().map(|value| value * value).sum::<f64>().sqrt();
    }
    largest * vector.iter().map(|value| (value / largest) * (value / largest)).sum::<f64>().sqrt()
}
