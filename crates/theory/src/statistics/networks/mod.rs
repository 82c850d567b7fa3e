//! Inference over networks: permutation tests, ties with the best, verdicts, and the power of a design.

mod bootstrap;
pub(crate) mod draws;
mod holm;
mod matrix_permutation;
mod permutation_test;
pub(crate) mod permutations;
mod power;
mod tied_with_best;
mod verdict;

pub use bootstrap::{BOOTSTRAP_SMALLEST_COUNT, BootstrapError, network_bootstrap};
pub use holm::{HolmError, holm};
pub use matrix_permutation::{MatrixTestError, PairedNetworks, matrix_permutation_test, rectangular_permutation_test};
pub use permutation_test::{PermutationTest, permutation_test};
pub use permutations::{EXACT_UP_TO, PermutationScheme};
pub use power::{Power, PowerError, fisher_power, permutation_power};
pub use tied_with_best::{TiedNetwork, TiedWithBest, TiedWithBestError, tied_with_best};
pub use verdict::{ExpectedSign, VERDICT_SMALLEST_COUNT, Verdict, verdict};
