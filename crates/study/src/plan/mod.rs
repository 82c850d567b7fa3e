//! Questions written as data: a study file, checked, and the cells that answer it.
//!
//! - [`StudyFile`]: what was typed, key by key; `parse` reads it with profile and overrides, and points at the line of a mistake.
//! - [`Study`]: what it means, checked: every name, number and combination.
//! - [`Cell`]: one piece of work (train a network, transfer it, measure it against the references), named by a hash of
//!   everything that its answer depends on.
//! - [`work_of`]: how much work a study is; [`design_power`]: what it can show.

mod cells;
mod check;
mod check_attack;
mod check_recipe;
mod check_text;
mod data_place;
mod endpoint;
mod error;
mod locate;
mod network_sketch;
mod overrides;
mod parse;
mod power;
mod pretrained;
mod study;
mod study_file;
mod work;

pub use cells::{Cell, CellKind, Fingerprints, RECORD_FORMAT, cells, twin_of};
pub use data_place::{DataPlace, Split, fingerprint};
pub use endpoint::{Claim, Endpoint, EndpointStatistic, Measure, SeenFrom, TransferMethod};
pub use error::{PlanError, Problem};
pub use network_sketch::{SketchError, network_sketch, text_settings};
pub use overrides::{Override, Setting};
pub use parse::{Parsed, parse};
pub use power::{DesignPower, design_power};
pub use pretrained::{PretrainedPlace, PretrainedText};
pub use study::{
    AttackOnWords, AttackSettings, Reference, SourceNetwork, Study, TargetTask, TextReading, TrainingRecipe,
    TransferSettings, Transform,
};
pub use study_file::StudyFile;
pub use work::{ImageCounts, Pace, Work, WorkItem, work_of};
