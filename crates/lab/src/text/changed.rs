//! A text and what an attack made of it.

use serde::{Deserialize, Serialize};

use super::{Encoding, TextSubject, attacks::Attempt};

/// One word that was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedWord {
    /// Which token of the text, from 0.
    pub place: usize,
    /// The word that stood there.
    pub before: String,
    /// The word that stands there now.
    pub after: String,
}

/// A text and what an attack on its words made of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedText {
    /// The line of the text in its file, from 0.
    pub id: u64,
    /// The text.
    pub before: String,
    /// The changed text.
    pub after: String,
    /// The words that were changed, in the order in which they were.
    pub words: Vec<ChangedWord>,
    /// How many words were open to change.
    pub open: usize,
    /// Whether the attack had nothing to propose, as HotFlip where the gradient is zero.
    pub nothing_proposed: bool,
    /// What the attacked network said of the text.
    pub prediction_before: usize,
    /// What it says of the changed text, read anew from its letters.
    pub prediction_after: usize,
    /// Whether its prediction changed on the changed tokens.
    pub fooled_in_tokens: bool,
    /// Whether it changed on the text read anew: only this is success.
    pub fooled: bool,
}

impl ChangedText {
    pub(super) fn new(
        id: u64,
        before: &str,
        clean: &Encoding,
        attempt: &Attempt,
        subject: &TextSubject,
        [prediction_before, prediction_after]: [usize; 2],
    ) -> Self {
        let words = attempt
            .flips
            .iter()
            .filter_map(|flip| {
                Some(ChangedWord {
                    place: flip.place,
                    before: before[clean.spans[flip.place].clone()?].to_owned(),
                    after: subject.tokenizer().word(flip.word)?.to_owned(),
                })
            })
            .collect();
        Self {
            id,
            before: before.to_owned(),
            after: attempt.text.clone(),
            words,
            open: attempt.open,
            nothing_proposed: attempt.nothing_proposed,
            prediction_before,
            prediction_after,
            fooled_in_tokens: attempt.fooled_in_tokens,
            fooled: prediction_before != prediction_after,
        }
    }
}
