//! Sizes of a residual h = f_T - (A f_S + b) and of its Jacobian under the shifted distributions of the bounds.

use transferscope_theory::{
    linear::{Matrix, product::multiply, thin_svd},
    matching::AffineMap,
};

use super::{
    SigmoidNetwork, SyntheticError,
    measure_row::{SourceSide, TargetSide},
};

/// Shifted distributions are taken over every so many samples.
const STRIDE: usize = 5;
/// Points of each segment from the centre, at the midpoints of equal parts.
const SEGMENT_POINTS: usize = 8;

/// h = f_T - (A f_S + b).
pub(super) struct Residual {
    pub(super) target: SigmoidNetwork,
    pub(super) source: SigmoidNetwork,
    pub(super) map: AffineMap,
}

impl Residual {
    /// E|h|² at these points.
    fn mean_square(&self, points: &Matrix) -> Result<f64, SyntheticError> {
        let (target, source) = (self.target.evaluate(points)?.outputs, self.source.evaluate(points)?.outputs);
        let mapped = source.multiply_transposed(&self.map.matrix)?;
        let shift = &self.map.intercept;
        let square = |row: usize| -> f64 {
            let (one, two) = (target.row(row), mapped.row(row));
            one.iter().zip(two).zip(shift).map(|((t, s), b)| (t - s - b) * (t - s - b)).sum()
        };
        Ok((0..points.rows()).map(square).sum::<f64>() / points.rows() as f64)
    }

    /// J_T - A J_S at each point, d x n in row order, one after another.
    fn jacobians(&self, j_target: &[f64], j_source: &[f64]) -> Vec<f64> {
        let (outputs, inputs) = (self.target.outputs(), self.target.inputs());
        let mut result = vec![0.0; j_target.len()];
        let size = outputs * inputs;
        for ((part, one), two) in
            result.chunks_exact_mut(size).zip(j_target.chunks_exact(size)).zip(j_source.chunks_exact(size))
        {
            multiply(self.map.matrix.as_slice(), two, (outputs, outputs, inputs), part);
            part.iter_mut().zip(one).for_each(|(value, target)| *value = target - *value);
        }
        result
    }

    /// E|J_h|²_op over all samples.
    pub(super) fn mean_operator_norm_squared(
        &self,
        target: &TargetSide,
        source: &SourceSide,
    ) -> Result<f64, SyntheticError> {
        let j_target: Vec<f64> = target.chunks.iter().flat_map(|chunk| &chunk.jacobians).copied().collect();
        let jacobians = self.jacobians(&j_target, &source.network.jacobians(&source.evaluation));
        let (outputs, inputs) = (self.target.outputs(), self.target.inputs());
        let mut sum = 0.0;
        for jacobian in jacobians.chunks_exact(outputs * inputs) {
            let matrix = Matrix::from_rows(outputs, inputs, jacobian.to_vec())?;
            sum += thin_svd(&matrix)?.values.first().map_or(0.0, |top| top * top);
        }
        Ok(sum / source.evaluation.outputs.rows() as f64)
    }
}

/// E|J_h|² at points of the segments from `centre` to the samples, uniformly along each (paper §4.2 with tau = B).
pub(super) fn on_segments(residual: &Residual, points: &Matrix, centre: &[f64]) -> Result<f64, SyntheticError> {
    let mut sum = 0.0;
    for part in 0..SEGMENT_POINTS {
        let along = (part as f64 + 0.5) / SEGMENT_POINTS as f64;
        let moved = every_fifth(points, |row, j| centre[j] + along * (points[(row, j)] - centre[j]));
        let target = residual.target.jacobians(&residual.target.evaluate(&moved)?);
        let source = residual.source.jacobians(&residual.source.evaluate(&moved)?);
        let square: f64 = residual.jacobians(&target, &source).iter().map(|value| value * value).sum();
        sum += square / moved.rows() as f64;
    }
    Ok(sum / SEGMENT_POINTS as f64)
}

/// E|h(x + tau e_I)|², I uniform on the axes (paper §4.3), averaged over all axes.
pub(super) fn off_axis(residual: &Residual, points: &Matrix, tau: f64) -> Result<f64, SyntheticError> {
    let mut sum = 0.0;
    for axis in 0..points.columns() {
        let moved = every_fifth(points, |row, j| points[(row, j)] + if j == axis { tau } else { 0.0 });
        sum += residual.mean_square(&moved)?;
    }
    Ok(sum / points.columns() as f64)
}

fn every_fifth(points: &Matrix, entry: impl Fn(usize, usize) -> f64) -> Matrix {
    Matrix::from_fn(points.rows().div_ceil(STRIDE), points.columns(), |i, j| entry(i * STRIDE, j))
}
