//! What the records of a study say: one row a network, the primary test, and everything that is to be held against it.
//!
//! - [`Table`]: values by source and training seed, references averaged; everything below is made from it.
//! - `summary`: the whole answer as a value, which the page, the CSV and the JSON show.

mod correlated;
mod crossover;
mod exploratory;
mod spread;
mod summary;
mod table;
mod variance;
mod words;

pub use correlated::{Correlated, Covariates, Partial, Rival, correlated};
pub use crossover::{Crossover, crossover};
pub use exploratory::{Exploratory, exploratory};
pub(crate) use spread::mean as mean_of;
pub use spread::{Spread, pooled_variance, spread};
pub use summary::{AlphaCell, Primary, SourceRow, Summary, SummaryError, TaskCell, summary};
pub use table::{Key, Table};
pub use variance::{VariancePart, variance_parts};
pub(crate) use words::p;
pub use words::{sentence, verdict_of};
