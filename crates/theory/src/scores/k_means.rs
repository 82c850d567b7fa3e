//! k-means with k-means++ seeds: where the mixture behind NLEEP starts.

use crate::linear::Matrix;
use crate::statistics::networks::draws::{Draws, Purpose};

const ITERATIONS: usize = 50;

/// The cluster of each row, below `clusters` (Lloyd 1957; seeds by Arthur and Vassilvitskii 2007). Same seed, same clusters.
pub(super) fn k_means(rows: &Matrix, clusters: usize, seed: u64) -> Vec<usize> {
    let mut centres = seeds(rows, clusters, &mut Draws::new(seed, Purpose::Clusters));
    let mut cluster_of = vec![usize::MAX; rows.rows()];
    for _ in 0..ITERATIONS {
        let next: Vec<usize> = (0..rows.rows()).map(|row| nearest(rows.row(row), &centres).0).collect();
        if next == cluster_of {
            break;
        }
        cluster_of = next;
        let mut counts = vec![0_usize; clusters];
        let mut sums = Matrix::zeros(clusters, rows.columns());
        for (row, &cluster) in cluster_of.iter().enumerate() {
            counts[cluster] += 1;
            for (axis, value) in rows.row(row).iter().enumerate() {
                sums[(cluster, axis)] += value;
            }
        }
        // A cluster that lost all its rows keeps its centre.
        for cluster in (0..clusters).filter(|&cluster| counts[cluster] > 0) {
            for axis in 0..rows.columns() {
                centres[(cluster, axis)] = sums[(cluster, axis)] / counts[cluster] as f64;
            }
        }
    }
    cluster_of
}

/// The first at random, each next with a chance in proportion to its squared distance from those there are.
fn seeds(rows: &Matrix, clusters: usize, draws: &mut Draws) -> Matrix {
    let mut centres = Matrix::zeros(clusters, rows.columns());
    let mut distances = vec![f64::INFINITY; rows.rows()];
    let mut chosen = draws.below(rows.rows());
    for cluster in 0..clusters {
        for (axis, value) in rows.row(chosen).iter().enumerate() {
            centres[(cluster, axis)] = *value;
        }
        for (row, distance) in distances.iter_mut().enumerate() {
            *distance = distance.min(squared_distance(rows.row(row), centres.row(cluster)));
        }
        let total: f64 = distances.iter().sum();
        let mut left = draws.uniform() * total;
        chosen = distances
            .iter()
            .position(|distance| {
                left -= distance;
                left <= 0.0 && *distance > 0.0
            })
            .unwrap_or_else(|| draws.below(rows.rows()));
    }
    centres
}

fn nearest(row: &[f64], centres: &Matrix) -> (usize, f64) {
    let mut best = (0, f64::INFINITY);
    for cluster in 0..centres.rows() {
        let distance = squared_distance(row, centres.row(cluster));
        if distance < best.1 {
            best = (cluster, distance);
        }
    }
    best
}

fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separate_heaps_are_found_for_every_seed() {
        let rows = Matrix::from_fn(30, 2, |i, j| (i % 3) as f64 * 100.0 + ((i * 7 + j) % 5) as f64);
        for seed in 0..5 {
            let found = k_means(&rows, 3, seed);
            assert!((0..30).all(|i| (0..30).all(|j| (found[i] == found[j]) == (i % 3 == j % 3))));
        }
    }
}
