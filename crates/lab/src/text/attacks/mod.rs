//! Attacks on texts: changes of words, and changes of the words' vectors.
//!
//! An attack only proposes. [`WordFamily`] keeps the rules for words: which places are open, which words may stand there,
//! how many may change; it makes the text, reads it again and judges. [`EmbeddingFamily`] moves every proposal into the
//! budget and leaves padding and marks alone.

mod embeddings;
mod hot_flip;
mod rules;
mod t3;
mod word_attack;
mod words;

pub use embeddings::EmbeddingFamily;
pub(in crate::text) use embeddings::sum;
pub use hot_flip::HotFlip;
pub use rules::{Flip, WordRules, random_flips};
pub use t3::T3;
pub use word_attack::{WordAttack, WordMethod, WordSituation};
pub use words::{Attempt, CleanText, WordFamily};
