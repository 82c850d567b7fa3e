//! Eigenvalues and eigenvectors of a symmetric matrix, once or many times with the same buffers.

use faer::Par;
use faer::diag::DiagMut;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::mat::{MatMut, MatRef};

use super::product::settle;
use super::{LinearError, Matrix, dot, tridiagonal};

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
    Ok(SymmetricEigen { values: workspace.values, vectors: Matrix::from_rows(size, size, workspace.vectors)? })
}

/// Rounding of a product of two matrices stays far below this share of its largest entry.
const SYMMETRY_TOLERANCE: f64 = 1e-9;

fn check_symmetric(matrix: &Matrix) -> Result<(), LinearError> {
    let largest = matrix.as_slice().iter().fold(0.0_f64, |most, value| most.max(value.abs()));
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
        return Err(LinearError::NotSymmetric { row: worst.0, column: worst.1, difference: worst.2 });
    }
    Ok(())
}

/// Products after which power iteration on a large matrix gives way to the full decomposition.
const MOST_PRODUCTS: usize = 40;
/// Products after which a small matrix is squared.
const PRODUCTS: usize = 12;
/// Squarings after which two values count as tied, and the full decomposition decides.
const MOST_SQUARINGS: usize = 12;
/// Largest change of an entry of a unit vector that is rounding.
const SETTLED: f64 = 4.0 * f64::EPSILON;

/// One step of power iteration, the vector of the step before in `before`; the norm of the image, `None` where there is no
/// direction.
fn product(matrix: &[f64], vector: &mut [f64], before: &mut [f64]) -> Option<f64> {
    before.copy_from_slice(vector);
    vector.fill(0.0);
    // Symmetric, so rows are columns: whole rows are added, two at a time, instead of summed across.
    let size = before.len();
    let mut twos = matrix.chunks_exact(2 * size);
    let mut weights = before.chunks_exact(2);
    for (rows, weights) in twos.by_ref().zip(weights.by_ref()) {
        let (first, second) = rows.split_at(size);
        for ((entry, one), two) in vector.iter_mut().zip(first).zip(second) {
            *entry += weights[0] * one + weights[1] * two;
        }
    }
    for (row, weight) in twos.remainder().chunks_exact(size).zip(weights.remainder()) {
        vector.iter_mut().zip(row).for_each(|(entry, value)| *entry += weight * value);
    }
    let value = dot(vector, vector).sqrt();
    let scale = 1.0 / value;
    vector.iter_mut().for_each(|entry| *entry *= scale);
    (value.is_finite() && value > 0.0).then_some(value)
}

/// Up to `most` steps of power iteration; whether the vector settled to rounding, `None` where there is no direction.
fn products(matrix: &[f64], vector: &mut [f64], before: &mut [f64], most: usize) -> Option<bool> {
    for _ in 0..most {
        product(matrix, vector, before)?;
        let change = vector.iter().zip(before.iter()).map(|(new, old)| (old - new).abs()).fold(0.0, f64::max);
        if change <= SETTLED {
            return Some(true);
        }
    }
    Some(false)
}

/// Replaces a symmetric matrix by its square over the largest entry of the square, so that no power over- or underflows.
fn square(matrix: &mut [f64], scratch: &mut [f64], size: usize) {
    let mut largest = 0.0_f64;
    for (i, row) in matrix.chunks_exact(size).enumerate() {
        for (j, other) in matrix.chunks_exact(size).enumerate().take(i + 1) {
            let value = dot(row, other);
            largest = largest.max(value.abs());
            scratch[i * size + j] = value;
            scratch[j * size + i] = value;
        }
    }
    let scale = 1.0 / largest;
    matrix.iter_mut().zip(scratch).for_each(|(entry, value)| *entry = scale * *value);
}

