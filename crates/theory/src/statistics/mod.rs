//! Estimates with their uncertainty: jackknife, bootstrap, permutation, correlation, ranking.

mod bootstrap;
mod estimate;
mod jackknife;
mod median;
mod ordered_sum;
mod paired_shares;
mod permutation;
mod proportion;
mod sample_size;

pub use bootstrap::{BootstrapWeights, bootstrap_t_interval, bootstrap_t_of_mean, quantile};
pub use estimate::{Estimate, EstimateError, Exclusions, Interval, LEVEL, Over};
pub use jackknife::{
    jackknife_variance, mean_and_error, normal_point, pseudo_values, student_interval, student_p, student_point,
};
pub use median::{median, median_interval};
pub use ordered_sum::{CHUNK, OrderedSum, SumError};
pub use paired_shares::paired_difference;
pub use permutation::{PermutationNull, Permutations};
pub use proportion::{proportion, wilson_interval};
pub use sample_size::{concentration_bound, samples_needed};

pub mod correlation;
pub mod networks;
