//! How far a correlation could move if the values were known beyond their printed decimals.

use serde::{Deserialize, Serialize};

use crate::statistics::correlation::{CorrelationKind, correlation};
use crate::statistics::networks::draws::{Draws, Purpose};

/// Orderings of tied groups that are tried before turning to a draw.
const MOST_ORDERINGS: usize = 20_000;

/// The correlations that unrounded values could have had.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RoundingRange {
    /// Lowest correlation found.
    pub lower: f64,
    /// Highest correlation found.
    pub upper: f64,
    /// Whether every case was looked at (else the true range may be wider).
    pub complete: bool,
}

impl RoundingRange {
    /// Whether a printed claim fits into the range, its own rounding allowed for.
    #[must_use]
    pub fn admits(&self, claim: f64, half_unit: f64) -> bool {
        let slack = half_unit + 1e-9;
        self.lower - slack <= claim && claim <= self.upper + slack
    }
}

/// Range of one coefficient when each score moves by at most `score_half` and each outcome by `outcome_half`.
///
/// Order coefficients can only move where printed values are equal: such ties are broken in every way (or left), up to
/// 20,000 ways, beyond that in 20,000 seeded ways. Pearson climbs to both ends coordinate by coordinate over the
/// box; the correlation is monotone between stationary points in each coordinate, so corners are what is tried.
pub(super) fn rounding_range(
    kind: CorrelationKind,
    scores: &[f64],
    outcomes: &[f64],
    score_half: f64,
    outcome_half: f64,
) -> Option<RoundingRange> {
    let plain = correlation(kind, scores, outcomes).ok()?;
    let mut range = RoundingRange { lower: plain, upper: plain, complete: true };
    if kind.uses_order_only() {
        let orderings = |values: &[f64], half: f64| broken_ties(values, half, 0);
        let (score_ways, scores_complete) = orderings(scores, score_half);
        let (outcome_ways, outcomes_complete) = orderings(outcomes, outcome_half);
        range.complete = scores_complete && outcomes_complete;
        let pairs = score_ways.len() * outcome_ways.len();
        let step = pairs.div_ceil(MOST_ORDERINGS).max(1);
        // A step shares no factor pattern with the inner length only by luck; the flag says that cases were skipped.
        range.complete &= step == 1;
        for pair in (0..pairs).step_by(step) {
            let value =
                correlation(kind, &score_ways[pair / outcome_ways.len()], &outcome_ways[pair % outcome_ways.len()]);
            if let Ok(value) = value {
                range.lower = range.lower.min(value);
                range.upper = range.upper.max(value);
            }
        }
    } else {
        range.upper = climb(kind, scores, outcomes, score_half, outcome_half, 1.0).max(plain);
        range.lower = climb(kind, scores, outcomes, score_half, outcome_half, -1.0).min(plain);
    }
    Some(range)
}

fn climb(
    kind: CorrelationKind,
    scores: &[f64],
    outcomes: &[f64],
    score_half: f64,
    outcome_half: f64,
    direction: f64,
) -> f64 {
    let n = scores.len();
    let mut point: Vec<f64> = scores.iter().chain(outcomes).copied().collect();
    let centre = point.clone();
    let value = |point: &[f64]| correlation(kind, &point[..n], &point[n..]).unwrap_or(-2.0 * direction);
    let mut best = value(&point);
    // Each sweep moves every coordinate to the better end; a few sweeps settle a problem this nearly linear.
    for _ in 0..4 {
        let before = best;
        for index in 0..2 * n {
            let half = if index < n { score_half } else { outcome_half };
            let kept = point[index];
            let mut chosen = kept;
            for candidate in [centre[index] - half, centre[index] + half] {
                point[index] = candidate;
                let found = value(&point);
                if (found - best) * direction > 0.0 {
                    best = found;
                    chosen = candidate;
                }
            }
            point[index] = chosen;
        }
        if best == before {
            break;
        }
    }
    best
}

