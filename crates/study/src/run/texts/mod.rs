//! The cells of a study of sentences: the same questions, answered by networks that read words.

mod carry_over;
mod cells;
mod examples;
mod networks;
mod pair;
mod train;
mod word_counts;

pub(super) use cells::TextCells;
