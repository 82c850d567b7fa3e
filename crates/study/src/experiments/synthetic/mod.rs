//! The paper's synthetic experiment (paper §11.1, §12.1, §12.2, §13): one target, ten sources that drift away from it.
//!
//! A [`SyntheticWorld`] holds data and the two trained networks; [`run()`] perturbs the source by fixed random deviations,
//! row by row, and measures every box of the chain: alphas, gradient matching, function matching, knowledge transfer.
//! Read from the public files it reproduces the published tables; [`generate()`] makes a world of its own from a seed.

mod bound_shifts;
mod bounds;
mod chain;
mod csv;
mod error;
mod generate;
mod lbfgs;
mod measure_row;
mod output_moments;
pub mod report;
mod row;
mod run;
mod sigmoid_network;
mod training;
mod weight_deviations;
mod world;

pub use bounds::{RowBounds, bounds};
pub use chain::{ColumnCorrelation, chain_links, correlations_with_loss};
pub use error::SyntheticError;
pub use generate::{CLUSTERS, GeneratedOptions, generate};
pub use lbfgs::train_lbfgs;
pub use row::{BothDirections, Distance, RowChance, RowMatching, RowTransfer, SyntheticRow};
pub use run::{ROWS, SyntheticOptions, SyntheticResult, run};
pub use sigmoid_network::{Evaluation, SigmoidNetwork};
pub use training::{TrainingOptions, TrainingUpdate, train};
pub use weight_deviations::{PAPER_SEED, weight_deviations};
pub use world::{SyntheticWorld, rounded_to_single};
