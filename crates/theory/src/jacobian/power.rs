//! The top singular vector by power iteration, for networks whose Jacobian is too large to form (paper §8.4).

use super::JacobianError;
use crate::linear::dot;

/// What power iteration found.
#[derive(Debug, Clone, PartialEq)]
pub struct TopSingular {
    /// sigma_1.
    pub value: f64,
    /// Unit right singular vector, n; its largest entry is positive.
    pub right: Vec<f64>,
    /// J v = sigma_1 u, d.
    pub image: Vec<f64>,
    /// Iterations used.
    pub iterations: usize,
    /// Whether the relative change of the Rayleigh quotient fell below the tolerance.
    pub converged: bool,
}

/// Iterates v <- Jᵀ(J v)/|.| from `start`; the error shrinks by (sigma_2/sigma_1)² per iteration.
///
/// `forward` is v -> J v (a Jacobian-vector product), `backward` is w -> Jᵀ w (a vector-Jacobian product). A start
/// that J sends to zero gives a zero value, not converged.
///
/// # Errors
/// [`JacobianError::Shape`] for a start that is zero or not finite.
///
/// ```
/// use transferscope_theory::jacobian::power_iteration;
/// use transferscope_theory::linear::Matrix;
/// let jacobian = Matrix::diagonal(&[1.0, 3.0]);
/// let top = power_iteration(|v| jacobian.apply(v), |w| jacobian.transposed().apply(w), &[1.0, 1.0], 100, 1e-15)?;
/// assert!((top.value - 3.0).abs() < 1e-9 && top.converged);
/// # Ok::<(), transferscope_theory::jacobian::JacobianError>(())
/// ```
pub fn power_iteration(
    mut forward: impl FnMut(&[f64]) -> Vec<f64>,
    mut backward: impl FnMut(&[f64]) -> Vec<f64>,
    start: &[f64],
    most_iterations: usize,
    tolerance: f64,
) -> Result<TopSingular, JacobianError> {
    let mut right = start.to_vec();
    if !unit(&mut right) {
        return Err(JacobianError::Shape {
            expected: "a finite start that is not zero".into(),
            found: "a zero or not finite vector".into(),
        });
    }
    let mut image = forward(&right);
    let mut quotient = dot(&image, &image);
    let mut iterations = 0;
    let mut converged = false;
    while iterations < most_iterations && !converged && quotient > 0.0 {
        iterations += 1;
        let mut next = backward(&image);
        if !unit(&mut next) {
            break;
        }
        right = next;
        image = forward(&right);
        let new = dot(&image, &image);
        converged = (new - quotient).abs() <= tolerance * new;
        quotient = new;
    }
    let largest = right.iter().fold(0.0_f64, |most, &value| if value.abs() > most.abs() { value } else { most });
    if largest < 0.0 {
        right.iter_mut().chain(&mut image).for_each(|value| *value = -*value);
    }
    Ok(TopSingular { value: quotient.sqrt(), right, image, iterations, converged })
}

/// Divides by the norm; false when that is impossible.
fn unit(vector: &mut [f64]) -> bool {
    let norm = dot(vector, vector).sqrt();
    if !(norm.is_finite() && norm > 0.0) {
        return false;
    }
    vector.iter_mut().for_each(|value| *value /= norm);
    true
}
