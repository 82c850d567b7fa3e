//! The second moments of two Jacobian fields, summed chunk by chunk: all that gradient matching needs.

use super::JacobianError;
use super::chunk::JacobianChunk;
use crate::linear::product::add_multiply_transposed;
use crate::linear::{Matrix, dot};
use crate::statistics::{OrderedSum, SumError};

/// E\[J_S J_Tᵀ\], E\[J_S J_Sᵀ\] and E\[J_T J_Tᵀ\] over the samples (paper §3.3, §8.1).
///
/// For "target given source" (star = T, diamond = S): P = `cross`ᵀ, S = `source`, C0 = `target`. For "source given
/// target": P = `cross`, S = `target`, C0 = `source`.
#[derive(Debug, Clone, PartialEq)]
pub struct JacobianMoments {
    /// Number of samples averaged.
    pub samples: usize,
    /// E\[J_S J_Tᵀ\], d_S x d_T.
    pub cross: Matrix,
    /// E\[J_S J_Sᵀ\], d_S x d_S.
    pub source: Matrix,
    /// E\[J_T J_Tᵀ\], d_T x d_T.
    pub target: Matrix,
}

/// Sums J_S J_Tᵀ, J_S J_Sᵀ, J_T J_Tᵀ over chunks of samples; merges to the same bits for any split.
#[derive(Debug, Clone, PartialEq)]
pub struct JacobianMomentSums {
    source_outputs: usize,
    target_outputs: usize,
    sums: OrderedSum,
}

impl JacobianMomentSums {
    /// Empty sums for networks of d_S and d_T outputs.
    #[must_use]
    pub fn new(source_outputs: usize, target_outputs: usize) -> Self {
        Self { source_outputs, target_outputs, sums: OrderedSum::new(Self::length(source_outputs, target_outputs)) }
    }

    fn length(source: usize, target: usize) -> usize {
        1 + source * target + source * source + target * target
    }

    /// Adds the samples of chunk number `chunk`.
    ///
    /// # Errors
    /// [`JacobianError::Shape`] for other numbers of outputs, [`JacobianError::Sum`] for a chunk added twice.
    pub fn add_chunk(&mut self, chunk: usize, samples: &JacobianChunk<'_>) -> Result<(), JacobianError> {
        samples.check_outputs(self.source_outputs, self.target_outputs)?;
        let (source, target) = (self.source_outputs, self.target_outputs);
        let mut sums = vec![0.0; Self::length(source, target)];
        for (j_source, j_target) in samples.iter() {
            let mut grams = SampleGrams::default();
            grams.compute(j_source, j_target, samples.inputs());
            add_grams(&mut sums, &grams);
        }
        self.add_sums(chunk, sums)
    }

    /// Adds the already summed Gram matrices of a chunk: `[count, K, G_S, G_T]` as one vector.
    pub(super) fn add_sums(&mut self, chunk: usize, sums: Vec<f64>) -> Result<(), JacobianError> {
        Ok(self.sums.add_chunk(chunk, sums)?)
    }

    /// Takes in the sums over other chunks.
    ///
    /// # Errors
    /// [`JacobianError::Sum`] for other numbers of outputs or a chunk counted twice.
    pub fn merge(&mut self, other: Self) -> Result<(), JacobianError> {
        if (self.source_outputs, self.target_outputs) != (other.source_outputs, other.target_outputs) {
            return Err(SumError::WrongLength {
                expected: Self::length(self.source_outputs, self.target_outputs),
                found: Self::length(other.source_outputs, other.target_outputs),
            }
            .into());
        }
        Ok(self.sums.merge(other.sums)?)
    }

    /// The means over all samples.
    ///
    /// # Errors
    /// [`JacobianError::Empty`] without samples, [`JacobianError::Sum`] when a chunk is missing.
    pub fn finish(&self) -> Result<JacobianMoments, JacobianError> {
        let total = self.sums.total()?;
        let (source, target) = (self.source_outputs, self.target_outputs);
        let count = total[0];
        if count == 0.0 {
            return Err(JacobianError::Empty);
        }
        let means: Vec<f64> = total[1..].iter().map(|sum| sum / count).collect();
        let (cross, rest) = means.split_at(source * target);
        let (own, other) = rest.split_at(source * source);
        Ok(JacobianMoments {
            samples: count as usize,
            cross: Matrix::from_rows(source, target, cross.to_vec())?,
            source: Matrix::from_rows(source, source, own.to_vec())?,
            target: Matrix::from_rows(target, target, other.to_vec())?,
        })
    }
}

/// Adds one sample's count and Gram matrices to the sums of its chunk.
pub(super) fn add_grams(sums: &mut [f64], grams: &SampleGrams) {
    sums[0] += 1.0;
    let parts = grams.cross.iter().chain(&grams.source).chain(&grams.target);
    for (sum, value) in sums[1..].iter_mut().zip(parts) {
        *sum += value;
    }
}

/// The Gram matrices of one sample: the input dimension n disappears (paper §8.1). Buffers are reused.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SampleGrams {
    /// J_S J_Tᵀ, d_S x d_T in row order.
    pub cross: Vec<f64>,
    /// J_S J_Sᵀ.
    pub source: Vec<f64>,
    /// J_T J_Tᵀ.
    pub target: Vec<f64>,
}

impl SampleGrams {
    /// Computes all three from Jacobians in row order with `inputs` columns.
    pub fn compute(&mut self, j_source: &[f64], j_target: &[f64], inputs: usize) {
        let (source, target) = (j_source.len() / inputs, j_target.len() / inputs);
        for (gram, size) in [
            (&mut self.source, source * source),
            (&mut self.target, target * target),
            (&mut self.cross, source * target),
        ] {
            gram.clear();
            gram.resize(size, 0.0);
        }
        add_gram(j_source, inputs, &mut self.source);
        add_gram(j_target, inputs, &mut self.target);
        add_cross(j_source, j_target, inputs, &mut self.cross);
    }
}

/// Adds J Jᵀ, d x d.
pub(super) fn add_gram(jacobian: &[f64], inputs: usize, gram: &mut [f64]) {
    let outputs = jacobian.len() / inputs;
    add_cross(jacobian, jacobian, inputs, gram);
    // A product of matrices may sum the two triangles in different orders.
    for i in 0..outputs {
        for j in 0..i {
            gram[j * outputs + i] = gram[i * outputs + j];
        }
    }
}

/// Adds J_S J_Tᵀ, d_S x d_T.
pub(super) fn add_cross(j_source: &[f64], j_target: &[f64], inputs: usize, cross: &mut [f64]) {
    let (rows, columns) = (j_source.len() / inputs, j_target.len() / inputs);
    if rows * columns * inputs >= WORTH_A_PRODUCT {
        add_multiply_transposed(j_source, j_target, (rows, inputs, columns), cross);
        return;
    }
    for (row, sums) in j_source.chunks_exact(inputs).zip(cross.chunks_exact_mut(columns)) {
        for (other, slot) in j_target.chunks_exact(inputs).zip(sums) {
            *slot += dot(row, other);
        }
    }
}

/// Multiply-adds from which the kernels of a matrix product pay for their call.
const WORTH_A_PRODUCT: usize = 1024;
