//! Eigenvalues and eigenvectors of a symmetric matrix, once or many times with the same buffers.

use faer::Par;
use faer::diag::DiagMut;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::mat::{MatMut, MatRef};

use super::{LinearError, Matrix};

/// Eigenvalues in falling order and the unit eigenvectors that belong to them.
#[derive(Debug, Clone, PartialEq)]
pub struct SymmetricEigen {
    /// Eigenvalues, the largest first.
    pub values: Vec<f64>,
    /// Row i is the unit eigenvector of `values[i]`; its largest entry is positive.
    pub vectors: Matrix,
}

/// Eigenvectors of a symmetric matrix.
///
/// # Errors
/// [`LinearError::WrongShape`] when it is not square, [`LinearError::NotSymmetric`] when entries across the diagonal
/// differ by more than 1e-9 of the largest entry, [`LinearError::NoConvergence`].
///
/// ```
/// use transferscope_theory::linear::{Matrix, symmetric_eigen};
/// let eigen = symmetric_eigen(&Matrix::from_rows(2, 2, vec![2.0, 1.0, 1.0, 2.0])?)?;
/// assert!((eigen.values[0] - 3.0).abs() < 1e-14 && (eigen.values[1] - 1.0).abs() < 1e-14);
/// # Ok::<(), transferscope_theory::linear::LinearError>(())
/// ```
pub fn symmetric_eigen(matrix: &Matrix) -> Result<SymmetricEigen, LinearError> {
    let size = matrix.rows();
    if matrix.columns() != size {
        return Err(LinearError::WrongShape {
            expected: format!("{size} rows and {size} columns"),
            found_rows: size,
            found_columns: matrix.columns(),
        });
    }
    check_symmetric(matrix)?;
    let mut workspace = SymmetricWorkspace::new(size);
    workspace.decompose(matrix.as_slice())?;
    Ok(SymmetricEigen {
        values: workspace.values,
        vectors: Matrix::from_rows(size, size, workspace.vectors)?,
    })
}

/// Rounding of a product of two matrices stays far below this share of its largest entry.
const SYMMETRY_TOLERANCE: f64 = 1e-9;

fn check_symmetric(matrix: &Matrix) -> Result<(), LinearError> {
    let largest = matrix
        .as_slice()
        .iter()
        .fold(0.0_f64, |most, value| most.max(value.abs()));
    let mut worst = (0, 0, 0.0_f64);
    for i in 0..matrix.rows() {
        for j in 0..i {
            let difference = (matrix[(i, j)] - matrix[(j, i)]).abs();
            if difference > worst.2 {
                worst = (i, j, difference);
            }
        }
    }
    if worst.2 > SYMMETRY_TOLERANCE * largest {
        return Err(LinearError::NotSymmetric {
            row: worst.0,
            column: worst.1,
            difference: worst.2,
        });
    }
    Ok(())
}

/// Buffers for the eigenvectors of many symmetric matrices of one size; no allocation per matrix.
pub struct SymmetricWorkspace {
    size: usize,
    scratch: MemBuffer,
    values: Vec<f64>,
    vectors: Vec<f64>,
}

impl std::fmt::Debug for SymmetricWorkspace {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SymmetricWorkspace")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl SymmetricWorkspace {
    /// Buffers for matrices of `size` rows and columns.
    #[must_use]
    pub fn new(size: usize) -> Self {
        let need = if size == 0 {
            faer::dyn_stack::StackReq::EMPTY
        } else {
            self_adjoint_evd_scratch::<f64>(
                size,
                ComputeEigenvectors::Yes,
                Par::Seq,
                Default::default(),
            )
        };
        Self {
            size,
            scratch: MemBuffer::new(need),
            values: vec![0.0; size],
            vectors: vec![0.0; size * size],
        }
    }

