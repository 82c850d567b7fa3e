//! Eigenvalues alone of a small symmetric matrix: Householder to tridiagonal form, then square-root-free QL steps.
//!
//! For matrices of the size of a Jacobian's Gram matrix (ten outputs) this is several times faster than the general
//! routine of the linear algebra library (docs/design/decisions.md); larger ones go to the library.

/// QL steps per eigenvalue after which the method counts as not converging; two are usual.
const MOST_STEPS: usize = 40;

/// The eigenvalues of a symmetric matrix in row order, which is destroyed; unsorted, in `values`.
///
/// `squares` is scratch of the same length. Accurate to a few roundings of the largest eigenvalue. False where the steps
/// did not converge, which no finite matrix is known to do.
pub(super) fn eigenvalues(matrix: &mut [f64], values: &mut [f64], squares: &mut [f64]) -> bool {
    let size = values.len();
    let largest = matrix.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    if largest == 0.0 {
        values.fill(0.0);
        return true;
    }
    // Entries of at most one: no square over- or underflows where it matters.
    let scale = 1.0 / largest;
    if !scale.is_finite() {
        return false;
    }
    matrix.iter_mut().for_each(|entry| *entry *= scale);
    to_tridiagonal(matrix, size, values, squares);
    let converged = ql_steps(values, squares);
    values.iter_mut().for_each(|value| *value *= largest);
    converged
}

/// Diagonal into `diagonal`, squares of the entries beside it into `squares` (`squares[i]` between i and i + 1).
fn to_tridiagonal(matrix: &mut [f64], size: usize, diagonal: &mut [f64], squares: &mut [f64]) {
    for last in (1..size).rev() {
        // The reflection that turns the first `last` entries of row `last` into a multiple of the last of them.
        let (above, row) = matrix.split_at_mut(last * size);
        let u = &mut row[..last];
        let corner = u[last - 1];
        let rest: f64 = u[..last - 1].iter().map(|entry| entry * entry).sum();
        squares[last - 1] = rest + corner * corner;
        if rest == 0.0 {
            continue;
        }
        let image = -(squares[last - 1].sqrt().copysign(corner));
        let half_square = squares[last - 1] - corner * image;
        u[last - 1] = corner - image;
        // p = A u / h and q = p - (uᵀp / 2h) u; then A - u qᵀ - q uᵀ is the reflected block. `diagonal` holds q.
        let mut overlap = 0.0;
        for (row, (entry, slot)) in above.chunks_exact(size).zip(u.iter().zip(diagonal.iter_mut())) {
            let image: f64 = row[..last].iter().zip(u.iter()).map(|(a, b)| a * b).sum();
            *slot = image / half_square;
            overlap += *slot * entry;
        }
        let half = 0.5 * overlap / half_square;
        for (slot, entry) in diagonal.iter_mut().zip(u.iter()) {
            *slot -= half * entry;
        }
        for (i, row) in above.chunks_exact_mut(size).enumerate() {
            let (left, right) = (u[i], diagonal[i]);
            for (entry, (q, v)) in row[..last].iter_mut().zip(diagonal.iter().zip(u.iter())) {
                *entry -= left * q + right * v;
            }
        }
    }
    for (i, value) in diagonal.iter_mut().enumerate() {
        *value = matrix[i * size + i];
    }
    if let Some(end) = squares.last_mut() {
        *end = 0.0;
    }
}

/// Pal, Walker and Kahan's form of the implicit QL step, which works on squares of the entries beside the diagonal.
fn ql_steps(diagonal: &mut [f64], squares: &mut [f64]) -> bool {
    let size = diagonal.len();
    // Entries beside the diagonal below half a rounding of the largest entry (one) count as zero.
    const NEGLIGIBLE: f64 = 0.25 * f64::EPSILON * f64::EPSILON;
    for first in 0..size {
        let mut steps = 0;
        loop {
            let last = (first..size - 1).find(|&i| squares[i] <= NEGLIGIBLE).unwrap_or(size - 1);
            if last == first {
                break;
            }
            steps += 1;
            if steps > MOST_STEPS {
                return false;
            }
            // Wilkinson's shift: the eigenvalue of the upper 2 x 2 block that lies nearer to its corner.
            let (root, corner) = (squares[first].sqrt(), diagonal[first]);
            let ratio = (diagonal[first + 1] - corner) / (2.0 * root);
            let shift = corner - root / (ratio + (ratio * ratio + 1.0).sqrt().copysign(ratio));
            let (mut cosine, mut sine) = (1.0, 0.0);
            let mut gamma = diagonal[last] - shift;
            let mut square = gamma * gamma;
            for i in (first..last).rev() {
                let beside = squares[i];
                let sum = square + beside;
                if i + 1 < last {
                    squares[i + 1] = sine * sum;
                }
                let before = cosine;
                cosine = square / sum;
                sine = beside / sum;
                let old_gamma = gamma;
                let alpha = diagonal[i];
                gamma = cosine * (alpha - shift) - sine * old_gamma;
                diagonal[i + 1] = old_gamma + (alpha - gamma);
                square = if cosine == 0.0 { before * beside } else { gamma * gamma / cosine };
            }
            squares[first] = sine * square;
            diagonal[first] = shift + gamma;
            if !(squares[first].is_finite() && diagonal[first].is_finite()) {
                return false;
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linear::{LinearError, Matrix, symmetric_eigen};

    fn sorted_values(matrix: &Matrix) -> Vec<f64> {
        let size = matrix.rows();
        let (mut values, mut squares) = (vec![0.0; size], vec![0.0; size]);
        assert!(eigenvalues(&mut matrix.as_slice().to_vec(), &mut values, &mut squares));
        values.sort_by(|one, two| two.total_cmp(one));
        values
    }

    /// Against the library: full rank, rank one, tied values, diagonal, and values eight orders of magnitude apart.
    #[test]
    fn the_values_are_the_librarys() -> Result<(), LinearError> {
        for size in [1, 2, 3, 5, 10, 17] {
            let wave = Matrix::from_fn(size, size, |i, j| ((3 * i + 7 * j) as f64 + 0.4 * (i * j) as f64).sin());
            let gram = wave.multiply_transposed(&wave)?;
            let one = Matrix::from_fn(size, size, |i, j| ((i + 1) * (j + 1)) as f64);
            let steep = Matrix::from_fn(size, size, |i, j| gram[(i, j)] * 1e-4_f64.powi(i as i32 + j as i32));
            let symmetric = wave.plus_scaled(1.0, &wave.transposed())?;
            for matrix in [gram, one, steep, symmetric, Matrix::identity(size), Matrix::zeros(size, size)] {
                let expected = symmetric_eigen(&matrix)?.values;
                let scale = expected.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
                for (found, value) in sorted_values(&matrix).iter().zip(&expected) {
                    // Both are backward stable: a few roundings of the norm for each of up to 17 rows.
                    assert!((found - value).abs() <= 1e-14 * scale, "{size}: {found} against {value}");
                }
            }
        }
        Ok(())
    }

    /// diag(2, 1) turned by 45 degrees, by hand.
    #[test]
    fn two_by_two_by_hand() -> Result<(), LinearError> {
        let values = sorted_values(&Matrix::from_rows(2, 2, vec![1.5, 0.5, 0.5, 1.5])?);
        assert!((values[0] - 2.0).abs() < 1e-15 && (values[1] - 1.0).abs() < 1e-15);
        Ok(())
    }
}