/// Buffers for the eigenvectors of many symmetric matrices of one size; no allocation per matrix.
pub struct SymmetricWorkspace {
    size: usize,
    scratch: MemBuffer,
    values: Vec<f64>,
    vectors: Vec<f64>,
    /// Values that belong to the last matrix: all of them, or the first alone.
    known: usize,
    /// For [`tridiagonal`]: a copy of the matrix, and a vector; empty where the matrix is large.
    copy: Vec<f64>,
    square: Vec<f64>,
    squares: Vec<f64>,
}

/// Up to this size eigenvalues alone are found by our own routine; it was measured to be faster there.
const SMALL: usize = 32;

impl std::fmt::Debug for SymmetricWorkspace {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SymmetricWorkspace").field("size", &self.size).finish_non_exhaustive()
    }
}

impl SymmetricWorkspace {
    /// Buffers for matrices of `size` rows and columns.
    #[must_use]
    pub fn new(size: usize) -> Self {
        let need = if size == 0 {
            faer::dyn_stack::StackReq::EMPTY
        } else {
            self_adjoint_evd_scratch::<f64>(size, ComputeEigenvectors::Yes, Par::Seq, Default::default())
        };
        let small = if size <= SMALL { size } else { 0 };
        Self {
            size,
            scratch: MemBuffer::new(need),
            values: vec![0.0; size],
            vectors: vec![0.0; size * size],
            known: size,
            copy: vec![0.0; small * small],
            square: vec![0.0; small * small],
            squares: vec![0.0; small],
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
            return Err(LinearError::NotFinite { row: at / size, column: at % size, value: matrix[at] });
        }
        if size == 0 {
            return Ok(());
        }
        // Symmetric, so row order and column order are the same matrix. Columns of the result are rows of `vectors`.
        self_adjoint_evd(
            MatRef::from_column_major_slice(matrix, size, size),
            DiagMut::from_slice_mut(&mut self.values),
            Some(MatMut::from_column_major_slice_mut(&mut self.vectors, size, size)),
            Par::Seq,
            MemStack::new(&mut self.scratch),
            Default::default(),
        )
        .map_err(|_| LinearError::NoConvergence { what: "eigenvalues", rows: size, columns: size })?;
        settle();
        self.known = size;
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

    /// As [`decompose`](Self::decompose), when only the top vector is wanted: vector 0 alone, and the top value alone or,
    /// with `all_values`, every one.
    ///
    /// Power iteration on the matrix (paper §8.4), which for Jacobians with a dominant singular value takes a handful of
    /// products and is several times cheaper than all vectors; where it has not settled to rounding after a few
    /// dozen products, all vectors are computed instead. Vector and top value have the same bits either way.
    ///
    /// # Errors
    /// As [`decompose`](Self::decompose).
    pub fn decompose_top(&mut self, matrix: &[f64], all_values: bool) -> Result<(), LinearError> {
        let size = self.size;
        let Some(top) = (if matrix.len() == size * size { self.iterate_to_top(matrix) } else { None }) else {
            return self.decompose(matrix);
        };
        if largest_is_negative(&self.vectors[..size]) {
            self.vectors[..size].iter_mut().for_each(|value| *value = -*value);
        }
        self.known = 1;
        if all_values {
            self.values_alone(matrix)?;
            self.known = size;
        }
        self.values[0] = top;
        Ok(())
    }

    /// All eigenvalues in falling order.
    fn values_alone(&mut self, matrix: &[f64]) -> Result<(), LinearError> {
        if self.size <= SMALL {
            self.copy.copy_from_slice(matrix);
            if tridiagonal::eigenvalues(&mut self.copy, &mut self.values, &mut self.squares) {
                self.values.sort_unstable_by(|one, two| two.total_cmp(one));
                return Ok(());
            }
        }
        self_adjoint_evd(
            MatRef::from_column_major_slice(matrix, self.size, self.size),
            DiagMut::from_slice_mut(&mut self.values),
            None,
            Par::Seq,
            MemStack::new(&mut self.scratch),
            Default::default(),
        )
        .map_err(|_| LinearError::NoConvergence {
            what: "eigenvalues",
            rows: self.size,
            columns: self.size,
        })?;
        settle();
        self.values.reverse();
        Ok(())
    }

    /// Power iteration from the column of the largest diagonal entry; the eigenvalue, where it settled to rounding.
    ///
    /// Where a few products do not settle, a small matrix is squared and they go on with the square, whose gap is wider:
    /// after k squarings each product counts for 2^k.
    fn iterate_to_top(&mut self, matrix: &[f64]) -> Option<f64> {
        let size = self.size;
        let mut best = (0.0, 0);
        for i in 0..size {
            if matrix[i * size + i] > best.0 {
                best = (matrix[i * size + i], i);
            }
        }
        if size < 2 || !best.0.is_finite() || best.0 <= 0.0 {
            return None;
        }
        let (vector, rest) = self.vectors.split_at_mut(size);
        let before = &mut rest[..size];
        vector.copy_from_slice(&matrix[best.1 * size..(best.1 + 1) * size]);
        let norm = dot(vector, vector).sqrt();
        vector.iter_mut().for_each(|value| *value /= norm);
        let small = size <= SMALL;
        let mut settled = products(matrix, vector, before, if small { PRODUCTS } else { MOST_PRODUCTS })?;
        if small && !settled {
            self.copy.copy_from_slice(matrix);
            for _ in 0..MOST_SQUARINGS {
                square(&mut self.copy, &mut self.square, size);
                settled = products(&self.copy, vector, before, PRODUCTS)?;
                if settled {
                    break;
                }
            }
        }
        // The last product is with the matrix itself, and tells the value.
        if settled { product(matrix, vector, before) } else { None }
    }

    /// Eigenvalues of the last matrix, the largest first; the top one alone where no other was asked for.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values[..self.known]
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
        let matrix =
            Matrix::from_fn(7, 7, |i, j| ((i * j) as f64 + 1.0).sin() + if i == j { 0.5 * i as f64 } else { 0.0 });
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
        assert!(matches!(symmetric_eigen(&matrix), Err(LinearError::NotSymmetric { row: 1, column: 0, .. })));
    }

