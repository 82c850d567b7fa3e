//! The bounds of the older theory (arXiv v1; paper §9), evaluated from their parts.

use serde::{Deserialize, Serialize};

use super::{Assumption, BoundStatement};
use crate::older::vector_bound;

/// What v1 Theorem 2 is made of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OlderTheorem2 {
    /// E |J_T − A J_S|²_op, A the matrix of tau2.
    pub residual_squared: f64,
    /// Lipschitz constant L of f_T.
    pub lipschitz: f64,
    /// tau1 in [0, 1].
    pub tau1: f64,
    /// tau2.
    pub tau2: f64,
    /// Largest σ₂/σ₁ of the target.
    pub target_ratio: f64,
    /// Largest σ₂/σ₁ of the source.
    pub source_ratio: f64,
}

/// |∇f_T − ∇(g∘f_S)|² ≤ 5L²[(1−τ1τ2) + (1−τ1)(1−τ2)λ_T² + (λ_T+λ_S)²] (paper §9, v1 Theorem 2).
#[must_use]
pub fn older_theorem_2(parts: &OlderTheorem2) -> BoundStatement {
    let one = parts.tau1;
    BoundStatement::new(
        "paper §9, v1 Theorem 2",
        "|grad f_T - grad(g f_S)|² <= 5 L² [(1 - tau1 tau2) + (1 - tau1)(1 - tau2) lambda_T² + (lambda_T + lambda_S)²]",
        parts.residual_squared,
        vector_bound(one, parts.tau2, parts.lipschitz, parts.target_ratio, parts.source_ratio),
        vec![
            Assumption::checked("tau1 lies in [0, 1]", (0.0..=1.0).contains(&one), format!("tau1 = {one}")),
            Assumption::unchecked(
                "L and the ratios bound the whole support",
                "they are maxima over the sample, which bound from below only",
            ),
        ],
    )
}

/// What v1 Theorem 3 is made of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OlderTheorem3 {
    /// |g∘f_S − y|_D.
    pub transferred: f64,
    /// |f_T − y|_D.
    pub target_error: f64,
    /// |∇f_T − ∇(g∘f_S)|_D.
    pub gradient_residual: f64,
    /// |∇f_T|_{D,2} / |∇f_S|_{D,2}.
    pub gradient_ratio: f64,
    /// Smoothness β of both networks.
    pub smoothness: f64,
    /// Largest |x|.
    pub radius: f64,
    /// |g(f_S(0)) − f_T(0)|.
    pub offset: f64,
    /// |A|_op of the head g(z) = A z + b.
    pub head_norm: f64,
}

/// |g∘f_S − y| ≤ |f_T − y| + |∇f_T − ∇(g∘f_S)| + (1 + ratio)β, for |x| ≤ 1 and g(f_S(0)) = f_T(0) (paper §9, v1
/// Theorem 3).
///
/// Along the segment from 0 to x the Jacobian of f_T − g∘f_S moves by at most (1 + |A|)β|x|, hence the assumption that
/// |A| is at most the ratio, which the A of tau2 keeps and a least-squares A may not. Equality: f_T = x₁, f_S = x₂ = 0,
/// y = f_T, |x| = 1.
#[must_use]
pub fn older_theorem_3(parts: &OlderTheorem3) -> BoundStatement {
    BoundStatement::new(
        "paper §9, v1 Theorem 3",
        "|g f_S - y|_D <= |f_T - y|_D + |grad f_T - grad(g f_S)|_D + (1 + |grad f_T|/|grad f_S|) beta",
        parts.transferred,
        parts.target_error + parts.gradient_residual + (1.0 + parts.gradient_ratio) * parts.smoothness,
        vec![
            Assumption::checked("|x| <= 1", parts.radius <= 1.0, format!("largest |x| is {}", parts.radius)),
            Assumption::checked(
                "g(f_S(0)) = f_T(0)",
                parts.offset <= 1e-9,
                format!("they differ by {:e}", parts.offset),
            ),
            Assumption::checked(
                "the head's |A| is at most |grad f_T|/|grad f_S|",
                parts.head_norm <= parts.gradient_ratio * (1.0 + 1e-9),
                format!("|A| = {}, ratio {}", parts.head_norm, parts.gradient_ratio),
            ),
            Assumption::unchecked("both networks are beta-smooth", "a sample bounds beta from below only"),
        ],
    )
}
