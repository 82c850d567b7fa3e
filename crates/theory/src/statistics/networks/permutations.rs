//! Which permutations of networks a test looks at: all of them up to eight networks, a seeded draw above.

use serde::{Deserialize, Serialize};

use super::draws::{Draws, Purpose};

/// Up to this many networks every permutation is looked at (8! = 40,320).
pub const EXACT_UP_TO: usize = 8;

/// How the null distribution was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PermutationScheme {
    /// All n! permutations, the observed one among them.
    Exact {
        /// n!.
        permutations: u64,
    },
    /// The observed one and a seeded draw.
    MonteCarlo {
        /// Number of random permutations drawn besides the observed one.
        draws: u64,
        /// Seed of the draw.
        seed: u64,
    },
}

/// Calls `visit` with every permutation of the scheme; the first is always the identity. Returns the scheme.
pub(crate) fn for_each_permutation(
    count: usize,
    draws: u64,
    seed: u64,
    mut visit: impl FnMut(&[usize]),
) -> PermutationScheme {
    let mut permutation: Vec<usize> = (0..count).collect();
    visit(&permutation);
    if count <= EXACT_UP_TO {
        let mut permutations = 1;
        // Heap's algorithm, iterative.
        let mut counters = vec![0_usize; count];
        let mut position = 1;
        while position < count {
            if counters[position] < position {
                let other = if position % 2 == 0 { 0 } else { counters[position] };
                permutation.swap(other, position);
                visit(&permutation);
                permutations += 1;
                counters[position] += 1;
                position = 1;
            } else {
                counters[position] = 0;
                position += 1;
            }
        }
        PermutationScheme::Exact { permutations }
    } else {
        let mut generator = Draws::new(seed, Purpose::Permutation);
        for _ in 0..draws {
            generator.shuffle(&mut permutation);
            visit(&permutation);
        }
        PermutationScheme::MonteCarlo { draws, seed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_permutation_comes_once() {
        for (count, factorial) in [(1, 1), (2, 2), (3, 6), (4, 24), (5, 120), (6, 720)] {
            let mut seen = BTreeSet::new();
            let mut visits = 0;
            let scheme = for_each_permutation(count, 0, 0, |permutation| {
                visits += 1;
                seen.insert(permutation.to_vec());
            });
            assert_eq!(scheme, PermutationScheme::Exact { permutations: factorial });
            assert_eq!((visits, seen.len() as u64), (factorial, factorial));
        }
    }
}
