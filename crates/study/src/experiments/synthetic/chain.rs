//! Which link breaks: the boxes of the chain side by side, and how neighbours move together over the rows.

use serde::Serialize;
use transferscope_theory::statistics::correlation::{CorrelationKind, correlation};

use super::{SyntheticResult, SyntheticRow};
use crate::chain::{self, Chain, ChainDirection, ChainLink, ChainsOver};

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

/// How the neighbours of the chain move together over the rows, target given source.
#[must_use]
pub fn chain_links(result: &SyntheticResult) -> Vec<ChainLink> {
    let chains: Vec<Chain> = result.rows.iter().map(t_given_s).collect();
    chain::chain_links(&chains, ChainDirection::TargetGivenSource, ChainsOver::Steps)
}

/// The boxes of a row in the direction T -> S: can a head on the source imitate the target? (paper §3.5)
fn t_given_s(row: &SyntheticRow) -> Chain {
    Chain {
        alpha1: Some(row.alpha1_t_to_s),
        alpha2: Some(row.alpha2_t_to_s),
        combined: Some(row.combined_t_to_s),
        gradient_r2: row.matching.gradient.t_given_s.r2,
        function_r2: row.matching.function.t_given_s.r2,
        function_r2_held_out: row.matching.function_held_out.t_given_s.r2,
        transfer_r2_held_out: row.knowledge_transfer.on_outputs_held_out.r2,
        transfer_accuracy_held_out: None,
    }
}
