//! The Cholesky factor of a small dense matrix.

use crate::linear::dot;

/// The lower factor L of a = L·Lᵀ in place (the upper triangle is left alone); `None` where a is not positive definite.
pub(super) fn cholesky(a: &mut [f64], size: usize) -> Option<()> {
    for j in 0..size {
        for i in j..size {
            let (upper, lower) = a.split_at(i * size);
            let row_j = if i == j { &lower[..j] } else { &upper[j * size..j * size + j] };
            let sum = lower[j] - dot(&lower[..j], row_j);
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
}
