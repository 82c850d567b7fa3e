//! Products of large dense matrices in row order, by the linear algebra library's own kernels, on the calling thread.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};

use super::{LinearError, Matrix};

/// left x right for slices in row order: (rows x inner)(inner x columns), written into `result`.
///
/// The order of the sums depends on the shapes and the processor kind only, so equal inputs give equal bits.
///
/// # Panics
/// Where a slice has another length than its shape says, an error of the caller.
///
/// ```
/// use transferscope_theory::linear::product::multiply;
/// let mut result = [0.0; 2];
/// multiply(&[1.0, 2.0, 3.0, 4.0], &[1.0, 10.0], (2, 2, 1), &mut result);
/// assert_eq!(result, [21.0, 43.0]);
/// ```
pub fn multiply(left: &[f64], right: &[f64], (rows, inner, columns): (usize, usize, usize), result: &mut [f64]) {
    matmul(
        MatMut::from_row_major_slice_mut(result, rows, columns),
        Accum::Replace,
        MatRef::from_row_major_slice(left, rows, inner),
        MatRef::from_row_major_slice(right, inner, columns),
        1.0,
        Par::Seq,
    );
    settle();
}

/// leftᵀ x right, summed over the common rows: (N x a)ᵀ(N x b) is a x b.
///
/// # Errors
/// [`LinearError::WrongShape`] for other numbers of rows, [`LinearError::NotFinite`] where the product overflows.
pub fn cross(left: &Matrix, right: &Matrix) -> Result<Matrix, LinearError> {
    agree("rows", left.rows(), right.rows(), right)?;
    let (rows, columns) = (left.columns(), right.columns());
    let mut result = vec![0.0; rows * columns];
    add_cross(left.as_slice(), right.as_slice(), (left.rows(), rows, columns), &mut result);
    Matrix::from_rows(rows, columns, result)
}

/// left x right.
///
/// # Errors
/// As [`cross`], where the columns of the one are not the rows of the other.
pub(crate) fn times(left: &Matrix, right: &Matrix) -> Result<Matrix, LinearError> {
    agree("rows", left.columns(), right.rows(), right)?;
    let (rows, columns) = (left.rows(), right.columns());
    let mut result = vec![0.0; rows * columns];
    multiply(left.as_slice(), right.as_slice(), (rows, left.columns(), columns), &mut result);
    Matrix::from_rows(rows, columns, result)
}

/// left x rightᵀ.
///
/// # Errors
/// As [`cross`], for other numbers of columns.
pub(crate) fn times_transposed(left: &Matrix, right: &Matrix) -> Result<Matrix, LinearError> {
    agree("columns", left.columns(), right.columns(), right)?;
    let (rows, columns) = (left.rows(), right.rows());
    let mut result = vec![0.0; rows * columns];
    add_multiply_transposed(left.as_slice(), right.as_slice(), (rows, left.columns(), columns), &mut result);
    Matrix::from_rows(rows, columns, result)
}

fn agree(what: &str, expected: usize, found: usize, right: &Matrix) -> Result<(), LinearError> {
    if expected == found {
        return Ok(());
    }
    Err(LinearError::WrongShape {
        expected: format!("{expected} {what}"),
        found_rows: right.rows(),
        found_columns: right.columns(),
    })
}

/// Adds left x rightᵀ of slices in row order, (rows x inner)(columns x inner)ᵀ, to a rows x columns matrix.
pub(crate) fn add_multiply_transposed(
    left: &[f64],
    right: &[f64],
    (rows, inner, columns): (usize, usize, usize),
    result: &mut [f64],
) {
    matmul(
        MatMut::from_row_major_slice_mut(result, rows, columns),
        Accum::Add,
        MatRef::from_row_major_slice(left, rows, inner),
        MatRef::from_row_major_slice(right, columns, inner).transpose(),
        1.0,
        Par::Seq,
    );
    settle();
}

/// Adds leftᵀ x right of slices in row order, (N x a)ᵀ(N x b), to an a x b matrix.
pub(crate) fn add_cross(
    left: &[f64],
    right: &[f64],
    (count, rows, columns): (usize, usize, usize),
    result: &mut [f64],
) {
    matmul(
        MatMut::from_row_major_slice_mut(result, rows, columns),
        Accum::Add,
        MatRef::from_row_major_slice(left, count, rows).transpose(),
        MatRef::from_row_major_slice(right, count, columns),
        1.0,
        Par::Seq,
    );
    settle();
}

/// The f64 kernels of the library leave the upper halves of the vector registers in use, after which all code compiled
/// for the plain instruction set (exp, our loops) runs up to twenty times slower on x86-64. Any other vector routine of
/// the library clears them on its way out; this is the shortest one.
pub(super) fn settle() {
    std::hint::black_box(faer::ColRef::from_slice(std::hint::black_box(&[0.0_f64; 16])).norm_max());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every product against the plain one; entries are below 30, sums of seven of them below 1e4.
    #[test]
    fn every_product_is_the_plain_one() -> Result<(), LinearError> {
        let left = Matrix::from_fn(7, 3, |i, j| (5 * i + 2 * j) as f64 - 9.0);
        let right = Matrix::from_fn(7, 4, |i, j| (3 * i * j) as f64 + 1.0);
        let expected = left.transposed().multiply(&right)?;
        assert_eq!(cross(&left, &right)?, expected, "integers below 2^53 are exact");
        let mut result = vec![0.0; 12];
        multiply(left.transposed().as_slice(), right.as_slice(), (3, 7, 4), &mut result);
        assert_eq!(result, expected.as_slice());
        assert_eq!(times(&left.transposed(), &right)?, expected);
        assert_eq!(times_transposed(&left.transposed(), &right.transposed())?, expected);
        assert!(times(&left, &right).is_err() && times_transposed(&left, &right).is_err());
        Ok(())
    }
}
