//! Products of dense matrices in row order, by the linear algebra library's own kernels, on the calling thread.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use transferscope_theory::linear::{LinearError, Matrix};

/// left x right for slices in row order: (rows x inner)(inner x columns), written into `result`.
///
/// The order of the sums depends on the shapes and the processor kind only, so equal inputs give equal bits.
pub(super) fn multiply(left: &[f64], right: &[f64], (rows, inner, columns): (usize, usize, usize), result: &mut [f64]) {
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

/// The f64 kernels of the product leave the upper halves of the vector registers in use, after which all code compiled for
/// the plain instruction set (exp, our loops) runs up to twenty times slower on x86-64. Any other vector routine of the
/// library clears them on its way out; this is the shortest one.
fn settle() {
    std::hint::black_box(faer::ColRef::from_slice(std::hint::black_box(&[0.0_f64; 16])).norm_max());
}

/// leftᵀ x right, summed over the common rows: (N x a)ᵀ(N x b) is a x b.
pub(super) fn cross(left: &Matrix, right: &Matrix) -> Result<Matrix, LinearError> {
    let (rows, columns) = (left.columns(), right.columns());
    if left.rows() != right.rows() {
        return Err(LinearError::WrongShape {
            expected: format!("{} rows", left.rows()),
            found_rows: right.rows(),
            found_columns: columns,
        });
    }
    let mut result = vec![0.0; rows * columns];
    matmul(
        MatMut::from_row_major_slice_mut(&mut result, rows, columns),
        Accum::Replace,
        MatRef::from_row_major_slice(left.as_slice(), left.rows(), rows).transpose(),
        MatRef::from_row_major_slice(right.as_slice(), right.rows(), columns),
        1.0,
        Par::Seq,
    );
    settle();
    Matrix::from_rows(rows, columns, result)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both products against the plain ones of the theory; entries are below 30, sums of seven of them below 1e4.
    #[test]
    fn both_products_are_the_plain_ones() -> Result<(), LinearError> {
        let left = Matrix::from_fn(7, 3, |i, j| (5 * i + 2 * j) as f64 - 9.0);
        let right = Matrix::from_fn(7, 4, |i, j| (3 * i * j) as f64 + 1.0);
        let expected = left.transposed().multiply(&right)?;
        assert_eq!(cross(&left, &right)?, expected, "integers below 2^53 are exact");
        let mut result = vec![0.0; 12];
        multiply(left.transposed().as_slice(), right.as_slice(), (3, 7, 4), &mut result);
        assert_eq!(result, expected.as_slice());
        Ok(())
    }
}
