//! Seeded draws for tests over networks: uniform numbers, standard normals, permutations.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use statrs::distribution::{ContinuousCDF, Normal};

/// Streams of one seed, one per purpose, so that adding a draw to one never moves another.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    Permutation = 1,
    Bootstrap = 2,
    Copula = 3,
    Power = 4,
    SignFlip = 5,
    TieOrder = 6,
    Projection = 7,
    Clusters = 8,
}

pub(crate) struct Draws {
    generator: ChaCha8Rng,
    normal: Normal,
}

impl Draws {
    pub(crate) fn new(seed: u64, purpose: Purpose) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(purpose as u64);
        Self { generator, normal: Normal::standard() }
    }

    /// Uniform in (0, 1), never an end point: 53 random bits, centred in their cell.
    pub(crate) fn uniform(&mut self) -> f64 {
        let bits = self.generator.next_u64() >> 11;
        (bits as f64 + 0.5) * (1.0 / (1_u64 << 53) as f64)
    }

    pub(crate) fn standard_normal(&mut self) -> f64 {
        let uniform = self.uniform();
        self.normal.inverse_cdf(uniform)
    }

    /// A whole number below `bound`; the bias of scaling 53 bits is below 2⁻⁴⁰ for the sizes used here.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((self.uniform() * bound as f64) as usize).min(bound.saturating_sub(1))
    }

    pub(crate) fn coin(&mut self) -> bool {
        self.generator.next_u64() >> 63 == 1
    }

    /// Fisher–Yates.
    pub(crate) fn shuffle(&mut self, values: &mut [usize]) {
        for last in (1..values.len()).rev() {
            let other = self.below(last + 1);
            values.swap(last, other);
        }
    }
}
