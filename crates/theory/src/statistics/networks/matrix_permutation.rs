//! Permutation by network for values that belong to pairs of networks (Mantel / QAP).

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::draws::{Draws, Purpose};
use super::permutation_test::Tally;
use super::permutations::{PermutationScheme, for_each_permutation};
use crate::statistics::correlation::{CorrelationError, CorrelationKind, correlation};

const DRAWS: u64 = 9_999;

/// Why a test on matrices is not possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MatrixTestError {
    /// The matrices are not of one shape, or not square where they must be.
    #[error(
        "expected two matrices of the same shape with rows of equal length (square for pairs of the same networks)"
    )]
    Shape,
    /// Too few networks to permute.
    #[error("expected at least {needed} networks on each side, found {found}")]
    TooFew {
        /// The least number.
        needed: usize,
        /// The number found.
        found: usize,
    },
    /// The paired values have no correlation.
    #[error(transparent)]
    Correlation(#[from] CorrelationError),
}

/// A correlation over pairs of networks, tested by renaming networks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PairedNetworks {
    /// Which correlation.
    pub kind: CorrelationKind,
    /// The coefficient over the pairs.
    pub correlation: f64,
    /// Number of pairs used; this is *not* the sample size.
    pub pairs: usize,
    /// Number of networks (of the smaller side): what the sample size is.
    pub networks: usize,
    /// Two-sided p, twice the smaller tail.
    pub p_value: f64,
    /// Which renamings were looked at.
    pub scheme: PermutationScheme,
}

/// Tests whether two matrices over the same networks are related, the diagonal left out.
///
/// Entry (i, j) of `left` and `right` belongs to the pair (source i, target j). Pairs share networks and are not
/// independent, so the networks of `left` are renamed (rows and columns together), all n! ways up to eight networks,
/// else 9,999 ways drawn from `seed`.
///
/// # Errors
///
/// [`MatrixTestError`] for other shapes, fewer than three networks, or values without a correlation.
///
/// # Examples
///
/// ```
/// use transferscope_theory::statistics::correlation::CorrelationKind;
/// use transferscope_theory::statistics::networks::matrix_permutation_test;
///
/// let transfer = vec![
///     vec![0.0, 0.9, 0.2, 0.1], vec![0.8, 0.0, 0.3, 0.2],
///     vec![0.1, 0.2, 0.0, 0.7], vec![0.2, 0.1, 0.6, 0.0],
/// ];
/// let test = matrix_permutation_test(CorrelationKind::Spearman, &transfer, &transfer, 0)?;
/// assert_eq!(test.pairs, 12);
/// // A perfect relation, and still p = 2/24: four networks cannot show more.
/// assert!((test.correlation - 1.0).abs() < 1e-12 && test.p_value >= 2.0 / 24.0);
/// # Ok::<(), transferscope_theory::statistics::networks::MatrixTestError>(())
/// ```
pub fn matrix_permutation_test(
    kind: CorrelationKind,
    left: &[Vec<f64>],
    right: &[Vec<f64>],
    seed: u64,
) -> Result<PairedNetworks, MatrixTestError> {
    let n = left.len();
    let square = |matrix: &[Vec<f64>]| matrix.len() == n && matrix.iter().all(|row| row.len() == n);
    if !square(left) || !square(right) {
        return Err(MatrixTestError::Shape);
    }
    if n < 3 {
        return Err(MatrixTestError::TooFew { needed: 3, found: n });
    }
    let pairs: Vec<(usize, usize)> = (0..n).flat_map(|i| (0..n).map(move |j| (i, j))).filter(|(i, j)| i != j).collect();
    let fixed: Vec<f64> = pairs.iter().map(|&(i, j)| right[i][j]).collect();
    let renamed = |names: &[usize]| -> Vec<f64> { pairs.iter().map(|&(i, j)| left[names[i]][names[j]]).collect() };
    let identity: Vec<usize> = (0..n).collect();
    let observed = correlation(kind, &renamed(&identity), &fixed)?;
    let mut tally = Tally::new(observed);
    let scheme = for_each_permutation(n, DRAWS, seed, |names| {
        tally.add(correlation(kind, &renamed(names), &fixed).unwrap_or(0.0));
    });
    Ok(PairedNetworks {
        kind,
        correlation: observed,
        pairs: pairs.len(),
        networks: n,
        p_value: tally.p_value(),
        scheme,
    })
}