    /// Decomposes a symmetric matrix in row order, of which only one triangle is read.
    ///
    /// Afterwards [`values`](Self::values) are in falling order and [`vector`](Self::vector)`(i)` belongs to the i-th.
    ///
    /// # Errors
    /// [`LinearError::WrongLength`], [`LinearError::NotFinite`], [`LinearError::NoConvergence`].
    pub fn decompose(&mut self, matrix: &[f64]) -> Result<(), LinearError> {
        let size = self.size;
        if matrix.len() != size * size {
            return Err(LinearError::WrongLength {
                rows: size,
                columns: size,
                expected: size * size,
                found: matrix.len(),
            });
        }
        if let Some(at) = matrix.iter().position(|value| !value.is_finite()) {
            return Err(LinearError::NotFinite {
                row: at / size,
                column: at % size,
                value: matrix[at],
            });
        }
        if size == 0 {
            return Ok(());
        }
        // Symmetric, so row order and column order are the same matrix. Columns of the result are rows of `vectors`.
        self_adjoint_evd(
            MatRef::from_column_major_slice(matrix, size, size),
            DiagMut::from_slice_mut(&mut self.values),
            Some(MatMut::from_column_major_slice_mut(
                &mut self.vectors,
                size,
                size,
            )),
            Par::Seq,
            MemStack::new(&mut self.scratch),
            Default::default(),
        )
        .map_err(|_| LinearError::NoConvergence {
            what: "eigenvalues",
            rows: size,
            columns: size,
        })?;
        self.values.reverse();
        for i in 0..size / 2 {
            let (head, tail) = self.vectors.split_at_mut((size - 1 - i) * size);
            head[i * size..(i + 1) * size].swap_with_slice(&mut tail[..size]);
        }
        for vector in self.vectors.chunks_exact_mut(size) {
            if largest_is_negative(vector) {
                vector.iter_mut().for_each(|value| *value = -*value);
            }
        }
        Ok(())
    }

    /// Eigenvalues of the last matrix, the largest first.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Unit eigenvector of the i-th value of the last matrix.
    #[must_use]
    pub fn vector(&self, index: usize) -> &[f64] {
        &self.vectors[index * self.size..(index + 1) * self.size]
    }
}

/// Whether the entry of largest absolute value, the first one on a tie, is negative: the sign rule of this crate.
pub(super) fn largest_is_negative(vector: &[f64]) -> bool {
    let mut largest = 0.0_f64;
    for &value in vector {
        if value.abs() > largest.abs() {
            largest = value;
        }
    }
    largest < 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A v = lambda v for every pair, in falling order, with the sign rule.
    #[test]
    fn eigenvectors_satisfy_their_equation() -> Result<(), LinearError> {
        let matrix = Matrix::from_fn(7, 7, |i, j| {
            ((i * j) as f64 + 1.0).sin() + if i == j { 0.5 * i as f64 } else { 0.0 }
        });
        let eigen = symmetric_eigen(&matrix)?;
        for i in 0..7 {
            let vector = eigen.vectors.row(i);
            for (image, entry) in matrix.apply(vector).iter().zip(vector) {
                // Backward stable: a few ulps of the norm, about 10.
                assert!((image - eigen.values[i] * entry).abs() < 1e-13);
            }
            assert!(i == 0 || eigen.values[i - 1] >= eigen.values[i]);
            assert!(!largest_is_negative(vector));
        }
        Ok(())
    }

    #[test]
    fn an_asymmetric_matrix_is_refused() {
        let matrix = Matrix::from_fn(2, 2, |i, j| (i * 2 + j) as f64);
        assert!(matches!(
            symmetric_eigen(&matrix),
            Err(LinearError::NotSymmetric {
                row: 1,
                column: 0,
                ..
            })
        ));
    }

    #[test]
    fn one_workspace_serves_many_matrices_with_the_same_bits() -> Result<(), LinearError> {
        let mut workspace = SymmetricWorkspace::new(2);
        workspace.decompose(&[2.0, 0.5, 0.5, 1.0])?;
        let first = (workspace.values().to_vec(), workspace.vector(0).to_vec());
        workspace.decompose(&[9.0, 0.0, 0.0, -1.0])?;
        workspace.decompose(&[2.0, 0.5, 0.5, 1.0])?;
        assert_eq!(
            first,
            (workspace.values().to_vec(), workspace.vector(0).to_vec())
        );
        Ok(())
    }
}
