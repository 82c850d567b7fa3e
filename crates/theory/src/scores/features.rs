//! The features of a network on the target images, with their principal axes computed once.

use std::sync::OnceLock;

use super::{Labels, ScoreError};
use crate::linear::product::{cross, times, times_transposed};
use crate::linear::{Matrix, default_relative_cutoff, symmetric_eigen};

/// Penultimate features, N images x D. Most scores read them in their principal axes, which are found once and kept.
#[derive(Debug, Clone)]
pub struct Features {
    matrix: Matrix,
    centred: OnceLock<Result<Rotated, ScoreError>>,
    raw: OnceLock<Result<Rotated, ScoreError>>,
}

/// Features along their principal axes: X = projected · Vᵀ with orthonormal V, so distances and angles are those of X.
#[derive(Debug, Clone, PartialEq)]
pub struct Rotated {
    /// Eigenvalues of XᵀX above rounding, the largest first; as many as the rank of X.
    pub squares: Vec<f64>,
    /// N x rank; column k has squared length `squares[k]`.
    pub projected: Matrix,
    /// D, the number of features before the rotation.
    pub width: usize,
}

impl Features {
    /// Features from a matrix of finite numbers.
    ///
    /// # Errors
    /// [`ScoreError::TooFew`] for fewer than two images or no feature.
    pub fn new(matrix: Matrix) -> Result<Self, ScoreError> {
        if matrix.rows() < 2 {
            return Err(ScoreError::TooFew { score: "every score", needed: 2, of: "images", found: matrix.rows() });
        }
        if matrix.columns() == 0 {
            return Err(ScoreError::TooFew { score: "every score", needed: 1, of: "features", found: 0 });
        }
        Ok(Self { matrix, centred: OnceLock::new(), raw: OnceLock::new() })
    }

    /// The features themselves.
    #[must_use]
    pub fn matrix(&self) -> &Matrix {
        &self.matrix
    }

    /// Number of images.
    #[must_use]
    pub fn images(&self) -> usize {
        self.matrix.rows()
    }

    /// The features less their mean, along their principal axes.
    ///
    /// # Errors
    /// [`ScoreError::NoVariation`] where they are the same for all images.
    pub fn centred(&self) -> Result<&Rotated, ScoreError> {
        let made = self.centred.get_or_init(|| rotate(&centre(&self.matrix)));
        made.as_ref().map_err(Clone::clone)
    }

    /// The features as they are, along the axes of their second moment.
    ///
    /// # Errors
    /// [`ScoreError::NoVariation`] where they are all zero.
    pub fn raw(&self) -> Result<&Rotated, ScoreError> {
        let made = self.raw.get_or_init(|| rotate(&self.matrix));
        made.as_ref().map_err(Clone::clone)
    }
}

impl Rotated {
    /// For each axis k: sum over classes of n_c m_ck², with m_ck the mean of class c. On centred features this is the
    /// between-class part of `squares[k]`.
    pub(super) fn between(&self, labels: &Labels) -> Vec<f64> {
        let rank = self.squares.len();
        let mut sums = Matrix::zeros(labels.classes(), rank);
        for (image, &class) in labels.as_slice().iter().enumerate() {
            for (axis, value) in self.projected.row(image).iter().enumerate() {
                sums[(class, axis)] += value;
            }
        }
        (0..rank)
            .map(|axis| {
                let of = |class: usize| sums[(class, axis)] * sums[(class, axis)] / labels.counts()[class] as f64;
                (0..labels.classes()).map(of).sum()
            })
            .collect()
    }

    /// The first `axes` columns of the projected features.
    pub(super) fn leading(&self, axes: usize) -> Matrix {
        Matrix::from_fn(self.projected.rows(), axes.min(self.squares.len()), |i, j| self.projected[(i, j)])
    }
}

fn centre(matrix: &Matrix) -> Matrix {
    let (rows, columns) = (matrix.rows(), matrix.columns());
    let mut mean = vec![0.0; columns];
    for row in 0..rows {
        mean.iter_mut().zip(matrix.row(row)).for_each(|(sum, value)| *sum += value);
    }
    mean.iter_mut().for_each(|sum| *sum /= rows as f64);
    Matrix::from_fn(rows, columns, |i, j| matrix[(i, j)] - mean[j])
}

/// Through the smaller of the two Gram matrices, XᵀX or XXᵀ.
fn rotate(x: &Matrix) -> Result<Rotated, ScoreError> {
    let (rows, columns) = (x.rows(), x.columns());
    let wide = columns > rows;
    let gram = symmetrised(if wide { times_transposed(x, x)? } else { cross(x, x)? });
    let eigen = symmetric_eigen(&gram)?;
    let largest = eigen.values.first().copied().unwrap_or(0.0);
    let cutoff = default_relative_cutoff(rows.max(columns)) * largest;
    let squares: Vec<f64> = eigen.values.iter().copied().take_while(|&value| value > cutoff && value > 0.0).collect();
    let rank = squares.len();
    if rank == 0 {
        return Err(ScoreError::NoVariation);
    }
    let projected = if wide {
        Matrix::from_fn(rows, rank, |i, k| squares[k].sqrt() * eigen.vectors[(k, i)])
    } else {
        let axes = Matrix::from_fn(columns, rank, |j, k| eigen.vectors[(k, j)]);
        times(x, &axes)?
    };
    Ok(Rotated { squares, projected, width: columns })
}

/// The kernels may sum the two triangles in different orders.
fn symmetrised(gram: Matrix) -> Matrix {
    Matrix::from_fn(gram.rows(), gram.columns(), |i, j| 0.5 * (gram[(i, j)] + gram[(j, i)]))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    /// Distances between images do not change under a rotation, whichever Gram matrix it came from.
    #[test]
    fn distances_are_kept_for_tall_and_wide_features() {
        for (rows, columns) in [(9, 4), (4, 9)] {
            let x = Matrix::from_fn(rows, columns, |i, j| ((i * 5 + j * 3) as f64).sin());
            let features = Features::new(x.clone()).unwrap();
            for rotated in [features.centred().unwrap(), features.raw().unwrap()] {
                for i in 0..rows {
                    for j in 0..rows {
                        let distance =
                            |m: &Matrix| -> f64 { m.row(i).iter().zip(m.row(j)).map(|(a, b)| (a - b) * (a - b)).sum() };
                        assert!((distance(&x) - distance(&rotated.projected)).abs() < 1e-10);
                    }
                }
            }
        }
    }

    #[test]
    fn constant_features_are_an_error_once_centred() {
        let features = Features::new(Matrix::from_fn(5, 2, |_, j| j as f64 + 1.0)).unwrap();
        assert_eq!(features.centred(), Err(ScoreError::NoVariation));
        assert_eq!(features.raw().unwrap().squares.len(), 1);
    }
}
