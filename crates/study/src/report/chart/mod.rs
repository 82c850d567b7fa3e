//! Charts as SVG that takes its colours from the page, so that one picture serves light and dark.

mod frame;
mod lines;
mod scatter;

pub(super) use lines::{Line, lines};
pub(super) use scatter::{Mark, Rule, Scatter, scatter};
