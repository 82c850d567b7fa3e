//! Deviations: how the outputs of both networks of a pair move under the attack built on each.
//!
//! [`Plan`] says what is done; [`deviate`] does it chunk by chunk of 64 images (by place in the data, so that any
//! number of threads or shards gives the same bits) and hands over one [`Deviated`], which holds no image any more
//! unless asked to keep them.
//!
//! For many pairs the work is split: [`attack`] makes one [`Attacked`] of each network, [`see`] shows it to another, [`fn@meet`]
//! puts a pair together. M networks need M attacks and M² forward passes; [`AttackedReferences`] does that for networks held
//! against references.

mod attacked;
mod chosen;
mod chunk;
mod deviated;
pub(crate) mod first_order;
mod meet;
mod plan;
mod references;
mod run;

pub use attacked::{Attacked, Seen};
pub use deviated::{Deviated, Rows, Sizes};
pub use meet::{attack, meet, see};
pub use plan::{AttackPlan, Images, Plan, PlanError, Shard};
pub use references::AttackedReferences;
pub(crate) use run::over_chunks;
pub use run::{DeviateError, Progress, Silent, deviate};
