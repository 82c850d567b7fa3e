//! Doing a study: data, cells one after the other, each answer stored before the next begins.
//!
//! - [`Prepared`]: the data of a study, loaded and cut into what is learned from, attacked and scored.
//! - [`Runner`]: does the cells that have no record yet. Ended at any moment, it loses at most the cell in flight (a network in
//!   training, at most an epoch), and a second start ends with the bytes of an uninterrupted run.
//! - [`Events`]: what it tells while it works, and how it is asked to stop.

mod attack_file;
mod carry_over;
mod error;
mod events;
mod image_cells;
mod means;
mod measure_pair;
mod networks;
mod pictures;
mod prepared;
mod read_pair;
mod runner;
mod texts;
mod times;
mod train_network;
mod transform;

pub use error::RunError;
pub use events::{Events, Unheard};
pub use networks::engine_name;
pub use prepared::{Prepared, PreparedSamples, PreparedSets, TaskSets, prepare};
pub use runner::{Finished, Runner, ShardOfCells};
pub use times::{StepTime, Times};
