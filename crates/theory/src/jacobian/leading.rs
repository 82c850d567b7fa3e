//! The first-order attack of one sample: deviations of both networks along a right singular vector.

use super::{JacobianError, SampleGrams};
use crate::linear::{Matrix, SymmetricWorkspace, dot, thin_svd};

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

/// The relative gap below which the singular value counts as zero, as for the rank of a matrix.
fn counts_as_zero(value: f64, top: f64, largest_dimension: usize) -> bool {
    value <= crate::linear::default_relative_cutoff(largest_dimension) * top
}

/// Buffers for first-order quantities of many samples.
#[derive(Debug)]
pub struct FirstOrderWorkspace {
    grams: SampleGrams,
    source: SymmetricWorkspace,
    target: SymmetricWorkspace,
    source_outputs: usize,
    target_outputs: usize,
}

impl FirstOrderWorkspace {
    /// Buffers for networks of d_S and d_T outputs.
    #[must_use]
    pub fn new(source_outputs: usize, target_outputs: usize) -> Self {
        Self {
            grams: SampleGrams::default(),
            source: SymmetricWorkspace::new(source_outputs),
            target: SymmetricWorkspace::new(target_outputs),
            source_outputs,
            target_outputs,
        }
    }

    /// Gram matrices and eigenvectors of one sample, by the Gram route; at level 0 only the top vectors are computed.
    ///
    /// # Errors
    /// [`JacobianError::Linear`].
    pub fn decompose(
        &mut self,
        j_source: &[f64],
        j_target: &[f64],
        inputs: usize,
        level: usize,
    ) -> Result<(), JacobianError> {
        self.grams.compute(j_source, j_target, inputs);
        if level == 0 {
            self.source.decompose_top(&self.grams.source)?;
            return Ok(self.target.decompose_top(&self.grams.target)?);
        }
        self.source.decompose(&self.grams.source)?;
        Ok(self.target.decompose(&self.grams.target)?)
    }

    /// The Gram matrices of the last sample.
    #[must_use]
    pub fn grams(&self) -> &SampleGrams {
        &self.grams
    }

    /// Writes, for the level that was decomposed for, J_star v_level and J_diamond v_level of the last sample into `own` and `other`.
    ///
    /// Gives (sigma_level, sigma_1, sigma_2) of star and sigma_1 of diamond; where sigma_level is zero both deviations
    /// are zero.
    pub fn write(&self, built_on: BuiltOn, level: usize, own: &mut [f64], other: &mut [f64]) -> [f64; 4] {
        let (star, diamond) = match built_on {
            BuiltOn::Source => (&self.source, &self.target),
            BuiltOn::Target => (&self.target, &self.source),
        };
        let root = |value: Option<&f64>| value.map_or(0.0, |value| value.max(0.0).sqrt());
        let top = root(star.values().first());
        let second = root(star.values().get(1));
        let sigma = root(star.values().get(level));
        let other_top = root(diamond.values().first());
        // Eigenvalues of the Gram matrix are only known to eps sigma_1², singular values to its root.
        let zero = star
            .values()
            .get(level)
            .is_none_or(|&value| counts_as_zero(value, star.values()[0], own.len().max(other.len())));
        if zero {
            own.fill(0.0);
            other.fill(0.0);
            return [0.0, top, second, other_top];
        }
        let u = star.vector(level);
        for (value, entry) in own.iter_mut().zip(u) {
            *value = sigma * entry;
        }
        let cross = &self.grams.cross;
        match built_on {
            // (J_S J_Tᵀ)ᵀ u / sigma
            BuiltOn::Source => {
                other.fill(0.0);
                for (row, entry) in cross.chunks_exact(self.target_outputs).zip(u) {
                    for (value, k) in other.iter_mut().zip(row) {
                        *value += entry * k / sigma;
                    }
                }
            }
            // (J_S J_Tᵀ) u / sigma
            BuiltOn::Target => {
                for (value, row) in other.iter_mut().zip(cross.chunks_exact(self.target_outputs)) {
                    *value = dot(row, u) / sigma;
                }
            }
        }
        debug_assert_eq!(cross.len(), self.source_outputs * self.target_outputs);
        [sigma, top, second, other_top]
    }
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
    let mut own = vec![0.0; star.rows()];
    let mut other = vec![0.0; diamond.rows()];
    let [sigma, top, second, other_top] = match route {
        Route::Gram => {
            let mut workspace = FirstOrderWorkspace::new(source.rows(), target.rows());
            workspace.decompose(source.as_slice(), target.as_slice(), source.columns(), level)?;
            workspace.write(built_on, level, &mut own, &mut other)
        }
        Route::Svd => {
            let svd = thin_svd(star)?;
            let other_top = thin_svd(diamond)?.values[0];
            let (sigma, top) = (svd.values[level], svd.values[0]);
            let second = svd.values.get(1).copied().unwrap_or(0.0);
            if !counts_as_zero(sigma, top, star.rows().max(star.columns())) {
                own = svd.left.row(level).iter().map(|entry| sigma * entry).collect();
                other = diamond.apply(svd.right.row(level));
            }
            [sigma, top, second, other_top]
        }
    };
    Ok(FirstOrder { own, other, own_singular: sigma, own_top: top, other_top, relative_gap: relative_gap(top, second) })
}

/// (sigma_1 - sigma_2)/sigma_1, zero for a zero Jacobian.
pub(super) fn relative_gap(top: f64, second: f64) -> f64 {
    if top > 0.0 { (top - second) / top } else { 0.0 }
}

/// Levels are counted from 0 and end at min(d, n) - 1 (paper §3.1).
pub(super) fn check_level(level: usize, outputs: usize, inputs: usize) -> Result<(), JacobianError> {
    let available = outputs.min(inputs);
    if level < available { Ok(()) } else { Err(JacobianError::Level { level, available }) }
}
