//! Products of dense matrices by the linear algebra library's own kernels, on the calling thread.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};

use crate::linear::{LinearError, Matrix};

fn of(matrix: &Matrix) -> MatRef<'_, f64> {
    MatRef::from_row_major_slice(matrix.as_slice(), matrix.rows(), matrix.columns())
}

fn product(left: MatRef<'_, f64>, right: MatRef<'_, f64>) -> Result<Matrix, LinearError> {
    let (rows, columns) = (left.nrows(), right.ncols());
    let mut result = vec![0.0; rows * columns];
    if rows * columns * left.ncols() > 0 {
        let target = MatMut::from_row_major_slice_mut(&mut result, rows, columns);
        matmul(target, Accum::Replace, left, right, 1.0, Par::Seq);
        // The kernels leave the upper halves of the vector registers in use, which slows all plain code behind them on
        // x86-64; any other vector routine of the library clears them on its way out, and this is the shortest one.
        std::hint::black_box(faer::ColRef::from_slice(std::hint::black_box(&[0.0_f64; 16])).norm_max());
    }
    Matrix::from_rows(rows, columns, result)
}

/// a · b. The order of the sums depends on shapes and processor kind only.
pub(super) fn times(a: &Matrix, b: &Matrix) -> Result<Matrix, LinearError> {
    product(of(a), of(b))
}

/// a · bᵀ.
pub(super) fn times_transposed(a: &Matrix, b: &Matrix) -> Result<Matrix, LinearError> {
    product(of(a), of(b).transpose())
}

/// aᵀ · b.
pub(super) fn transposed_times(a: &Matrix, b: &Matrix) -> Result<Matrix, LinearError> {
    product(of(a).transpose(), of(b))
}

/// The lower factor L of a = L·Lᵀ in place (the upper triangle is left alone); `None` where a is not positive definite.
pub(super) fn cholesky(a: &mut [f64], size: usize) -> Option<()> {
    for j in 0..size {
        for i in j..size {
            let (upper, lower) = a.split_at(i * size);
            let row_j = if i == j { &lower[..j] } else { &upper[j * size..j * size + j] };
            let sum = lower[j] - crate::linear::dot(&lower[..j], row_j);
            if i == j {
                if sum.is_nan() || sum <= 0.0 {
                    return None;
                }
                a[j * size + j] = sum.sqrt();
            } else {
                a[i * size + j] = sum / a[j * size + j];
            }
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn the_factor_times_its_transpose_is_the_matrix() {
        // L = [[2,0],[1,3]]: L Lᵀ = [[4,2],[2,10]].
        let mut a = vec![4.0, 2.0, 2.0, 10.0];
        cholesky(&mut a, 2).unwrap();
        assert_eq!([a[0], a[2], a[3]], [2.0, 1.0, 3.0]);
        assert!(cholesky(&mut [1.0, 2.0, 2.0, 1.0], 2).is_none());
    }

    #[test]
    fn products_agree_with_the_plain_ones() {
        let a = Matrix::from_fn(5, 3, |i, j| (i * 3 + j) as f64);
        let b = Matrix::from_fn(5, 2, |i, j| (i + 2 * j) as f64 - 3.0);
        let plain = a.transposed().multiply(&b).unwrap();
        // Whole numbers: every order of the sums gives the same.
        assert_eq!(transposed_times(&a, &b).unwrap(), plain);
        assert_eq!(times(&a.transposed(), &b).unwrap(), plain);
        assert_eq!(times_transposed(&a.transposed(), &b.transposed()).unwrap(), plain);
    }
}
