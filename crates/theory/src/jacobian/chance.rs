//! What the first-order measures give by chance, and the stable rank they depend on (paper §6.3).

use statrs::function::gamma::ln_gamma;

use crate::linear::Matrix;

/// |J|_F² / |J|_op², between 1 and the rank; `None` for a zero Jacobian.
///
/// # Errors
/// [`LinearError`](crate::linear::LinearError) when the decomposition fails.
pub fn stable_rank(jacobian: &Matrix) -> Result<Option<f64>, crate::linear::LinearError> {
    let svd = crate::linear::thin_svd(jacobian)?;
    let top = svd.values.first().copied().unwrap_or(0.0);
    Ok((top > 0.0).then(|| jacobian.squared_norm() / (top * top)))
}

/// E alpha1² for an attack direction uniform on the sphere of the n inputs: stable rank / n.
#[must_use]
pub fn chance_alpha1_squared(stable_rank: f64, inputs: usize) -> f64 {
    stable_rank / inputs as f64
}

/// E alpha1 for a rank-one Jacobian: Gamma(n/2) / (sqrt(pi) Gamma((n+1)/2)), about sqrt(2/(pi n)).
///
/// ```
/// use transferscope_theory::jacobian::chance_alpha1_rank_one;
/// assert!((chance_alpha1_rank_one(50) - 0.11340).abs() < 5e-6);
/// assert!((chance_alpha1_rank_one(3072) - 0.014397).abs() < 5e-7);
/// ```
#[must_use]
pub fn chance_alpha1_rank_one(inputs: usize) -> f64 {
    let n = inputs as f64;
    (ln_gamma(n / 2.0) - ln_gamma((n + 1.0) / 2.0)).exp() / std::f64::consts::PI.sqrt()
}

/// The root of the mean square of independent isotropic pairs: alpha2 of nothing is about 1/sqrt(N) (paper §7.1).
#[must_use]
pub fn chance_alpha2(images: usize) -> f64 {
    1.0 / (images as f64).sqrt()
}
