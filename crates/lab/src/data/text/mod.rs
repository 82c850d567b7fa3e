//! Sentences with labels: `text:PATH#…` from lines, TSV, CSV and Parquet.
//!
//! A line that cannot be used is counted and named; more of them than a share allows, and the file is refused.

mod bad_lines;
mod inspection;
mod label_names;
mod load;
mod parquet_rows;
mod rows;
mod set;

pub use bad_lines::{BadLine, BadLines};
pub use inspection::{TextInspection, inspect_text};
pub use load::{is_text, load_text};
pub use rows::TextFormat;
pub use set::TextSet;
