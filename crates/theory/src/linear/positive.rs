//! Positive semidefinite matrices: the check, the pseudo-inverse with a stated cutoff, and the square root.

use super::{LinearError, Matrix, SymmetricEigen, symmetric_eigen};

/// Eigenvalues below this share of the largest one count as zero: `max(dimensions) * f64::EPSILON` (paper §6.6).
#[must_use]
pub fn default_relative_cutoff(largest_dimension: usize) -> f64 {
    largest_dimension as f64 * f64::EPSILON
}

/// A checked symmetric positive semidefinite matrix, for example a second moment or the weight H.
///
/// ```
/// use transferscope_theory::linear::{Matrix, PositiveSemidefinite};
/// let s = PositiveSemidefinite::new(&Matrix::diagonal(&[4.0, 0.0]))?;
/// assert_eq!(s.rank(), 1);
/// assert_eq!(s.pseudo_inverse().as_slice(), &[0.25, 0.0, 0.0, 0.0]);
/// assert_eq!(s.square_root().as_slice(), &[2.0, 0.0, 0.0, 0.0]);
/// # Ok::<(), transferscope_theory::linear::LinearError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PositiveSemidefinite {
    matrix: Matrix,
    eigen: SymmetricEigen,
    cutoff: f64,
}

impl PositiveSemidefinite {
    /// Checks that `matrix` is symmetric and has no eigenvalue below minus 1e-10 of the largest one.
    ///
    /// Eigenvalues at or below `size * f64::EPSILON * largest` count as zero afterwards.
    ///
    /// # Errors
    /// [`LinearError::NotPositive`] and those of [`symmetric_eigen`].
    pub fn new(matrix: &Matrix) -> Result<Self, LinearError> {
        Self::with_cutoff(matrix, default_relative_cutoff(matrix.rows()))
    }

    /// As [`new`](Self::new), with another relative cutoff, for example of the larger of two dimensions.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_cutoff(matrix: &Matrix, relative_cutoff: f64) -> Result<Self, LinearError> {
        let eigen = symmetric_eigen(matrix)?;
        let largest = eigen.values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
        let tolerance = POSITIVITY_TOLERANCE * largest;
        if let Some(&smallest) = eigen.values.last()
            && smallest < -tolerance
        {
            return Err(LinearError::NotPositive { smallest, tolerance });
        }
        Ok(Self { matrix: matrix.clone(), eigen, cutoff: relative_cutoff * largest })
    }

    /// The identity, the weight of the paper for the target.
    ///
    /// # Errors
    /// None in practice; the type is that of [`new`](Self::new).
    pub fn identity(size: usize) -> Result<Self, LinearError> {
        Self::new(&Matrix::identity(size))
    }

    /// The weight H_S = WᵀW of the optimal transfer map z -> W z + b (paper §1.7). `map` is W.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn from_transfer_map(map: &Matrix) -> Result<Self, LinearError> {
        let transposed = map.transposed();
        Self::new(&transposed.multiply_transposed(&transposed)?)
    }

    /// The matrix itself.
    #[must_use]
    pub fn matrix(&self) -> &Matrix {
        &self.matrix
    }

    /// Eigenvalues, the largest first, as computed (those of rounding may be slightly negative).
    #[must_use]
    pub fn eigenvalues(&self) -> &[f64] {
        &self.eigen.values
    }

    /// How many eigenvalues lie above the cutoff.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.eigen.values.iter().filter(|&&value| value > self.cutoff).count()
    }

    /// The Moore–Penrose pseudo-inverse; eigenvalues at or below the cutoff are treated as zero.
    #[must_use]
    pub fn pseudo_inverse(&self) -> Matrix {
        self.function(|value| 1.0 / value)
    }

    /// The symmetric square root.
    #[must_use]
    pub fn square_root(&self) -> Matrix {
        self.function(f64::sqrt)
    }

    /// The symmetric square root of the pseudo-inverse.
    #[must_use]
    pub fn pseudo_inverse_square_root(&self) -> Matrix {
        self.function(|value| 1.0 / value.sqrt())
    }

    /// sum_i f(lambda_i) v_i v_iᵀ over the eigenvalues above the cutoff.
    fn function(&self, f: impl Fn(f64) -> f64) -> Matrix {
        let size = self.matrix.rows();
        let mut result = Matrix::zeros(size, size);
        for (index, &value) in self.eigen.values.iter().enumerate().take(self.rank()) {
            let vector = self.eigen.vectors.row(index);
            let weight = f(value);
            for i in 0..size {
                for j in 0..size {
                    result[(i, j)] += weight * vector[i] * vector[j];
                }
            }
        }
        result
    }
}

/// Rounding of a second moment leaves negative eigenvalues well above minus this share of the largest.
const POSITIVITY_TOLERANCE: f64 = 1e-10;

#[cfg(test)]
mod tests {
    use super::*;

    /// Penrose's equation A A⁺ A = A, and R R = A, for a matrix of rank two in four dimensions.
    #[test]
    fn pseudo_inverse_and_root_of_a_rank_deficient_matrix() -> Result<(), LinearError> {
        let factor = Matrix::from_fn(4, 2, |i, j| ((i + 2 * j) as f64).sin() + 0.3);
        let matrix = factor.multiply_transposed(&factor)?;
        let checked = PositiveSemidefinite::new(&matrix)?;
        assert_eq!(checked.rank(), 2);
        let again = matrix.multiply(&checked.pseudo_inverse())?.multiply(&matrix)?;
        let root = checked.square_root();
        let square = root.multiply(&root)?;
        for at in 0..16 {
            // Condition number below 100, entries of order one.
            assert!((again.as_slice()[at] - matrix.as_slice()[at]).abs() < 1e-12);
            assert!((square.as_slice()[at] - matrix.as_slice()[at]).abs() < 1e-12);
        }
        Ok(())
    }

    #[test]
    fn an_indefinite_weight_is_refused() {
        let refused = PositiveSemidefinite::new(&Matrix::diagonal(&[1.0, -0.5]));
        assert!(matches!(refused, Err(LinearError::NotPositive { .. })));
    }
}
