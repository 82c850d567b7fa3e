//! The re-check itself: from a table and options to a report.

use std::collections::BTreeMap;

use super::bounds::violations;
use super::claims::{complete_pairs, judge};
use super::copies::copies;
use super::sensitivity::rounding_range;
use super::small_sample::advise;
use super::{ClaimVerdict, CopyKind, CorrelationEntry, RecheckReport, ScoreColumn, ScoreReport, ScoreTable, Ties};
use crate::statistics::correlation::{
    CopulaIntervalTable, CorrelationError, CorrelationInterval, CorrelationKind, RankStatistic, correlation,
    fisher_interval,
};
use crate::statistics::networks::{ExpectedSign, permutation_test, verdict};

/// What the table does not say about itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RecheckOptions {
    /// Number of classes of the data set, for the bound of the H-score.
    pub classes: Option<usize>,
    /// Covariates (one value per network), such as the architecture family.
    pub covariates: Vec<Vec<f64>>,
    /// Whether score and outcome may be taken as jointly normal, which the intervals of Pearson and Kendall need.
    pub assume_normal: bool,
    /// Seed of every draw.
    pub seed: u64,
}

/// Re-checks a table: correlations with p and intervals, bounds, copies, ties, missing values, and each claim.
///
/// A table passes where no value breaks its bound, no column is a copy of another, and every claim follows from its
/// columns (exactly, or within the rounding of the printed decimals).
///
/// # Examples
///
/// ```
/// use transferscope_theory::recheck::{RecheckOptions, paper_image_family, paper_image_table, recheck};
///
/// let options = RecheckOptions { covariates: vec![paper_image_family()], ..RecheckOptions::default() };
/// let report = recheck(&paper_image_table()?, &options);
/// assert!(report.passes);
/// // Five networks cannot go below p = 1/60, and two of the four columns are squares.
/// assert!((report.advice.smallest_p - 1.0 / 60.0).abs() < 1e-15);
/// assert_eq!(report.advice.squared.len(), 2);
/// # Ok::<(), transferscope_theory::recheck::RecheckError>(())
/// ```
#[must_use]
pub fn recheck(table: &ScoreTable, options: &RecheckOptions) -> RecheckReport {
    let mut intervals = IntervalTables { seed: options.seed, tables: BTreeMap::new() };
    let scores: Vec<ScoreReport> =
        table.scores.iter().map(|column| score_report(table, column, options, &mut intervals)).collect();
    let bound_violations: Vec<_> =
        table.scores.iter().flat_map(|column| violations(column, &table.networks, options.classes)).collect();
    let columns: Vec<&ScoreColumn> = table.scores.iter().chain(std::iter::once(&table.outcome)).collect();
    let copies = copies(&columns);
    let claims: Vec<_> = table.claims.iter().filter_map(|claim| judge(table, claim)).collect();
    let mut faults = Vec::new();
    for violation in &bound_violations {
        faults.push(format!(
            "{} of {} is {}, but {}",
            violation.score, violation.network, violation.value, violation.bound
        ));
    }
    for copy in &copies {
        let how = match copy.kind {
            CopyKind::Exact => "is a copy of",
            CopyKind::Near => "is almost a copy of",
            CopyKind::Rescaled => "is a multiple (plus a constant) of",
        };
        faults.push(format!(
            "column {} {how} column {} ({} of {} values equal)",
            copy.second, copy.first, copy.equal, copy.shared
        ));
    }
    for report in claims.iter().filter(|report| !report.holds()) {
        let own = report.recomputed.map_or("no value".to_owned(), |value| format!("{value:.3}"));
        let why = match &report.verdict {
            ClaimVerdict::AnotherVariant { name, .. } => format!("it is the {name}"),
            ClaimVerdict::Undefined { reason } => reason.clone(),
            _ => "no kind of correlation gives it".to_owned(),
        };
        faults.push(format!(
            "{} claimed for {} is {}, its columns give {own} as {}; {why}",
            report.read_as.name(),
            report.claim.score,
            report.claim.value,
            report.read_as.name()
        ));
    }
    RecheckReport {
        networks: table.networks.len(),
        outcome: table.outcome.name.clone(),
        scores,
        bound_violations,
        copies,
        claims,
        advice: advise(table, &options.covariates, options.seed),
        passes: faults.is_empty(),
        faults,
    }
}

