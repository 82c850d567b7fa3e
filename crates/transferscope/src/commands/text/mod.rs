//! `transferscope text`: sentences and the networks that read them.

mod attack;
mod command;
pub(super) mod loading;
mod measure;
mod run_network;
mod starting;
mod train;

pub use attack::TextAttackRecord;
pub use command::{Arguments, run};
pub use loading::text_failure;
pub use measure::TextMeasurement;
pub use run_network::TextRunRecord;
pub use train::TextTrainingRecord;
