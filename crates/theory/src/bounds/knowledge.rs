//! The bounds between function matching and knowledge transfer (paper §5.1, §5.2), from outputs and ground truth.

use super::{Assumption, BoundStatement};
use crate::knowledge::knowledge_transfer;
use crate::linear::{Matrix, PositiveSemidefinite, thin_svd};
use crate::matching::{MatchingError, OutputMomentSums, function_matching};

/// The three statements about source outputs (N x d_S), target outputs and ground truth (both N x d_T):
///
/// - |KTD − FMD(T|S)| ≤ |f_T − y| (§5.1; an equality of zeros where y = f_T);
/// - m ≤ e + η and ρ_min(e − η) − η ≤ m (§5.2), with e = KTD, η = min over affine g of |y − g∘f_T|,
///   m = FMD_{H_S}(S|T) under H_S = WᵀW of the optimal head, and ρ_min the smallest canonical correlation.
///
/// All hold for the sample itself, so a failure with full-rank W is an error of the program.
///
/// # Errors
///
/// [`MatchingError`] for arrays of different numbers of rows, or different numbers of target and truth columns.
///
/// # Examples
///
/// ```
/// use transferscope_theory::bounds::knowledge_bounds;
/// use transferscope_theory::linear::Matrix;
///
/// let source = Matrix::from_fn(30, 2, |i, j| ((3 * i + j) as f64).sin());
/// let target = Matrix::from_fn(30, 2, |i, j| ((2 * i + 5 * j) as f64).cos() + source[(i, j)]);
/// let truth = Matrix::from_fn(30, 2, |i, j| target[(i, j)] + 0.1 * (i as f64).sin());
/// let bounds = knowledge_bounds(&source, &target, &truth)?;
/// assert!(bounds.iter().all(|bound| bound.holds));
/// # Ok::<(), transferscope_theory::matching::MatchingError>(())
/// ```
pub fn knowledge_bounds(
    source: &Matrix,
    target: &Matrix,
    truth: &Matrix,
) -> Result<Vec<BoundStatement>, MatchingError> {
    if target.rows() != source.rows() {
        return Err(MatchingError::Rows { expected: source.rows(), found: target.rows() });
    }
    let transfer = knowledge_transfer(source, truth, None)?;
    let matched = function_matching(&OutputMomentSums::over(target, source)?.finish()?, None)?;
    let apart = target.plus_scaled(-1.0, truth)?.norm() / (source.rows() as f64).sqrt();
    let surrogate = knowledge_transfer(target, truth, None)?;
    let weight = PositiveSemidefinite::from_transfer_map(&transfer.map.matrix)?;
    let moments = OutputMomentSums::over(source, target)?.finish()?;
    let back = function_matching(&moments, Some(&weight))?;
    let full_rank = weight.rank() == truth.columns();
    let rank = Assumption::checked(
        "the optimal head W has full row rank",
        full_rank,
        format!("rank {} of {}", weight.rank(), truth.columns()),
    );
    let (e, eta, m) = (transfer.distance, surrogate.distance, back.distance);
    let rho = smallest_canonical_correlation(&moments.cross, &moments.star, &moments.diamond)?;
    Ok(vec![
        BoundStatement::new(
            "paper §5.1",
            "|KTD - FMD(T|S)| <= |f_T - y|_D",
            (e - matched.distance).abs(),
            apart,
            Vec::new(),
        ),
        BoundStatement::new(
            "paper §5.2, upper",
            "FMD_{H_S}(S|T) <= KTD + min_g |y - g f_T|_D",
            m,
            e + eta,
            vec![rank.clone()],
        ),
        BoundStatement::new(
            "paper §5.2, lower",
            "rho_min (KTD - eta) - eta <= FMD_{H_S}(S|T)",
            rho * (e - eta) - eta,
            m,
            vec![
                rank,
                Assumption::checked(
                    "the canonical correlations are well away from 0",
                    rho > 1e-6,
                    format!("smallest canonical correlation {rho:.3e}; near 0 the bound says nothing"),
                ),
            ],
        ),
    ])
}

/// Smallest canonical correlation of V = affine functions of the target with U = those of the source.
fn smallest_canonical_correlation(cross: &Matrix, source: &Matrix, target: &Matrix) -> Result<f64, MatchingError> {
    let source = PositiveSemidefinite::new(source)?;
    let target = PositiveSemidefinite::new(target)?;
    if target.rank() > source.rank() {
        return Ok(0.0);
    }
    let whitened =
        source.pseudo_inverse_square_root().multiply(cross)?.multiply(&target.pseudo_inverse_square_root())?;
    let values = thin_svd(&whitened)?.values;
    Ok(values.get(target.rank().saturating_sub(1)).copied().unwrap_or(1.0).min(1.0))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn field(rows: usize, columns: usize, seed: f64) -> Matrix {
        Matrix::from_fn(rows, columns, |i, j| ((i as f64 * 1.7 + j as f64 * 2.3 + seed) * seed).sin())
    }

    /// The tight case of §5.1: y = f_T makes both sides zero.
    #[test]
    fn with_the_target_as_truth_the_surrogate_is_exact() {
        let (source, target) = (field(50, 3, 1.1), field(50, 2, 2.7));
        let bounds = knowledge_bounds(&source, &target, &target).unwrap();
        assert_eq!((bounds[0].left, bounds[0].right), (0.0, 0.0));
    }

    /// P15 for 5.1 and 5.2, over many fields of other sizes.
    #[test]
    fn the_inequalities_hold_on_samples() {
        for case in 1..40 {
            let seed = f64::from(case) * 0.37 + 0.5;
            let (source, target) = (field(40, 3, seed), field(40, 2, seed + 1.9));
            let truth =
                Matrix::from_fn(40, 2, |i, j| target[(i, j)] + 0.3 * source[(i, j)] + 0.2 * (i as f64 * seed).cos());
            for bound in knowledge_bounds(&source, &target, &truth).unwrap() {
                assert!(bound.holds, "{case}: {bound:?}");
            }
        }
    }
}
