//! Text for people: results in tables and words. Pure functions from values to text.

mod compared;
mod listing;
mod measured;
mod number;
mod rechecked;
mod studied;
mod synthetic;
mod trained;
mod words;

pub use compared::comparison;
pub use listing::{inspection, kinds, network, run, zoo};
pub use measured::measurement;
pub use rechecked::recheck;
pub use studied::{StudyProgress, dry_run, rough_time, study};
pub use synthetic::synthetic;
pub use trained::{epoch, trained, transferred};