/// Copies of the values with every group of equal values ordered in each way, ties among them included.
fn broken_ties(values: &[f64], half: f64, seed: u64) -> (Vec<Vec<f64>>, bool) {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let groups: Vec<&[usize]> =
        order.chunk_by(|&a, &b| values[a] == values[b]).filter(|group| group.len() > 1).collect();
    let mut ways = vec![values.to_vec()];
    for group in &groups {
        let ranks = weak_orders(group.len());
        let total = ranks.as_ref().map_or(usize::MAX, |ranks| ranks.len().saturating_mul(ways.len()));
        let Some(ranks) = ranks.filter(|_| total <= MOST_ORDERINGS) else {
            return (drawn(values, &groups, half, seed), false);
        };
        ways = ways.iter().flat_map(|way| ranks.iter().map(move |ranks| shifted(way, group, ranks, half))).collect();
    }
    (ways, true)
}

fn shifted(values: &[f64], group: &[usize], ranks: &[usize], half: f64) -> Vec<f64> {
    let mut moved = values.to_vec();
    for (&index, &rank) in group.iter().zip(ranks) {
        // Within (−half, half), in the order of the ranks.
        moved[index] += half * ((rank as f64 + 1.0) / (group.len() as f64 + 1.0) - 0.5);
    }
    moved
}

/// All ways to rank `size` things with ties allowed: 3, 13, 75, 541 of them for two to five; `None` above five.
fn weak_orders(size: usize) -> Option<Vec<Vec<usize>>> {
    if size > 5 {
        return None;
    }
    let mut found = Vec::new();
    for code in 0..size.pow(size as u32) {
        let ranks: Vec<usize> = (0..size).map(|place| code / size.pow(place as u32) % size).collect();
        let highest = ranks.iter().copied().max().unwrap_or(0);
        // Ranks must use every level up to the highest, so that each weak order comes once.
        if (0..=highest).all(|level| ranks.contains(&level)) {
            found.push(ranks);
        }
    }
    Some(found)
}

fn drawn(values: &[f64], groups: &[&[usize]], half: f64, seed: u64) -> Vec<Vec<f64>> {
    let mut draws = Draws::new(seed, Purpose::TieOrder);
    let mut ways = vec![values.to_vec()];
    // The square of this many is what is tried when both columns are drawn.
    for _ in 1..142 {
        let mut way = values.to_vec();
        for group in groups {
            let mut ranks: Vec<usize> = (0..group.len()).collect();
            draws.shuffle(&mut ranks);
            way = shifted(&way, group, &ranks, half);
        }
        ways.push(way);
    }
    ways
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn a_tie_may_go_either_way() {
        // Scores 1, 2, 2 against 1, 2, 3: Kendall tau-b 2/√6; broken well 1, broken badly 1/3.
        let range = rounding_range(CorrelationKind::KendallTauB, &[1.0, 2.0, 2.0], &[1.0, 2.0, 3.0], 0.5, 0.5).unwrap();
        assert!(range.complete);
        assert!((range.upper - 1.0).abs() < 1e-12);
        assert!((range.lower - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn the_numbers_of_weak_orders_are_the_fubini_numbers() {
        let counts: Vec<usize> = (1..=5).map(|size| weak_orders(size).unwrap().len()).collect();
        assert_eq!(counts, [1, 3, 13, 75, 541]);
    }

    #[test]
    fn pearson_moves_about_as_much_as_its_values() {
        let (x, y) = ([1.0, 2.0, 3.0, 4.0, 5.0], [1.1, 1.9, 3.2, 3.9, 5.0]);
        let range = rounding_range(CorrelationKind::Pearson, &x, &y, 0.05, 0.05).unwrap();
        let plain = correlation(CorrelationKind::Pearson, &x, &y).unwrap();
        assert!(range.lower < plain - 1e-4 && range.upper > plain + 1e-4);
        assert!(range.upper - range.lower < 0.05);
        let none = rounding_range(CorrelationKind::Pearson, &x, &y, 0.0, 0.0).unwrap();
        assert!((none.upper - none.lower).abs() < 1e-14);
    }
}
