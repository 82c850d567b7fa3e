//! The thin singular value decomposition of a rectangular matrix.

use faer::Par;
use faer::diag::DiagMut;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::svd::{ComputeSvdVectors, svd, svd_scratch};
use faer::mat::{MatMut, MatRef};

use super::product::settle;
use super::symmetric::largest_is_negative;
use super::{LinearError, Matrix};

/// A = sum_i values\[i\] left\[i\] right\[i\]ᵀ with min(rows, columns) terms.
#[derive(Debug, Clone, PartialEq)]
pub struct ThinSvd {
    /// Singular values, the largest first.
    pub values: Vec<f64>,
    /// Row i is the i-th left singular vector; its largest entry is positive.
    pub left: Matrix,
    /// Row i is the i-th right singular vector.
    pub right: Matrix,
}

/// Thin singular value decomposition.
///
/// # Errors
/// [`LinearError::NoConvergence`].
///
/// ```
/// use transferscope_theory::linear::{Matrix, thin_svd};
/// let svd = thin_svd(&Matrix::from_rows(1, 2, vec![3.0, 4.0])?)?;
/// assert!((svd.values[0] - 5.0).abs() < 1e-14);
/// assert!((svd.right.row(0)[1] - 0.8).abs() < 1e-14);
/// # Ok::<(), transferscope_theory::linear::LinearError>(())
/// ```
pub fn thin_svd(matrix: &Matrix) -> Result<ThinSvd, LinearError> {
    let (rows, columns) = (matrix.rows(), matrix.columns());
    let rank = rows.min(columns);
    let mut values = vec![0.0; rank];
    let mut left = vec![0.0; rank * rows];
    let mut right = vec![0.0; rank * columns];
    if rank > 0 {
        let need = svd_scratch::<f64>(
            rows,
            columns,
            ComputeSvdVectors::Thin,
            ComputeSvdVectors::Thin,
            Par::Seq,
            Default::default(),
        );
        let mut scratch = MemBuffer::new(need);
        svd(
            MatRef::from_row_major_slice(matrix.as_slice(), rows, columns),
            DiagMut::from_slice_mut(&mut values),
            Some(MatMut::from_column_major_slice_mut(&mut left, rows, rank)),
            Some(MatMut::from_column_major_slice_mut(&mut right, columns, rank)),
            Par::Seq,
            MemStack::new(&mut scratch),
            Default::default(),
        )
        .map_err(|_| LinearError::NoConvergence { what: "singular values", rows, columns })?;
        settle();
        for (u, v) in left.chunks_exact_mut(rows).zip(right.chunks_exact_mut(columns)) {
            if largest_is_negative(u) {
                u.iter_mut().chain(v).for_each(|value| *value = -*value);
            }
        }
    }
    Ok(ThinSvd { values, left: Matrix::from_rows(rank, rows, left)?, right: Matrix::from_rows(rank, columns, right)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The terms add up to the matrix again, wide and tall.
    #[test]
    fn the_terms_rebuild_the_matrix() -> Result<(), LinearError> {
        for (rows, columns) in [(3, 8), (8, 3), (4, 4), (1, 5)] {
            let matrix = Matrix::from_fn(rows, columns, |i, j| ((3 * i + j * j) as f64).cos());
            let svd = thin_svd(&matrix)?;
            for i in 0..rows {
                for j in 0..columns {
                    let sum: f64 =
                        (0..svd.values.len()).map(|k| svd.values[k] * svd.left[(k, i)] * svd.right[(k, j)]).sum();
                    // Backward stable: a few ulps of the norm, below 6.
                    assert!((sum - matrix[(i, j)]).abs() < 1e-13);
                }
            }
        }
        Ok(())
    }
}
