//! The page of a study, and the tables beside it: pure functions from records.
//!
//! - `page`: one self-contained HTML file: no script, no font and no picture from elsewhere; light and dark, readable on a phone.
//! - [`networks_csv`], [`pairs_csv`]: the same numbers as tables.
//! - `write`: all of it into the folder of the study; the same records give the same bytes.

mod account;
mod chart;
mod csv_tables;
mod figures;
mod format;
mod medium;
mod page;
mod published;
mod sections;
mod write;

pub use csv_tables::{networks_csv, pairs_csv};
pub use page::{PageError, page};
pub use write::{ReportError, Written, write};