fn score_report(
    table: &ScoreTable,
    column: &ScoreColumn,
    options: &RecheckOptions,
    intervals: &mut IntervalTables,
) -> ScoreReport {
    let (scores, outcomes) = complete_pairs(column, &table.outcome);
    let missing = table
        .networks
        .iter()
        .enumerate()
        .filter(|(row, _)| column.values[*row].is_none() || table.outcome.values[*row].is_none())
        .map(|(_, name)| name.clone())
        .collect();
    let correlations = CorrelationKind::ALL
        .into_iter()
        .map(|kind| {
            let mut entry = CorrelationEntry {
                kind,
                name: kind.name(),
                value: None,
                undefined_because: None,
                p_value: None,
                smallest_p: None,
                interval: None,
                no_interval_because: None,
                rounding: None,
                verdict: None,
            };
            match defined(kind, &scores, &outcomes) {
                Err(error) => entry.undefined_because = Some(error.to_string()),
                Ok(value) => {
                    entry.value = Some(value);
                    if let Ok(test) = permutation_test(kind, &scores, &outcomes, options.seed) {
                        entry.p_value = Some(test.p_value);
                        entry.smallest_p = Some(test.smallest_p);
                        entry.verdict = Some(verdict(&test, ExpectedSign::Positive, 0.05));
                    }
                    match intervals.of(kind, value, scores.len(), options.assume_normal) {
                        Ok(interval) => entry.interval = Some(interval),
                        Err(reason) => entry.no_interval_because = Some(reason),
                    }
                    entry.rounding =
                        rounding_range(kind, &scores, &outcomes, column.half_unit(), table.outcome.half_unit());
                }
            }
            entry
        })
        .collect();
    ScoreReport {
        name: column.name.clone(),
        meaning: column.meaning,
        n: scores.len(),
        missing,
        ties: Ties { score_pairs: tied_pairs(&scores), outcome_pairs: tied_pairs(&outcomes) },
        correlations,
    }
}

/// Two points always lie on a line, so a correlation of two networks is not reported.
fn defined(kind: CorrelationKind, scores: &[f64], outcomes: &[f64]) -> Result<f64, CorrelationError> {
    if scores.len() < 3 {
        return Err(CorrelationError::TooFew { needed: 3, found: scores.len() });
    }
    correlation(kind, scores, outcomes)
}

fn tied_pairs(values: &[f64]) -> usize {
    (0..values.len()).map(|i| values[..i].iter().filter(|other| **other == values[i]).count()).sum()
}

/// Largest table for which the Spearman interval was simulated under heavy tails.
const SPEARMAN_LARGEST_COUNT: usize = 20;

/// Interval tables by statistic and count, simulated once each.
struct IntervalTables {
    seed: u64,
    tables: BTreeMap<(CorrelationKind, usize), CopulaIntervalTable>,
}

impl IntervalTables {
    fn of(
        &mut self,
        kind: CorrelationKind,
        value: f64,
        n: usize,
        assume_normal: bool,
    ) -> Result<CorrelationInterval, String> {
        let statistic = match kind {
            CorrelationKind::Pearson if assume_normal => {
                return fisher_interval(value, n, 0.95).map_err(|error| error.to_string());
            }
            CorrelationKind::Pearson => {
                return Err(
                    "Fisher's interval needs joint normality, which was not assumed; see the slope interval".to_owned()
                );
            }
            // Under heavy-tailed errors the copula is not normal; docs/results/coverage-networks.md has what is left.
            CorrelationKind::Spearman if n > SPEARMAN_LARGEST_COUNT && !assume_normal => {
                return Err(format!(
                    "without joint normality the interval was only shown to cover up to {SPEARMAN_LARGEST_COUNT} networks"
                ));
            }
            CorrelationKind::KendallTauB if !assume_normal => {
                return Err(
                    "the interval needs a normal copula, which was not assumed; under heavy tails it covers too little"
                        .to_owned(),
                );
            }
            CorrelationKind::Spearman => RankStatistic::Spearman,
            CorrelationKind::KendallTauB => RankStatistic::Kendall,
            CorrelationKind::WeightedTauSymmetric | CorrelationKind::WeightedTauByOutcome => {
                return Err(
                    "a weighted tau has no population value that does not depend on the number of networks".to_owned()
                );
            }
        };
        let key = (kind, n);
        if !self.tables.contains_key(&key) {
            let made = CopulaIntervalTable::new(statistic, n, self.seed);
            self.tables.insert(key, made.map_err(|error| error.to_string())?);
        }
        match self.tables.get(&key) {
            Some(table) => table.interval(value, 0.95).map_err(|error| error.to_string()),
            None => Err("no table".to_owned()),
        }
    }
}
