//! Training and transfer: recipes, the loop that follows them, and what a network's knowledge is worth elsewhere.
//!
//! - [`Recipe`]: passes, batches, optimiser, [`Schedule`], [`Augmentation`], [`Selection`] of the epoch that is kept.
//! - [`Fit`]: one run; resumed from a checkpoint ([`Checkpointing`]) it ends with the bits of an uninterrupted one.
//! - [`transfer()`]: a new head for another task, by one [`Method`] of three; [`untrained`], [`from_scratch`] and
//!   [`pixel_baseline`] are what its outcome is compared with; [`probe_rows`] is its probe on features that are there already.
//! - [`SampleFit`]: the same loop over samples that are no images.
//! - [`train_on_digits`]: small networks in seconds, on the embedded digits.

mod any_samples;
mod augmentation;
mod carry;
mod checkpoint;
mod digits;
mod dropout;
mod error;
mod evaluate;
mod fit;
mod history;
mod loss;
mod recipe;
mod samples;
mod schedule;
mod split;
mod transfer;
mod watch;

pub use any_samples::{SampleFit, judge_samples};
pub use augmentation::Augmentation;
pub use carry::weights_of;
pub use checkpoint::{CheckpointError, Checkpointing};
pub use digits::{DigitsTraining, digits_recipe, train_on_digits};
pub use error::FitError;
pub use evaluate::measure_accuracy;
pub use fit::Fit;
pub use history::{Epoch, Fitted, Share};
pub use recipe::{Recipe, RecipeError, Rule, Selection};
pub(crate) use samples::of_rows;
pub use samples::{FeatureRows, Samples};
pub use schedule::Schedule;
pub use split::{Split, stratified_split};
pub use transfer::{
    Candidate, Method, ProbedRows, Task, TransferError, TransferPlan, Transferred, from_scratch, pixel_baseline,
    probe_rows, transfer, untrained,
};
pub use watch::Watch;
