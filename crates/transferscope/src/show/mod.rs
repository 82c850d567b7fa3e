//! Text for people: results in tables and words. Pure functions from values to text.

mod across_targets;
mod benchmark;
mod chain;
mod compared;
mod listing;
mod measured;
mod number;
mod ranked;
mod rechecked;
mod scored;
mod studied;
mod synthetic;
mod texts;
mod trained;
mod words;

pub use across_targets::across_targets;
pub use benchmark::benchmark;
pub use chain::chains;
pub use compared::comparison;
pub use listing::{inspection, kinds, network, run, zoo};
pub use measured::measurement;
pub use ranked::ranking;
pub use rechecked::recheck;
pub use scored::{score_table, scores};
pub use studied::{StudyProgress, dry_run, rough_time, study};
pub use synthetic::synthetic;
pub use texts::{text_attacked, text_inspection, text_measurement, text_networks, text_run, text_trained};
pub use trained::{epoch, trained, transferred};
