//! The bounds between gradient matching and function matching (paper §4.2, §4.3, §4.4).

use serde::{Deserialize, Serialize};

use super::{Assumption, BoundStatement};
use crate::matching::Matching;

/// FMD² ≤ c_P · GMD², sharp and without a shift of distribution (paper §4.4).
///
/// `poincare_constant` is c_P of the input distribution: the largest eigenvalue of Σ for N(μ, Σ). Equality holds for
/// affine networks and isotropic inputs. Both distances must be of the same direction and weight.
///
/// # Examples
///
/// ```
/// use transferscope_theory::bounds::poincare_bound;
/// use transferscope_theory::linear::Matrix;
/// use transferscope_theory::matching::{OutputMomentSums, function_matching};
///
/// // f_T = 2x, f_S constant, x = ±1 (variance 1): FMD² = 4 = GMD².
/// let target = Matrix::from_rows(2, 1, vec![2.0, -2.0])?;
/// let source = Matrix::zeros(2, 1);
/// let function = function_matching(&OutputMomentSums::over(&target, &source)?.finish()?, None)?;
/// let mut gradient = function.clone();
/// gradient.squared = 4.0;
/// let bound = poincare_bound(&function, &gradient, 1.0, true);
/// assert!(bound.holds && bound.slack.abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn poincare_bound(
    function: &Matching,
    gradient: &Matching,
    poincare_constant: f64,
    inputs_known_normal: bool,
) -> BoundStatement {
    let what = "the input distribution has this Poincaré constant";
    let constant = if inputs_known_normal {
        Assumption::checked(what, poincare_constant >= 0.0, "largest eigenvalue of a normal covariance")
    } else {
        Assumption::unchecked(what, "no finite sample bounds a Poincaré constant from above")
    };
    let sampling = Assumption::unchecked(
        "distances of the distribution, not of the sample",
        "both are in-sample; the inequality holds in the limit of many samples",
    );
    BoundStatement::new(
        "paper §4.4",
        "FMD² <= c_P GMD²",
        function.squared,
        poincare_constant * gradient.squared,
        vec![constant, sampling],
    )
}

/// What the bound of paper §4.2 is made of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GradientToFunction {
    /// FMD².
    pub function_squared: f64,
    /// |J_h|² under the shifted distribution D₁, h = f_star − g∘f_diamond with the gradient-optimal g.
    pub shifted_jacobian_squared: f64,
    /// Radius B of the support around x₀, where h(x₀) = 0.
    pub radius: f64,
    /// Lipschitz constant β of H^½ J_h in operator norm.
    pub lipschitz: f64,
    /// τ, the Wasserstein-1 distance that D₁ may have from D; 0 means D₁ = D.
    pub tau: f64,
    /// Whether β is proven rather than estimated from pairs of samples.
    pub lipschitz_proven: bool,
}

/// FMD²/(2B²) ≤ |J_h|²_{D₁,H} + β²(B − τ)₊² (paper §4.2).
#[must_use]
pub fn gradient_to_function_bound(parts: &GradientToFunction) -> BoundStatement {
    let gap = parts.lipschitz * (parts.radius - parts.tau).max(0.0);
    let left = if parts.radius > 0.0 { parts.function_squared / (2.0 * parts.radius * parts.radius) } else { 0.0 };
    BoundStatement::new(
        "paper §4.2",
        "FMD²/(2 B²) <= |J_h|²_{D1,H} + beta² (B - tau)_+²",
        left,
        parts.shifted_jacobian_squared + gap * gap,
        vec![
            Assumption::checked(
                "the support is bounded",
                parts.radius.is_finite(),
                "the sample lies in the ball of radius B; a distribution with tails does not",
            ),
            lipschitz(parts.lipschitz_proven),
        ],
    )
}

/// What the bound of paper §4.3 is made of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FunctionToGradient {
    /// GMD².
    pub gradient_squared: f64,
    /// |h|² under D₂ = ½ D + ½ law(x + τ e_I), I uniform on the axes, h with the function-optimal g.
    pub shifted_residual_squared: f64,
    /// Input dimension n.
    pub inputs: usize,
    /// Lipschitz constant β of H^½ J_h in operator norm.
    pub lipschitz: f64,
    /// τ > 0; D₂ is within τ/2 of D in Wasserstein-1 distance.
    pub tau: f64,
    /// Whether β is proven rather than estimated from pairs of samples.
    pub lipschitz_proven: bool,
}

/// GMD²/(3n) ≤ (2/τ²)|h|²_{D₂,H} + β²τ²/4 (paper §4.3).
#[must_use]
pub fn function_to_gradient_bound(parts: &FunctionToGradient) -> BoundStatement {
    let square = parts.tau * parts.tau;
    // Without a shift the right side is unbounded; the largest number says so without leaving the finite ones.
    let residual = if square > 0.0 { 2.0 * parts.shifted_residual_squared / square } else { f64::MAX / 4.0 };
    BoundStatement::new(
        "paper §4.3",
        "GMD²/(3 n) <= (2/tau²) |h|²_{D2,H} + beta² tau²/4",
        parts.gradient_squared / (3.0 * parts.inputs.max(1) as f64),
        residual + parts.lipschitz * parts.lipschitz * square / 4.0,
        vec![Assumption::checked("tau > 0", parts.tau > 0.0, "given"), lipschitz(parts.lipschitz_proven)],
    )
}

fn lipschitz(proven: bool) -> Assumption {
    let what = "the Jacobian of the residual is beta-Lipschitz";
    if proven {
        Assumption::checked(what, true, "beta follows from the weights")
    } else {
        Assumption::unchecked(what, "beta was estimated from pairs of samples, which bounds it from below only")
    }
}
