//! Attacks on texts: changes of words, and changes of the words' vectors.
//!
//! An attack only proposes. [`WordFamily`] keeps the rules for words: which places are open, which words may stand there,
//! how many may change; it makes the text, reads it again and judges. [`EmbeddingFamily`] moves every proposal into the
//! budget and leaves padding and marks alone.

mod embeddings;
mod hot_flip;
mod t3;
mod words;

pub use embeddings::EmbeddingFamily;
pub(in crate::text) use embeddings::sum;
pub use hot_flip::HotFlip;
pub use t3::T3;
pub use words::{Attempt, Flip, WordAttack, WordFamily, WordMethod, WordRules, WordSituation, random_flips};
