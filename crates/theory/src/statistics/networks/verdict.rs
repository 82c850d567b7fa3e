//! The word that stands at the end of a test over networks, and how far it may go.

use serde::{Deserialize, Serialize};

use super::PermutationTest;

/// Below this many networks a verdict is never stronger than "consistent with".
pub const VERDICT_SMALLEST_COUNT: usize = 8;

/// The sign that the claim predicts for the correlation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpectedSign {
    /// Higher scores go with higher outcomes.
    Positive,
    /// Higher scores go with lower outcomes.
    Negative,
}

/// What the data say about a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Significant in the predicted direction, over eight or more networks.
    Supports,
    /// Significant in the predicted direction, over fewer than eight networks.
    ConsistentWith,
    /// Not significant, or significant against the claim over fewer than eight networks.
    NotShown,
    /// Significant against the predicted direction, over eight or more networks.
    Contradicts,
}

impl Verdict {
    /// The words that are printed.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Supports => "supports",
            Self::ConsistentWith => "consistent with",
            Self::NotShown => "not shown",
            Self::Contradicts => "contradicts",
        }
    }
}

/// Turns a permutation test into a word, at two-sided level `alpha`.
///
/// "Supports" and "contradicts" are each wrong with probability at most `alpha`/2 when there is no relation, hence
/// any verdict other than "not shown" with probability at most `alpha`.
///
/// # Examples
///
/// ```
/// use transferscope_theory::statistics::correlation::CorrelationKind;
/// use transferscope_theory::statistics::networks::{ExpectedSign, Verdict, permutation_test, verdict};
///
/// let five = [1.0, 2.0, 3.0, 4.0, 5.0];
/// let test = permutation_test(CorrelationKind::Spearman, &five, &five, 0)?;
/// // Perfect agreement of five networks, p = 1/60: still only this.
/// assert_eq!(verdict(&test, ExpectedSign::Positive, 0.05), Verdict::ConsistentWith);
/// # Ok::<(), transferscope_theory::statistics::correlation::CorrelationError>(())
/// ```
#[must_use]
pub fn verdict(test: &PermutationTest, expected: ExpectedSign, alpha: f64) -> Verdict {
    // The small addition keeps 6/120 from missing 0.05 by rounding.
    if test.p_value > alpha + 1e-12 {
        return Verdict::NotShown;
    }
    let as_predicted = match expected {
        ExpectedSign::Positive => test.correlation > 0.0,
        ExpectedSign::Negative => test.correlation < 0.0,
    };
    match (as_predicted, test.n >= VERDICT_SMALLEST_COUNT) {
        (true, true) => Verdict::Supports,
        (true, false) => Verdict::ConsistentWith,
        (false, true) => Verdict::Contradicts,
        (false, false) => Verdict::NotShown,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::statistics::correlation::CorrelationKind;
    use crate::statistics::networks::permutation_test;

    #[test]
    fn each_word_is_reached() {
        let up: Vec<f64> = (0..8).map(f64::from).collect();
        let down: Vec<f64> = up.iter().map(|value| -value).collect();
        let mixed = [3.0, 1.0, 4.0, 1.5, 5.0, 0.5, 2.6, 3.5];
        let word = |scores: &[f64], outcomes: &[f64]| {
            let test = permutation_test(CorrelationKind::KendallTauB, scores, outcomes, 0).unwrap();
            verdict(&test, ExpectedSign::Positive, 0.05).words()
        };
        assert_eq!(word(&up, &up), "supports");
        assert_eq!(word(&down, &up), "contradicts");
        assert_eq!(word(&mixed, &up), "not shown");
        assert_eq!(word(&up[..6], &up[..6]), "consistent with");
        assert_eq!(word(&down[..6], &up[..6]), "not shown");
    }
}
