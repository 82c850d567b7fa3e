//! A seeded permutation null: what a statistic gives when the pairing of its two sides is destroyed (paper §7.5).

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{LEVEL, quantile};

/// The null distribution of a statistic under random pairings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PermutationNull {
    /// Number of random permutations.
    pub permutations: usize,
    /// Mean of the statistic over them.
    pub mean: f64,
    /// Its 95 % quantile.
    pub quantile95: f64,
    /// (1 + number of permuted statistics at least as large) / (1 + permutations).
    pub p_value: f64,
}

impl PermutationNull {
    /// Compares the observed statistic with permuted ones; `None` without permutations.
    #[must_use]
    pub fn from_draws(observed: f64, mut draws: Vec<f64>) -> Option<Self> {
        if draws.is_empty() {
            return None;
        }
        draws.sort_by(f64::total_cmp);
        // Equal statistics may differ by rounding of another order of summation: they count as reached.
        let reached = draws.iter().filter(|&&draw| draw >= observed - 1e-12 * observed.abs()).count();
        Some(Self {
            permutations: draws.len(),
            mean: draws.iter().sum::<f64>() / draws.len() as f64,
            quantile95: quantile(&draws, LEVEL),
            p_value: (1 + reached) as f64 / (1 + draws.len()) as f64,
        })
    }
}

/// A stream of random permutations of 0..count from a seed.
#[derive(Debug, Clone)]
pub struct Permutations {
    generator: ChaCha8Rng,
    order: Vec<usize>,
}

impl Permutations {
    /// Permutations of 0..count.
    #[must_use]
    pub fn new(count: usize, seed: u64) -> Self {
        Self { generator: ChaCha8Rng::seed_from_u64(seed), order: (0..count).collect() }
    }

    /// The next permutation.
    pub fn draw(&mut self) -> &[usize] {
        self.order.shuffle(&mut self.generator);
        &self.order
    }
}
