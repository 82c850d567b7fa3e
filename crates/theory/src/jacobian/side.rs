//! The half of a first-order measurement that looks at one network alone: computed once, used beside any other network.

use super::moments::add_gram;
use super::{FirstOrderOptions, JacobianChunk, JacobianError, Route, Spectrum};
use crate::linear::{Matrix, SymmetricWorkspace, default_relative_cutoff, thin_svd};

/// Singular values and attack directions of one network at the samples of a chunk, with the sum of its J Jᵀ.
///
/// Against ten sources a target is decomposed once and handed to
/// [`FirstOrderAccumulator::add_chunk_beside`](super::FirstOrderAccumulator::add_chunk_beside) ten times.
#[derive(Debug, Clone, PartialEq)]
pub struct SideChunk {
    outputs: usize,
    inputs: usize,
    options: FirstOrderOptions,
    spectra: Vec<Spectrum>,
    /// Unit left singular vector of the level per sample, d each; zero where the singular value is.
    left: Vec<f64>,
    /// Unit right singular vectors, n each; only by the route of the singular value decomposition.
    right: Vec<f64>,
    /// Sum of J Jᵀ over the samples, d x d.
    gram: Vec<f64>,
}

/// Buffers for the sides of many chunks of one network.
#[derive(Debug)]
pub struct SideWorkspace {
    outputs: usize,
    eigen: SymmetricWorkspace,
    gram: Vec<f64>,
}

impl SideWorkspace {
    /// Buffers for a network of `outputs` outputs.
    #[must_use]
    pub fn new(outputs: usize) -> Self {
        Self { outputs, eigen: SymmetricWorkspace::new(outputs), gram: vec![0.0; outputs * outputs] }
    }

    /// Decomposes one network's Jacobians of a chunk, checked by [`JacobianChunk`].
    pub(super) fn side(
        &mut self,
        jacobians: &[f64],
        inputs: usize,
        options: FirstOrderOptions,
    ) -> Result<SideChunk, JacobianError> {
        let outputs = self.outputs;
        check_level(options.level, outputs, inputs)?;
        let samples = jacobians.len() / (outputs * inputs);
        let mut side = SideChunk {
            outputs,
            inputs,
            options,
            spectra: Vec::with_capacity(samples),
            left: vec![0.0; samples * outputs],
            right: if options.route == Route::Svd { vec![0.0; samples * inputs] } else { Vec::new() },
            gram: vec![0.0; outputs * outputs],
        };
        for (sample, jacobian) in jacobians.chunks_exact(outputs * inputs).enumerate() {
            self.gram.fill(0.0);
            add_gram(jacobian, inputs, &mut self.gram);
            side.gram.iter_mut().zip(&self.gram).for_each(|(sum, value)| *sum += value);
            let squared_norm = (0..outputs).map(|i| self.gram[i * outputs + i]).sum();
            let left = &mut side.left[sample * outputs..(sample + 1) * outputs];
            side.spectra.push(match options.route {
                Route::Gram => self.by_gram(options, squared_norm, inputs, left)?,
                Route::Svd => {
                    let right = &mut side.right[sample * inputs..(sample + 1) * inputs];
                    by_svd(jacobian, options, squared_norm, left, right)?
                }
            });
        }
        Ok(side)
    }

    /// Eigenvectors of J Jᵀ; at level 0 only the top vector is computed.
    fn by_gram(
        &mut self,
        options: FirstOrderOptions,
        squared_norm: f64,
        inputs: usize,
        left: &mut [f64],
    ) -> Result<Spectrum, JacobianError> {
        let level = options.level;
        if level == 0 {
            self.eigen.decompose_top(&self.gram, options.relative_gap)?;
        } else {
            self.eigen.decompose(&self.gram)?;
        }
        let values = self.eigen.values();
        let root = |value: Option<&f64>| value.map(|value| value.max(0.0).sqrt());
        let top = root(values.first()).unwrap_or(0.0);
        let second = if self.outputs.min(inputs) == 1 { Some(0.0) } else { root(values.get(1)) };
        // Eigenvalues of the Gram matrix are only known to eps sigma_1², singular values to its root.
        let zero = values.get(level).is_none_or(|&value| counts_as_zero(value, values[0], self.outputs));
        if zero {
            return Ok(Spectrum { level: 0.0, top, second, squared_norm });
        }
        left.copy_from_slice(self.eigen.vector(level));
        Ok(Spectrum { level: root(values.get(level)).unwrap_or(0.0), top, second, squared_norm })
    }
}

