//! Columns that are copies of one another, found by their values and not by their names or places.

use serde::{Deserialize, Serialize};

use super::ScoreColumn;
use crate::statistics::correlation::{CorrelationKind, correlation};

/// How two columns agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyKind {
    /// Every shared value is the same.
    Exact,
    /// All but a few shared values are the same, or all agree within the coarser rounding.
    Near,
    /// One is a multiple of the other plus a constant.
    Rescaled,
}

/// Two columns that are suspiciously alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copy {
    /// One column.
    pub first: String,
    /// The other.
    pub second: String,
    /// How they agree.
    pub kind: CopyKind,
    /// Networks with the same value in both.
    pub equal: usize,
    /// Networks with a value in both.
    pub shared: usize,
}

/// Fewest shared networks on which anything is said.
const FEWEST: usize = 4;
/// Share of equal values from which a column counts as a near copy.
const NEAR: f64 = 0.8;
/// 1 − |Pearson| below which a column counts as rescaled: far below what printed decimals leave to chance.
const RESCALED: f64 = 1e-9;

pub(super) fn copies(columns: &[&ScoreColumn]) -> Vec<Copy> {
    let mut found = Vec::new();
    for (index, first) in columns.iter().enumerate() {
        for second in &columns[index + 1..] {
            found.extend(compare(first, second));
        }
    }
    found
}

fn compare(first: &ScoreColumn, second: &ScoreColumn) -> Option<Copy> {
    let shared: Vec<(f64, f64)> = first.values.iter().zip(&second.values).filter_map(|(a, b)| (*a).zip(*b)).collect();
    if shared.len() < FEWEST {
        return None;
    }
    let equal = shared.iter().filter(|(a, b)| a == b).count();
    let within = first.half_unit().max(second.half_unit()) * 1.001;
    let close = shared.iter().filter(|(a, b)| (a - b).abs() <= within).count();
    let (left, right): (Vec<f64>, Vec<f64>) = shared.iter().copied().unzip();
    // A constant column is no evidence of copying.
    let straight = correlation(CorrelationKind::Pearson, &left, &right).ok()?;
    let kind = if equal == shared.len() {
        CopyKind::Exact
    } else if close == shared.len() || equal as f64 >= NEAR * shared.len() as f64 {
        CopyKind::Near
    } else if 1.0 - straight.abs() < RESCALED {
        CopyKind::Rescaled
    } else {
        return None;
    };
    Some(Copy { first: first.name.clone(), second: second.name.clone(), kind, equal, shared: shared.len() })
}