/// Tests whether two matrices of sources (rows) by targets (columns) are related, sources and targets being
/// different networks: both sides of `left` are renamed, independently, 9,999 ways drawn from `seed`.
///
/// # Errors
///
/// [`MatrixTestError`] for other shapes, fewer than two networks on a side, or values without a correlation.
pub fn rectangular_permutation_test(
    kind: CorrelationKind,
    left: &[Vec<f64>],
    right: &[Vec<f64>],
    seed: u64,
) -> Result<PairedNetworks, MatrixTestError> {
    let rows = left.len();
    let columns = left.first().map_or(0, Vec::len);
    let fits = |matrix: &[Vec<f64>]| matrix.len() == rows && matrix.iter().all(|row| row.len() == columns);
    if !fits(left) || !fits(right) {
        return Err(MatrixTestError::Shape);
    }
    if rows.min(columns) < 2 {
        return Err(MatrixTestError::TooFew { needed: 2, found: rows.min(columns) });
    }
    let fixed: Vec<f64> = right.iter().flatten().copied().collect();
    let observed = correlation(kind, &left.concat(), &fixed)?;
    let mut tally = Tally::new(observed);
    tally.add(observed);
    let mut draws = Draws::new(seed, Purpose::Permutation);
    let (mut sources, mut targets): (Vec<usize>, Vec<usize>) = ((0..rows).collect(), (0..columns).collect());
    for _ in 0..DRAWS {
        draws.shuffle(&mut sources);
        draws.shuffle(&mut targets);
        let renamed: Vec<f64> =
            sources.iter().flat_map(|&source| targets.iter().map(move |&target| left[source][target])).collect();
        tally.add(correlation(kind, &renamed, &fixed).unwrap_or(0.0));
    }
    Ok(PairedNetworks {
        kind,
        correlation: observed,
        pairs: fixed.len(),
        networks: rows.min(columns),
        p_value: tally.p_value(),
        scheme: PermutationScheme::MonteCarlo { draws: DRAWS, seed },
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::statistics::networks::permutation_test;

    #[test]
    fn pairs_that_share_a_network_are_not_evidence_each() {
        // Value of a pair = a property of its source. Treating 20 pairs as independent would give p near 0;
        // renaming five networks cannot go below 2/120.
        let strength = [1.0, 2.0, 3.0, 5.0, 4.0];
        let outcome = [1.0, 2.0, 3.0, 4.0, 5.0];
        let matrix =
            |values: &[f64]| -> Vec<Vec<f64>> { values.iter().map(|value| vec![*value; values.len()]).collect() };
        let test = matrix_permutation_test(CorrelationKind::Pearson, &matrix(&strength), &matrix(&outcome), 0).unwrap();
        let by_network = permutation_test(CorrelationKind::Pearson, &strength, &outcome, 0).unwrap();
        assert_eq!(test.pairs, 20);
        assert!((test.p_value - by_network.p_value).abs() < 1e-12);
    }

    #[test]
    fn shapes_are_checked() {
        let ragged = vec![vec![1.0, 2.0], vec![3.0]];
        assert_eq!(matrix_permutation_test(CorrelationKind::Pearson, &ragged, &ragged, 0), Err(MatrixTestError::Shape));
        assert_eq!(
            rectangular_permutation_test(CorrelationKind::Pearson, &ragged, &ragged, 0),
            Err(MatrixTestError::Shape)
        );
    }
}
