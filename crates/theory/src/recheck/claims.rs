//! Whether a claimed correlation follows from the columns it is printed under.

use serde::{Deserialize, Serialize};

use super::sensitivity::{RoundingRange, rounding_range};
use super::{Claim, ScoreColumn, ScoreTable};
use crate::statistics::correlation::{CorrelationKind, correlation};

/// The finding about one claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum ClaimVerdict {
    /// The printed columns give the printed figure.
    ReproducedExactly,
    /// Columns with more decimals could have given it.
    WithinRounding,
    /// Not the coefficient it names, but this one gives the figure exactly.
    AnotherVariant {
        /// The coefficient that does.
        kind: CorrelationKind,
        /// Its printed name.
        name: String,
    },
    /// Nothing here gives it.
    NotReproducible,
    /// The correlation does not exist (a constant column, too few values).
    Undefined {
        /// Why.
        reason: String,
    },
}

/// One claim, what the columns give, and the finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClaimReport {
    /// The claim.
    pub claim: Claim,
    /// The coefficient that the claim was first read as.
    pub read_as: CorrelationKind,
    /// What the columns give; `None` where undefined.
    pub recomputed: Option<f64>,
    /// What unrounded columns could have given.
    pub rounding: Option<RoundingRange>,
    /// The finding.
    #[serde(flatten)]
    pub verdict: ClaimVerdict,
    /// Another column whose correlation of the kind first read is the claimed figure, where the own one is not.
    pub matches_column: Option<String>,
}

impl ClaimReport {
    /// Whether the claim follows from its columns, exactly or within rounding.
    #[must_use]
    pub fn holds(&self) -> bool {
        matches!(self.verdict, ClaimVerdict::ReproducedExactly | ClaimVerdict::WithinRounding)
    }
}

pub(super) fn complete_pairs(score: &ScoreColumn, outcome: &ScoreColumn) -> (Vec<f64>, Vec<f64>) {
    score.values.iter().zip(&outcome.values).filter_map(|(s, o)| (*s).zip(*o)).unzip()
}

fn half_unit(claim: &Claim) -> f64 {
    0.5 * 10_f64.powi(-(claim.decimals as i32))
}

/// Whether a value, printed with the decimals of the claim, is the claim. The addition forgives a tie in rounding.
fn prints_as(value: f64, claim: &Claim) -> bool {
    (value - claim.value).abs() <= half_unit(claim) + 1e-9
}

pub(super) fn judge(table: &ScoreTable, claim: &Claim) -> Option<ClaimReport> {
    let column = table.scores.iter().find(|column| column.name == claim.score)?;
    let (scores, outcomes) = complete_pairs(column, &table.outcome);
    let read_as = claim.kind.first_reading();
    let mut report = ClaimReport {
        claim: claim.clone(),
        read_as,
        recomputed: None,
        rounding: None,
        verdict: ClaimVerdict::NotReproducible,
        matches_column: None,
    };
    let plain = match correlation(read_as, &scores, &outcomes) {
        Ok(plain) => plain,
        Err(error) => {
            report.verdict = ClaimVerdict::Undefined { reason: error.to_string() };
            return Some(report);
        }
    };
    report.recomputed = Some(plain);
    if prints_as(plain, claim) {
        report.verdict = ClaimVerdict::ReproducedExactly;
        return Some(report);
    }
    report.rounding = rounding_range(read_as, &scores, &outcomes, column.half_unit(), table.outcome.half_unit());
    if report.rounding.is_some_and(|range| range.admits(claim.value, half_unit(claim))) {
        report.verdict = ClaimVerdict::WithinRounding;
        return Some(report);
    }
    let variant = CorrelationKind::ALL
        .into_iter()
        .filter(|kind| *kind != read_as)
        .find(|kind| correlation(*kind, &scores, &outcomes).is_ok_and(|value| prints_as(value, claim)));
    if let Some(kind) = variant {
        report.verdict = ClaimVerdict::AnotherVariant { kind, name: kind.name().to_owned() };
    }
    report.matches_column = table
        .scores
        .iter()
        .filter(|other| other.name != claim.score)
        .find(|other| {
            let (scores, outcomes) = complete_pairs(other, &table.outcome);
            correlation(read_as, &scores, &outcomes).is_ok_and(|value| prints_as(value, claim))
        })
        .map(|other| other.name.clone());
    Some(report)
}
