//! Whether two scores order the networks alike.

use serde::Serialize;
use transferscope_theory::statistics::correlation::{CorrelationKind, correlation};

/// Two scores over the networks that have both.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Agreement {
    /// One score.
    pub first: String,
    /// The other.
    pub second: String,
    /// Networks that have both.
    pub networks: usize,
    /// Spearman's correlation; absent with fewer than three networks or a constant column.
    pub spearman: Option<f64>,
    /// Kendall's tau-b.
    pub kendall: Option<f64>,
}

/// Two values always lie on a line: fewer networks say nothing.
const LEAST: usize = 3;

/// Every pair of columns, each with one value a network.
#[must_use]
pub fn agreement(columns: &[(String, Vec<Option<f64>>)]) -> Vec<Agreement> {
    let mut pairs = Vec::new();
    for (place, (first, left)) in columns.iter().enumerate() {
        for (second, right) in &columns[place + 1..] {
            let both: Vec<(f64, f64)> = left.iter().zip(right).filter_map(|(a, b)| Some(((*a)?, (*b)?))).collect();
            let (a, b): (Vec<f64>, Vec<f64>) = both.into_iter().unzip();
            let of = |kind| if a.len() < LEAST { None } else { correlation(kind, &a, &b).ok() };
            pairs.push(Agreement {
                first: first.clone(),
                second: second.clone(),
                networks: a.len(),
                spearman: of(CorrelationKind::Spearman),
                kendall: of(CorrelationKind::KendallTauB),
            });
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_values_leave_their_network_out() {
        let column = |name: &str, values: [Option<f64>; 4]| (name.to_owned(), values.to_vec());
        let a = column("a", [Some(1.0), Some(2.0), Some(3.0), None]);
        let b = column("b", [Some(3.0), Some(2.0), Some(1.0), Some(9.0)]);
        let c = column("c", [Some(1.0), None, Some(1.0), Some(2.0)]);
        let pairs = agreement(&[a, b, c]);
        assert_eq!((pairs[0].networks, pairs[0].spearman, pairs[0].kendall), (3, Some(-1.0), Some(-1.0)));
        assert_eq!((pairs[1].networks, pairs[1].spearman), (2, None));
        assert_eq!(pairs.len(), 3);
    }
}