fn by_svd(
    jacobian: &[f64],
    options: FirstOrderOptions,
    squared_norm: f64,
    left: &mut [f64],
    right: &mut [f64],
) -> Result<Spectrum, JacobianError> {
    let svd = thin_svd(&Matrix::from_rows(left.len(), right.len(), jacobian.to_vec())?)?;
    let top = svd.values.first().copied().unwrap_or(0.0);
    let second = Some(svd.values.get(1).copied().unwrap_or(0.0));
    let value = svd.values[options.level];
    if counts_as_zero(value, top, left.len().max(right.len())) {
        return Ok(Spectrum { level: 0.0, top, second, squared_norm });
    }
    left.copy_from_slice(svd.left.row(options.level));
    right.copy_from_slice(svd.right.row(options.level));
    Ok(Spectrum { level: value, top, second, squared_norm })
}

/// The relative size below which a value counts as zero, as for the rank of a matrix.
fn counts_as_zero(value: f64, top: f64, largest_dimension: usize) -> bool {
    value <= default_relative_cutoff(largest_dimension) * top
}

/// Levels are counted from 0 and end at min(d, n) - 1 (paper §3.1).
pub(super) fn check_level(level: usize, outputs: usize, inputs: usize) -> Result<(), JacobianError> {
    let available = outputs.min(inputs);
    if level < available { Ok(()) } else { Err(JacobianError::Level { level, available }) }
}

impl SideChunk {
    /// The target's half of a chunk, to be used beside other sources.
    ///
    /// # Errors
    /// [`JacobianError::Shape`] for a workspace of other outputs, [`JacobianError::Level`], [`JacobianError::Linear`].
    pub fn of_target(
        samples: &JacobianChunk<'_>,
        options: FirstOrderOptions,
        workspace: &mut SideWorkspace,
    ) -> Result<Self, JacobianError> {
        samples.check_outputs(samples.source_outputs(), workspace.outputs)?;
        workspace.side(samples.target(), samples.inputs(), options)
    }

    /// Number of samples.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.spectra.len()
    }

    pub(super) fn spectra(&self) -> &[Spectrum] {
        &self.spectra
    }

    pub(super) fn gram(&self) -> &[f64] {
        &self.gram
    }

    /// The unit left singular vector of a sample, zero where its singular value is.
    pub(super) fn left(&self, sample: usize) -> &[f64] {
        &self.left[sample * self.outputs..(sample + 1) * self.outputs]
    }

    /// The unit right singular vector of a sample, where the route keeps it.
    pub(super) fn right(&self, sample: usize) -> Option<&[f64]> {
        self.right.get(sample * self.inputs..(sample + 1) * self.inputs).filter(|right| !right.is_empty())
    }

    /// Whether this is a side of the same samples, outputs, inputs and attack.
    pub(super) fn check(
        &self,
        samples: usize,
        outputs: usize,
        inputs: usize,
        options: FirstOrderOptions,
    ) -> Result<(), JacobianError> {
        if (self.samples(), self.outputs, self.inputs, self.options) == (samples, outputs, inputs, options) {
            return Ok(());
        }
        Err(JacobianError::Shape {
            expected: format!("{samples} samples of {outputs} outputs and {inputs} inputs, {options:?}"),
            found: format!(
                "{} samples of {} outputs and {} inputs, {:?}",
                self.samples(),
                self.outputs,
                self.inputs,
                self.options
            ),
        })
    }
}
