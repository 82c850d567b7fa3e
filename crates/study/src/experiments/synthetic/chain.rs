//! Which link breaks: the boxes of the chain side by side, and how neighbours move together over the rows.

use serde::Serialize;
use transferscope_theory::statistics::correlation::{CorrelationKind, correlation};

use super::{SyntheticResult, SyntheticRow};

/// The correlation over the rows of one column with the loss of the source (paper §10.7).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnCorrelation {
    /// Name of the column, as in the JSON rows.
    pub column: &'static str,
    /// Whether the paper's claim wants it below zero (measures) or above (distances).
    pub claimed_negative: bool,
    /// Pearson's correlation; `None` where a column does not vary.
    pub pearson: Option<f64>,
    /// Spearman's.
    pub spearman: Option<f64>,
    /// Kendall's tau-b.
    pub kendall_tau_b: Option<f64>,
    /// Whether Pearson's has the claimed sign.
    pub has_claimed_sign: Option<bool>,
}

/// How a link of the chain fared over the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// Pearson and Spearman are both at least one half.
    Holds,
    /// Neither that nor a wrong sign.
    Weak,
    /// One of both is negative: the neighbours move against each other.
    Breaks,
    /// A side does not vary.
    Undefined,
}

/// Correlations of at least this size count as holding.
const HOLDS_FROM: f64 = 0.5;

/// Two neighbours of the chain and how they move together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChainLink {
    /// The earlier box.
    pub from: &'static str,
    /// The later box.
    pub to: &'static str,
    /// Pearson's correlation over the rows, both sides taken so that more is better.
    pub pearson: Option<f64>,
    /// Spearman's.
    pub spearman: Option<f64>,
    /// What that means.
    pub state: LinkState,
}

/// The direction T -> S: can a head on the source imitate the target? (paper §3.5)
type Box = (&'static str, fn(&SyntheticRow) -> Option<f64>);

const ALPHA1: Box = ("alpha1 T->S", |row| Some(row.alpha1_t_to_s));
const ALPHA2: Box = ("alpha2 T->S", |row| Some(row.alpha2_t_to_s));
const COMBINED: Box = ("combined T->S", |row| Some(row.combined_t_to_s));
const GRADIENT: Box = ("gradient matching R² (T|S)", |row| row.matching.gradient.t_given_s.r2);
const FUNCTION: Box = ("function matching R² (T|S)", |row| row.matching.function.t_given_s.r2);
const TRANSFER: Box = ("knowledge transfer R², held out", |row| row.knowledge_transfer.on_outputs_held_out.r2);

/// Neighbours in the chain, then its two ends.
const LINKS: [(Box, Box); 6] = [
    (ALPHA1, GRADIENT),
    (ALPHA2, GRADIENT),
    (COMBINED, GRADIENT),
    (GRADIENT, FUNCTION),
    (FUNCTION, TRANSFER),
    (COMBINED, TRANSFER),
];

type Column = (&'static str, bool, fn(&SyntheticRow) -> f64);

const COLUMNS: [Column; 7] = [
    ("alpha1_s_to_t", true, |row| row.alpha1_s_to_t),
    ("alpha1_t_to_s", true, |row| row.alpha1_t_to_s),
    ("alpha2_s_to_t", true, |row| row.alpha2_s_to_t),
    ("alpha2_t_to_s", true, |row| row.alpha2_t_to_s),
    ("combined_s_to_t", true, |row| row.combined_s_to_t),
    ("combined_t_to_s", true, |row| row.combined_t_to_s),
    ("gradient_matching", false, |row| row.gradient_matching),
];

/// The correlation of each column with the loss of the source, over the rows.
///
/// The rows are ten steps of one walk away from one network, so these numbers describe it; they are no sample of networks
/// and carry no interval.
#[must_use]
pub fn correlations_with_loss(result: &SyntheticResult) -> Vec<ColumnCorrelation> {
    let loss: Vec<f64> = result.rows.iter().map(|row| row.loss_source).collect();
    COLUMNS
        .iter()
        .map(|&(column, claimed_negative, value)| {
            let values: Vec<f64> = result.rows.iter().map(value).collect();
            let of = |kind| correlation(kind, &values, &loss).ok();
            let pearson = of(CorrelationKind::Pearson);
            ColumnCorrelation {
                column,
                claimed_negative,
                pearson,
                spearman: of(CorrelationKind::Spearman),
                kendall_tau_b: of(CorrelationKind::KendallTauB),
                has_claimed_sign: pearson.map(|value| (value < 0.0) == claimed_negative),
            }
        })
        .collect()
}

/// How the neighbours of the chain move together over the rows.
#[must_use]
pub fn chain_links(result: &SyntheticResult) -> Vec<ChainLink> {
    LINKS
        .iter()
        .map(|&((from, first), (to, second))| {
            let sides: Option<(Vec<f64>, Vec<f64>)> =
                result.rows.iter().map(|row| Some((first(row)?, second(row)?))).collect();
            let of = |kind| sides.as_ref().and_then(|(one, two)| correlation(kind, one, two).ok());
            let (pearson, spearman) = (of(CorrelationKind::Pearson), of(CorrelationKind::Spearman));
            let state = match (pearson, spearman) {
                (Some(one), Some(two)) if one < 0.0 || two < 0.0 => LinkState::Breaks,
                (Some(one), Some(two)) if one >= HOLDS_FROM && two >= HOLDS_FROM => LinkState::Holds,
                (Some(_), Some(_)) => LinkState::Weak,
                _ => LinkState::Undefined,
            };
            ChainLink { from, to, pearson, spearman, state }
        })
        .collect()
}
