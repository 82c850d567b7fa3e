//! First-order measures from Jacobians: streaming, without ever forming a perturbation.
//!
//! Conventions: J = grad fᵀ is d x n in row order; the attack of level i is the i-th right singular vector, of unit
//! length, levels counted from 0. Signs follow the rule of [`linear`](crate::linear); where sigma_i = sigma_(i+1) the
//! attack is not unique, the eigenvector that the library returns is used (the same bits each time), and the relative
//! gap is reported.

mod chance;
mod chunk;
mod error;
mod field;
mod generalized;
mod leading;
mod moments;
mod power;
mod report;
mod side;

pub use chance::{chance_alpha1_rank_one, chance_alpha1_squared, chance_alpha2, stable_rank};
pub use chunk::JacobianChunk;
pub use error::JacobianError;
pub use field::{FirstOrderAccumulator, FirstOrderField, FirstOrderOptions, Spectrum};
pub use generalized::{Generalized, generalized, identity_value};
pub use leading::{BuiltOn, FirstOrder, Route, first_order};
pub use moments::{JacobianMomentSums, JacobianMoments, SampleGrams};
pub use power::{TopSingular, power_iteration};
pub use report::{FirstOrderReport, FirstOrderSummary, WeightedMeasure};
pub use side::{SideChunk, SideWorkspace};
