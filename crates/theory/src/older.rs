//! The measures and the scalar theorem of the first version of the paper: tau1 and tau2 (paper §9).

use crate::linear::product::cross;
use crate::linear::{LinearError, Matrix, PositiveSemidefinite, dot, thin_svd};

/// tau1(x): the squared cosine of two perturbations; `None` when one of them is zero.
///
/// ```
/// use transferscope_theory::older::tau1;
/// assert_eq!(tau1(&[1.0, 0.0], &[1.0, 0.0]), Some(1.0));
/// assert_eq!(tau1(&[1.0, 0.0], &[0.0, 2.0]), Some(0.0));
/// assert_eq!(tau1(&[1.0, 0.0], &[0.0, 0.0]), None);
/// ```
#[must_use]
pub fn tau1(first: &[f64], second: &[f64]) -> Option<f64> {
    let norms = dot(first, first) * dot(second, second);
    (norms > 0.0).then(|| dot(first, second).powi(2) / norms)
}

/// tau2 of f1 -> f2: <2 D2 - A D1, A D1> / |D2|², D1 (N x d_1) and D2 (N x d_2) being the deviations of f1 and f2 under
/// the attack built on f1, and A the least-squares map from D1 to D2, shrunk to operator norm |D2|/|D1| where larger.
///
/// `None` when D2 is zero everywhere.
///
/// # Errors
/// [`LinearError`] for other numbers of rows.
pub fn tau2(own: &Matrix, other: &Matrix) -> Result<Option<f64>, LinearError> {
    let total = other.squared_norm();
    if total == 0.0 || own.squared_norm() == 0.0 {
        return Ok((total > 0.0).then_some(0.0));
    }
    let mapped = own.multiply_transposed(&tau2_map(own, other)?)?;
    let inner: f64 =
        mapped.as_slice().iter().zip(other.as_slice()).map(|(image, value)| (2.0 * value - image) * image).sum();
    Ok(Some(inner / total))
}

/// A of tau2, d_2 x d_1: least squares from D1 to D2, shrunk to operator norm |D2|/|D1| where larger; zero where D1 is.
///
/// # Errors
/// [`LinearError`] for other numbers of rows.
pub fn tau2_map(own: &Matrix, other: &Matrix) -> Result<Matrix, LinearError> {
    if own.squared_norm() == 0.0 {
        return Ok(Matrix::zeros(other.columns(), own.columns()));
    }
    let moment = cross(own, own)?;
    // The two triangles may be summed in different orders.
    let moment =
        Matrix::from_fn(own.columns(), own.columns(), |i, j| if i < j { moment[(j, i)] } else { moment[(i, j)] });
    let map = cross(other, own)?.multiply(&PositiveSemidefinite::new(&moment)?.pseudo_inverse())?;
    let radius = (other.squared_norm() / own.squared_norm()).sqrt();
    let size = thin_svd(&map)?.values.first().copied().unwrap_or(0.0);
    Ok(if size > radius { map.scaled(radius / size) } else { map })
}

/// Right side of the second theorem of the first version: 5 L² [(1 - t1 t2) + (1-t1)(1-t2) l_T² + (l_T + l_S)²], with
/// t1, t2 the taus, L the Lipschitz constant of the target and l the bounds on sigma_2/sigma_1.
#[must_use]
pub fn vector_bound(tau1: f64, tau2: f64, lipschitz: f64, ratio_target: f64, ratio_source: f64) -> f64 {
    5.0 * lipschitz.powi(2)
        * ((1.0 - tau1 * tau2)
            + (1.0 - tau1) * (1.0 - tau2) * ratio_target.powi(2)
            + (ratio_target + ratio_source).powi(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A network's deviations are a linear map of themselves: tau2 of f -> f is 1.
    #[test]
    fn a_network_explains_itself() -> Result<(), LinearError> {
        let own = Matrix::from_fn(6, 2, |i, j| ((2 * i + j) as f64).sin());
        let value = tau2(&own, &own)?.unwrap_or(0.0);
        assert!((value - 1.0).abs() < 1e-12);
        Ok(())
    }

    /// P14, theorem 1 of the first version for scalar networks: with D1 = |g_S| and D2 = <g_T, v_S> the least-squares
    /// scalar A gives E|g_T - A g_S|² = E\[(1 - tau1(x) tau2)|g_T|²\] where |D2|² = tau1 |g_T|² at every x.
    #[test]
    fn the_scalar_theorem_holds() -> Result<(), LinearError> {
        let samples = 5;
        let gradient = |i: usize, k: usize, shift: f64| ((3 * i + 2 * k) as f64 + shift).sin() + 0.4;
        let source = Matrix::from_fn(samples, 3, |i, k| gradient(i, k, 0.0));
        let target = Matrix::from_fn(samples, 3, |i, k| gradient(i, k, 0.7));
        let norm = |row: &[f64]| dot(row, row).sqrt();
        let own = Matrix::from_fn(samples, 1, |i, _| norm(source.row(i)));
        let other = Matrix::from_fn(samples, 1, |i, _| dot(target.row(i), source.row(i)) / norm(source.row(i)));
        let two = tau2(&own, &other)?.unwrap_or(0.0);
        let scalar = dot(own.as_slice(), other.as_slice()) / own.squared_norm();
        let left: f64 = target.plus_scaled(-scalar, &source)?.squared_norm();
        let right: f64 = (0..samples)
            .map(|i| {
                let one = tau1(source.row(i), target.row(i)).unwrap_or(0.0);
                (1.0 - one * two) * dot(target.row(i), target.row(i))
            })
            .sum();
        assert!((left - right).abs() < 1e-12 * right);
        Ok(())
    }
}
