//! Sentences with labels: `text:PATH#…` from lines, TSV and CSV.
//!
//! A line that cannot be used is counted and named; more of them than a share allows, and the file is refused.

mod bad_lines;
mod inspection;
mod load;
mod rows;
mod set;

pub use bad_lines::{BadLine, BadLines};
pub use inspection::{TextInspection, inspect_text};
pub use load::{is_text, load_text};
pub use rows::TextFormat;
pub use set::TextSet;
