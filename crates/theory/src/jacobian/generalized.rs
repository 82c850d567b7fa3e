//! Generalised transferability (A1, A2) and the exact identity with the gradient matching distance (paper §3.5).

use super::JacobianError;
use crate::linear::{Matrix, PositiveSemidefinite, dot, thin_svd};

/// The generalised measures of one direction at every sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Generalized {
    /// Per sample and level: A1_i, |J_diamond q_i| / sigma_1 of diamond (paper §3.2).
    pub a1: Vec<Vec<f64>>,
    /// Per sample and level: v_i = sigma_i sigma_1^diamond A1_i.
    pub v: Vec<Vec<f64>>,
    /// Per sample, row i: H^½ u_i, the unit own deviation in the metric of H.
    own: Vec<Matrix>,
    /// Per sample, row i: (S⁺)^½ w_i, the unit other deviation in the metric of S⁺.
    other: Vec<Matrix>,
}

impl Generalized {
    /// A2_ij(x1, x2) = <u_i(x1), u_j(x2)>_H <w_i(x1), w_j(x2)>_{S⁺}, for samples by index.
    #[must_use]
    pub fn a2(&self, first: usize, second: usize, i: usize, j: usize) -> f64 {
        dot(self.own[first].row(i), self.own[second].row(j)) * dot(self.other[first].row(i), self.other[second].row(j))
    }
}

/// A1, v and A2 of the attacks of all levels built on star, in the metric of the weight H of star.
///
/// Takes the H-weighted decomposition H^½ J_star = sum sigma_i p_i q_iᵀ; the attacks are the q_i.
///
/// # Errors
/// [`JacobianError::Shape`] for samples that do not fit together, [`JacobianError::Empty`], [`JacobianError::Linear`].
pub fn generalized(
    star: &[Matrix],
    diamond: &[Matrix],
    weight: &PositiveSemidefinite,
) -> Result<Generalized, JacobianError> {
    if star.is_empty() {
        return Err(JacobianError::Empty);
    }
    if star.len() != diamond.len() {
        return Err(JacobianError::Shape {
            expected: format!("{} samples of both networks", star.len()),
            found: format!("{}", diamond.len()),
        });
    }
    let mut second_moment = Matrix::zeros(diamond[0].rows(), diamond[0].rows());
    for jacobian in diamond {
        let gram = jacobian.multiply_transposed(jacobian)?;
        second_moment = second_moment.plus_scaled(1.0 / diamond.len() as f64, &gram)?;
    }
    let metric = PositiveSemidefinite::new(&second_moment)?.pseudo_inverse_square_root();
    let root = weight.square_root();
    let mut result = Generalized { a1: Vec::new(), v: Vec::new(), own: Vec::new(), other: Vec::new() };
    for (one, two) in star.iter().zip(diamond) {
        let svd = thin_svd(&root.multiply(one)?)?;
        let top = thin_svd(two)?.values.first().copied().unwrap_or(0.0);
        let images = svd.right.multiply_transposed(two)?;
        let (mut a1, mut v, mut directions) = (Vec::new(), Vec::new(), images.clone());
        for (level, sigma) in svd.values.iter().enumerate() {
            let norm = dot(images.row(level), images.row(level)).sqrt();
            a1.push(if top > 0.0 { norm / top } else { 0.0 });
            v.push(sigma * norm);
            for column in 0..images.columns() {
                // A zero image has v = 0, so its direction never counts.
                directions[(level, column)] /= if norm > 0.0 { norm } else { 1.0 };
            }
        }
        result.a1.push(a1);
        result.v.push(v);
        result.own.push(svd.left);
        result.other.push(directions.multiply(&metric)?);
    }
    Ok(result)
}

/// E_{x1,x2}\[v(x1)ᵀ A2(x1, x2) v(x2)\], over all N² pairs as the identity is written.
///
/// It equals tr(H P S⁺ Pᵀ), so that GMD(star given diamond)² = |J_star|²_H - this value (paper §3.5).
#[must_use]
pub fn identity_value(generalized: &Generalized) -> f64 {
    let samples = generalized.v.len();
    let mut sum = 0.0;
    for first in 0..samples {
        for second in 0..samples {
            for (i, one) in generalized.v[first].iter().enumerate() {
                for (j, two) in generalized.v[second].iter().enumerate() {
                    sum += one * two * generalized.a2(first, second, i, j);
                }
            }
        }
    }
    sum / (samples * samples) as f64
}
