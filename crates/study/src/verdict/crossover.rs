//! The crossover: how differently a measure moves over the mix of the sources for two target tasks.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use serde::{Deserialize, Serialize};
use transferscope_theory::statistics::{
    correlation::{CorrelationKind, average_ranks},
    mean_and_error,
    networks::{PermutationScheme, PermutationTest},
    student_interval,
};

/// Random orders drawn besides the observed one.
const DRAWS: u64 = 9_999;
const SEED: u64 = 0;
/// Two statistics closer than this are the same value seen through rounding.
const TOLERANCE: f64 = 1e-10;

/// A difference of slopes, with training seeds as blocks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Crossover {
    /// Slope for the first task minus slope for the second, mean over seeds: `correlation` holds this difference.
    pub test: PermutationTest,
    /// The difference of each training seed.
    pub by_seed: Vec<f64>,
    /// Student's interval over training seeds.
    pub over_seeds95: Option<[f64; 2]>,
    /// Slopes of both tasks, mean over seeds.
    pub slopes: [f64; 2],
    /// Page's order test with seeds as blocks: whether the difference of both tasks rises in the order of the mix.
    pub order_p: f64,
}

/// Compares two tasks: `first[seed][source]` and `second[seed][source]` are the measure, `mix[source]` the place on the axis.
///
/// In each seed d_i = first_i − second_i; the statistic is the slope of d over the mix, mean over seeds. If the mix did
/// nothing, the values d of one seed could stand in any order, so they are shuffled within each seed (9,999 draws and the
/// observed order; two-sided, twice the smaller tail).
///
/// # Errors
/// Why there is no such statistic.
pub fn crossover(mix: &[f64], first: &[Vec<f64>], second: &[Vec<f64>]) -> Result<Crossover, String> {
    let blocks: Vec<Vec<f64>> =
        first.iter().zip(second).map(|(a, b)| a.iter().zip(b).map(|(a, b)| a - b).collect()).collect();
    if blocks.is_empty() || blocks.iter().any(|block| block.len() != mix.len()) || mix.len() < 3 {
        return Err("a crossover needs at least three networks, each measured at every seed for both tasks".to_owned());
    }
    let weights = slope_weights(mix).ok_or("all networks stand at the same place of the mix")?;
    let slope = |values: &[f64]| -> f64 { weights.iter().zip(values).map(|(weight, value)| weight * value).sum() };
    let by_seed: Vec<f64> = blocks.iter().map(|block| slope(block)).collect();
    let seeds = blocks.len() as f64;
    let observed = by_seed.iter().sum::<f64>() / seeds;
    let places = average_ranks(mix);
    let ranked: Vec<Vec<f64>> = blocks.iter().map(|block| average_ranks(block)).collect();
    let order_of = |orders: &[Vec<usize>]| -> f64 {
        let block = |(ranks, order): (&Vec<f64>, &Vec<usize>)| -> f64 {
            order.iter().zip(&places).map(|(&from, place)| ranks[from] * place).sum()
        };
        ranked.iter().zip(orders).map(block).sum()
    };
    let mut orders: Vec<Vec<usize>> = vec![(0..mix.len()).collect(); blocks.len()];
    let observed_order = order_of(&orders);
    let (mut slopes, mut ranks) = (Tails::new(observed), Tails::new(observed_order));
    slopes.add(observed);
    ranks.add(observed_order);
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    for _ in 0..DRAWS {
        let mut total = 0.0;
        for (block, order) in blocks.iter().zip(&mut orders) {
            for last in (1..order.len()).rev() {
                // Sources are few: the bias of the remainder is below 2^-56.
                let other = (random.next_u64() % (last as u64 + 1)) as usize;
                order.swap(last, other);
            }
            total += order.iter().zip(&weights).map(|(&from, weight)| block[from] * weight).sum::<f64>();
        }
        slopes.add(total / seeds);
        ranks.add(order_of(&orders));
    }
    let mean_slope = |values: &[Vec<f64>]| values.iter().map(|block| slope(block)).sum::<f64>() / seeds;
    let over_seeds95 = mean_and_error(&by_seed)
        .and_then(|(mean, error)| student_interval(mean, error?, by_seed.len()).ok().flatten())
        .map(<[f64; 2]>::from);
    Ok(Crossover {
        test: PermutationTest {
            kind: CorrelationKind::Pearson,
            n: mix.len(),
            correlation: observed,
            p_value: slopes.p_value(),
            smallest_p: 2.0 / (DRAWS + 1) as f64,
            scheme: PermutationScheme::MonteCarlo { draws: DRAWS, seed: SEED },
        },
        by_seed,
        over_seeds95,
        slopes: [mean_slope(first), mean_slope(second)],
        order_p: ranks.p_value(),
    })
}

/// What values are multiplied with and summed to give their least-squares slope over the mix.
fn slope_weights(mix: &[f64]) -> Option<Vec<f64>> {
    let mean = mix.iter().sum::<f64>() / mix.len() as f64;
    let squares: f64 = mix.iter().map(|x| (x - mean).powi(2)).sum();
    (squares > 0.0).then(|| mix.iter().map(|x| (x - mean) / squares).collect())
}

struct Tails {
    observed: f64,
    all: u64,
    as_high: u64,
    as_low: u64,
}

impl Tails {
    fn new(observed: f64) -> Self {
        Self { observed, all: 0, as_high: 0, as_low: 0 }
    }

    fn add(&mut self, value: f64) {
        self.all += 1;
        self.as_high += u64::from(value >= self.observed - TOLERANCE);
        self.as_low += u64::from(value <= self.observed + TOLERANCE);
    }

    fn p_value(&self) -> f64 {
        (2.0 * self.as_high.min(self.as_low) as f64 / self.all as f64).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use super::*;

    const MIX: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

    /// First task rises by 1 over the mix, second falls by 1: the difference of slopes is 2, and of the 120³ orders of
    /// three seeds one alone reaches it.
    #[test]
    fn a_clean_crossover_is_found_and_its_slope_is_exact() {
        let up: Vec<f64> = MIX.to_vec();
        let down: Vec<f64> = MIX.iter().map(|x| -x).collect();
        let result = crossover(&MIX, &vec![up.clone(); 3], &vec![down; 3]).unwrap();
        assert!((result.test.correlation - 2.0).abs() < 1e-12);
        assert!((result.slopes[0] - 1.0).abs() < 1e-12 && (result.slopes[1] + 1.0).abs() < 1e-12);
        assert!(result.test.p_value < 0.001 && result.order_p < 0.001);
        // Both tasks alike: whatever moves both moves no crossover.
        let none = crossover(&MIX, &vec![up.clone(); 3], &vec![up; 3]).unwrap();
        assert!(none.test.correlation.abs() < 1e-12 && none.test.p_value > 0.99);
    }

    #[test]
    fn without_a_mix_there_is_no_slope() {
        let values = vec![vec![1.0, 2.0, 3.0]; 3];
        assert!(crossover(&[0.5; 3], &values, &values).is_err());
        assert!(crossover(&[0.0, 1.0], &vec![vec![1.0, 2.0]; 3], &vec![vec![1.0, 2.0]; 3]).is_err());
    }
}
