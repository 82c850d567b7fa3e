//! The first-order attack of one sample: deviations of both networks along a right singular vector.

use super::side::{SideWorkspace, check_level};
use super::{FirstOrderOptions, JacobianError, SideChunk};
use crate::linear::{Matrix, dot};

/// First-order quantities of one sample and one direction (paper §8.1), for the attack of level i built on star.
///
/// With J_star = sum sigma_i u_i v_iᵀ the perturbation is v_i, of unit length: deviations are per unit of budget.
#[derive(Debug, Clone, PartialEq)]
pub struct FirstOrder {
    /// J_star v_i = sigma_i u_i, d_star.
    pub own: Vec<f64>,
    /// J_diamond v_i, d_diamond.
    pub other: Vec<f64>,
    /// sigma_i of star.
    pub own_singular: f64,
    /// Top singular value of star.
    pub own_top: f64,
    /// Top singular value of diamond: the norm of its own deviation, at every level (paper §3.2).
    pub other_top: f64,
    /// (sigma_1 - sigma_2)/sigma_1 of star; 0 on a tie, where the attack is not unique. 1 for a single output.
    pub relative_gap: f64,
}

/// Which of the two networks the attack is built on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuiltOn {
    /// Attack on the source, seen on the target.
    Source,
    /// Attack on the target, seen on the source.
    Target,
}

/// How the singular vectors are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// Eigenvectors of J Jᵀ: n disappears. Squares the condition number, harmless at level 0 (paper §8.1).
    #[default]
    Gram,
    /// Singular value decomposition of J: slower, exact at deep levels too.
    Svd,
}

/// First-order quantities of one sample, by either route.
///
/// # Errors
/// [`JacobianError::Level`] when star has no such level, [`JacobianError::Linear`].
///
/// ```
/// use transferscope_theory::jacobian::{BuiltOn, Route, first_order};
/// use transferscope_theory::linear::Matrix;
/// // Paper §13.4, E1: the attack on diag(1, 2) moves the second input, where diag(2, 1) is half as steep as at best.
/// let (source, target) = (Matrix::diagonal(&[1.0, 2.0]), Matrix::diagonal(&[2.0, 1.0]));
/// let sample = first_order(&source, &target, BuiltOn::Source, 0, Route::Gram)?;
/// assert!((sample.own_singular - 2.0).abs() < 1e-12);
/// assert!((sample.other[1].abs() - 1.0).abs() < 1e-12);
/// assert!((sample.other_top - 2.0).abs() < 1e-12);
/// # Ok::<(), transferscope_theory::jacobian::JacobianError>(())
/// ```
pub fn first_order(
    source: &Matrix,
    target: &Matrix,
    built_on: BuiltOn,
    level: usize,
    route: Route,
) -> Result<FirstOrder, JacobianError> {
    let (star, diamond) = match built_on {
        BuiltOn::Source => (source, target),
        BuiltOn::Target => (target, source),
    };
    check_level(level, star.rows(), star.columns())?;
    if source.columns() != target.columns() || source.columns() == 0 {
        return Err(JacobianError::Shape {
            expected: "Jacobians with the same, positive number of inputs".into(),
            found: format!("{} and {} inputs", source.columns(), target.columns()),
        });
    }
    let inputs = source.columns();
    let side = |matrix: &Matrix, level| {
        let options = FirstOrderOptions { level, route, relative_gap: true };
        SideWorkspace::new(matrix.rows()).side(matrix.as_slice(), inputs, options)
    };
    let (of_star, of_diamond) = (side(star, level)?, side(diamond, 0)?);
    let mut own = vec![0.0; star.rows()];
    let mut other = vec![0.0; diamond.rows()];
    let cross = source.multiply_transposed(target)?;
    let attack = Direction::of(&of_star, 0);
    attack.write_own(&mut own);
    attack.write_other(built_on, diamond.as_slice(), cross.as_slice(), &mut other);
    let spectrum = of_star.spectra()[0];
    Ok(FirstOrder {
        own,
        other,
        own_singular: spectrum.level,
        own_top: spectrum.top,
        other_top: of_diamond.spectra()[0].top,
        relative_gap: spectrum.relative_gap().unwrap_or(0.0),
    })
}

/// The attack direction of one sample, as its side holds it.
pub(super) struct Direction<'a> {
    sigma: f64,
    left: &'a [f64],
    right: Option<&'a [f64]>,
}

impl<'a> Direction<'a> {
    pub(super) fn of(side: &'a SideChunk, sample: usize) -> Self {
        Self { sigma: side.spectra()[sample].level, left: side.left(sample), right: side.right(sample) }
    }

    /// J_star v = sigma u; zero where sigma is.
    pub(super) fn write_own(&self, own: &mut [f64]) {
        own.iter_mut().zip(self.left).for_each(|(value, entry)| *value = self.sigma * entry);
    }

    /// J_diamond v; zero where sigma is. `cross` is J_S J_Tᵀ, d_S x d_T: where v is not at hand, J_diamond v is
    /// J_diamond J_starᵀ u / sigma (paper §8.1).
    pub(super) fn write_other(&self, built_on: BuiltOn, j_diamond: &[f64], cross: &[f64], other: &mut [f64]) {
        other.fill(0.0);
        if self.sigma == 0.0 {
            return;
        }
        if let Some(right) = self.right {
            for (value, row) in other.iter_mut().zip(j_diamond.chunks_exact(right.len())) {
                *value = dot(row, right);
            }
            return;
        }
        match built_on {
            BuiltOn::Source => {
                for (row, entry) in cross.chunks_exact(other.len()).zip(self.left) {
                    let weight = entry / self.sigma;
                    other.iter_mut().zip(row).for_each(|(value, k)| *value += weight * k);
                }
            }
            BuiltOn::Target => {
                for (value, row) in other.iter_mut().zip(cross.chunks_exact(self.left.len())) {
                    *value = dot(row, self.left) / self.sigma;
                }
            }
        }
    }
}
