//! The experiment as a page for people: curves, tables, and words on where the paper's claim holds.

mod curves;
mod page;
mod words;

pub use page::{PageError, page};
pub use words::{claim, weakest_link};
