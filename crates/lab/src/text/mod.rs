//! Sentences: tokens, networks behind the engine's door, attacks on words and on embeddings, deviations under them.
//!
//! - [`Tokenizer`]: a text to numbers and back; [`Vocabulary`] counts the words of a training set.
//! - [`EncodedTexts`]: what networks are fed and trained on; how many texts were cut.
//! - [`TextSubject`]: a text network that can be attacked.
//! - [`transfer_texts`]: a new head for another task, and what it is worth.
//! - [`attacks`]: each proposes changes of words or of embeddings; one family keeps the rules and judges.
//! - [`deviate_texts`]: how both networks of a pair move under the attack built on each; [`attack_texts`] and [`meet_texts`]
//!   are its two steps, for attacks that meet many networks.

mod attacked;
pub mod attacks;
mod by_chunk;
mod changed;
mod deviate;
mod embedding_deviations;
mod encoded;
mod error;
mod fitting_vocabulary;
mod meeting;
mod outputs;
mod plan;
mod reading;
mod stop_words;
mod subject;
mod tokenizer;
mod transfer;
mod vocabulary;
mod word_pieces;

pub use attacked::attack_texts;
pub use changed::{ChangedText, ChangedWord};
pub use deviate::{TextDeviated, deviate_texts};
pub use encoded::EncodedTexts;
pub use error::TextError;
pub use fitting_vocabulary::VocabularyRules;
pub use meeting::meet_texts;
pub use outputs::{TextOutputs, text_outputs};
pub use plan::{TextAttackPlan, TextPlan};
pub use stop_words::is_stop_word;
pub use subject::TextSubject;
pub use tokenizer::{Encoding, Tokenizer};
pub use transfer::{TextNetwork, TransferredTexts, transfer_texts};
pub use vocabulary::{Vocabulary, words_of};
pub use word_pieces::WordPieces;
