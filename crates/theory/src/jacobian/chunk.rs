//! The Jacobians of both networks at up to 64 consecutive samples, checked.

use super::JacobianError;
use crate::statistics::CHUNK;

/// Borrowed Jacobians of one chunk: per sample J_S (d_S x n) and J_T (d_T x n), row order, finite.
///
/// ```
/// use transferscope_theory::jacobian::JacobianChunk;
/// // One sample, d_S = 1, d_T = 2, n = 2.
/// let chunk = JacobianChunk::new(&[1.0, 0.0], &[1.0, 0.0, 0.0, 2.0], 1, 2, 2)?;
/// assert_eq!(chunk.samples(), 1);
/// # Ok::<(), transferscope_theory::jacobian::JacobianError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct JacobianChunk<'a> {
    source: &'a [f64],
    target: &'a [f64],
    source_outputs: usize,
    target_outputs: usize,
    inputs: usize,
}

impl<'a> JacobianChunk<'a> {
    /// Checks shapes, the number of samples (1..=64) and that every entry is finite.
    ///
    /// # Errors
    /// [`JacobianError::Shape`], [`JacobianError::NotFinite`].
    pub fn new(
        source: &'a [f64],
        target: &'a [f64],
        source_outputs: usize,
        target_outputs: usize,
        inputs: usize,
    ) -> Result<Self, JacobianError> {
        if source_outputs == 0 || target_outputs == 0 || inputs == 0 {
            return Err(JacobianError::Shape {
                expected: "at least one output of each network and one input".into(),
                found: format!("d_S = {source_outputs}, d_T = {target_outputs}, n = {inputs}"),
            });
        }
        let samples = source.len() / (source_outputs * inputs);
        if samples == 0
            || samples > CHUNK
            || source.len() != samples * source_outputs * inputs
            || target.len() != samples * target_outputs * inputs
        {
            return Err(JacobianError::Shape {
                expected: format!(
                    "k x {source_outputs} x {inputs} values of the source and k x {target_outputs} x {inputs} of the target with k in 1..={CHUNK}"
                ),
                found: format!("{} and {} values", source.len(), target.len()),
            });
        }
        for (network, values) in [("source", source), ("target", target)] {
            if !all_finite(values)
                && let Some(at) = values.iter().position(|value| !value.is_finite())
            {
                return Err(JacobianError::NotFinite {
                    network,
                    sample: at / (values.len() / samples),
                    value: values[at],
                });
            }
        }
        Ok(Self { source, target, source_outputs, target_outputs, inputs })
    }

    /// Number of samples.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.source.len() / (self.source_outputs * self.inputs)
    }

    /// Input dimension n.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// (J_S, J_T) of each sample, in row order.
    pub fn iter(&self) -> impl Iterator<Item = (&'a [f64], &'a [f64])> {
        self.source
            .chunks_exact(self.source_outputs * self.inputs)
            .zip(self.target.chunks_exact(self.target_outputs * self.inputs))
    }

    /// Outputs of the source, d_S.
    #[must_use]
    pub fn source_outputs(&self) -> usize {
        self.source_outputs
    }

    pub(super) fn source(&self) -> &'a [f64] {
        self.source
    }

    pub(super) fn target(&self) -> &'a [f64] {
        self.target
    }

    pub(super) fn check_outputs(&self, source: usize, target: usize) -> Result<(), JacobianError> {
        if (self.source_outputs, self.target_outputs) == (source, target) {
            return Ok(());
        }
        Err(JacobianError::Shape {
            expected: format!("d_S = {source}, d_T = {target}"),
            found: format!("d_S = {}, d_T = {}", self.source_outputs, self.target_outputs),
        })
    }
}

/// Whether no value is NaN or infinite: 0 · v is zero for finite v and NaN for every other.
fn all_finite(values: &[f64]) -> bool {
    let mut sums = [0.0_f64; 8];
    let blocks = values.chunks_exact(8);
    let rest: f64 = blocks.remainder().iter().map(|value| value * 0.0).sum();
    for block in blocks {
        for (sum, value) in sums.iter_mut().zip(block) {
            *sum += value * 0.0;
        }
    }
    sums.iter().sum::<f64>() + rest == 0.0
}
