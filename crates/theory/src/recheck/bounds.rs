//! Values that a score cannot take.

use serde::{Deserialize, Serialize};

use super::{ScoreColumn, ScoreMeaning};

/// A value outside the range of its measure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BoundViolation {
    /// Column.
    pub score: String,
    /// Network.
    pub network: String,
    /// The printed value.
    pub value: f64,
    /// The bound, in words.
    pub bound: String,
}

/// All violations of one column, allowing half a unit of the last printed decimal.
pub(super) fn violations(column: &ScoreColumn, networks: &[String], classes: Option<usize>) -> Vec<BoundViolation> {
    let (least, most, words) = match (column.meaning, classes) {
        (ScoreMeaning::HScore, Some(classes)) => {
            let most = classes.saturating_sub(1) as f64;
            (0.0, most, format!("the H-score of {classes} classes lies between 0 and {most}"))
        }
        (ScoreMeaning::HScore, None) => (0.0, f64::INFINITY, "the H-score is at least 0".to_owned()),
        (ScoreMeaning::Leep, _) => (f64::NEG_INFINITY, 0.0, "LEEP is at most 0".to_owned()),
        (ScoreMeaning::Nce, _) => (f64::NEG_INFINITY, 0.0, "NCE is at most 0".to_owned()),
        (ScoreMeaning::Alpha1, _) => (0.0, f64::INFINITY, "alpha1 is at least 0".to_owned()),
        (ScoreMeaning::Alpha2, _) => (0.0, 1.0, "alpha2 lies between 0 and 1".to_owned()),
        (ScoreMeaning::Combined, _) => (0.0, f64::INFINITY, "the combined measure is at least 0".to_owned()),
        (ScoreMeaning::Other, _) => return Vec::new(),
    };
    let slack = column.half_unit();
    column
        .values
        .iter()
        .zip(networks)
        .filter_map(|(value, network)| value.map(|value| (value, network)))
        .filter(|(value, _)| *value < least - slack || *value > most + slack)
        .map(|(value, network)| BoundViolation {
            score: column.name.clone(),
            network: network.clone(),
            value,
            bound: words.clone(),
        })
        .collect()
}