    /// The top vector alone is the first of all vectors, with a gap and with a tie (where it falls back).
    #[test]
    fn the_top_alone_is_the_first_of_all() -> Result<(), LinearError> {
        for spread in [0.01, 0.3, 0.9, 1.0] {
            let turn = Matrix::from_rows(3, 3, vec![0.6, 0.8, 0.0, -0.8, 0.6, 0.0, 0.0, 0.0, 1.0])?;
            let matrix = turn.multiply(&Matrix::diagonal(&[2.0, 2.0 * spread, 0.005]))?.multiply_transposed(&turn)?;
            let (mut all, mut top) = (SymmetricWorkspace::new(3), SymmetricWorkspace::new(3));
            all.decompose(matrix.as_slice())?;
            top.decompose_top(matrix.as_slice(), true)?;
            let mut alone = SymmetricWorkspace::new(3);
            alone.decompose_top(matrix.as_slice(), false)?;
            assert_eq!((alone.values()[0], alone.vector(0)), (top.values()[0], top.vector(0)));
            for i in 0..3 {
                assert!((all.values()[i] - top.values()[i]).abs() < 1e-14);
                // Rounding over the relative gap, at least 0.1; on the tie both are the same computation.
                assert!((all.vector(0)[i] - top.vector(0)[i]).abs() < 1e-13, "{spread}");
            }
        }
        Ok(())
    }

    #[test]
    fn one_workspace_serves_many_matrices_with_the_same_bits() -> Result<(), LinearError> {
        let mut workspace = SymmetricWorkspace::new(2);
        workspace.decompose(&[2.0, 0.5, 0.5, 1.0])?;
        let first = (workspace.values().to_vec(), workspace.vector(0).to_vec());
        workspace.decompose(&[9.0, 0.0, 0.0, -1.0])?;
        workspace.decompose(&[2.0, 0.5, 0.5, 1.0])?;
        assert_eq!(first, (workspace.values().to_vec(), workspace.vector(0).to_vec()));
        Ok(())
    }
}
