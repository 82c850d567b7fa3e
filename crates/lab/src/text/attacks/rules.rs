//! What an attack on words may change: which places, to which words, how many.

use std::ops::Range;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::text::{Encoding, TextError, TextSubject, is_stop_word, tokenizer::with_words};

/// Another word in one place of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flip {
    /// Which token.
    pub place: usize,
    /// The number of the word that stands there then.
    pub word: u32,
}

/// What an attack on words may do, and how hard it is tried.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WordRules {
    /// The largest share of a text's open words that may change, in (0,1]; one word always may.
    pub most_share: f64,
    /// How many changed texts are followed at a time, at least 1.
    pub beam: usize,
    /// How many proposals are tried on the network for each text that is followed, at least 1.
    pub tried: usize,
}

impl Default for WordRules {
    fn default() -> Self {
        Self { most_share: 0.2, beam: 1, tried: 16 }
    }
}

impl WordRules {
    /// Refuses numbers out of range.
    ///
    /// # Errors
    /// Names the first that is.
    pub fn check(&self) -> Result<(), TextError> {
        let refuse = |what, expected, found: String| Err(TextError::Setting { what, expected, found });
        if !(self.most_share > 0.0 && self.most_share <= 1.0) {
            return refuse("the share of words that may change", "above 0 and at most 1", self.most_share.to_string());
        }
        if self.beam == 0 || self.tried == 0 {
            return refuse("the beam and the number of tried flips", "whole numbers from 1", "0".to_owned());
        }
        Ok(())
    }

    /// How many words may change where so many are open.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts of words are small and the share is in (0,1]"
    )]
    pub fn most(&self, open: usize) -> usize {
        ((open as f64 * self.most_share).floor() as usize).max(1).min(open)
    }
}

/// The places of a text's whole words that are no stop words.
pub(super) fn open_places(subject: &TextSubject, text: &str, clean: &Encoding) -> Vec<usize> {
    let is_open = |place: &usize| {
        subject.tokenizer().is_whole_word(clean, *place)
            && clean.spans[*place].as_ref().is_some_and(|span| !is_stop_word(&text[span.clone()].to_lowercase()))
    };
    (0..clean.tokens.len()).filter(is_open).collect()
}

/// Whether these flips may be made together: each in an open place of its own, to another word that may stand there.
pub(super) fn are_allowed(subject: &TextSubject, tokens: &[u32], open: &[usize], flips: &[Flip]) -> bool {
    let is_allowed = |flip: &Flip| {
        open.contains(&flip.place)
            && tokens[flip.place] != flip.word
            && subject.replacements().binary_search(&flip.word).is_ok()
    };
    let apart = |(at, flip): (usize, &Flip)| flips[..at].iter().all(|other| other.place != flip.place);
    flips.iter().all(is_allowed) && flips.iter().enumerate().all(apart)
}

/// The text with these words in it.
pub(super) fn changed_text(subject: &TextSubject, text: &str, clean: &Encoding, flips: &[Flip]) -> String {
    let changes: Vec<(Range<usize>, &str)> = flips
        .iter()
        .filter_map(|flip| Some((clean.spans[flip.place].clone()?, subject.tokenizer().word(flip.word)?)))
        .collect();
    with_words(text, &changes)
}

/// The text with so many of its open words replaced by random others under the same rules: noise.
#[must_use]
pub fn random_flips(
    subject: &TextSubject,
    text: &str,
    clean: &Encoding,
    count: usize,
    random: &mut ChaCha8Rng,
) -> String {
    let mut open = open_places(subject, text, clean);
    let words = subject.replacements();
    let mut flips = Vec::with_capacity(count);
    while flips.len() < count && !open.is_empty() && !words.is_empty() {
        let place = open.swap_remove(random.random_range(0..open.len()));
        let flip = Flip { place, word: words[random.random_range(0..words.len())] };
        if clean.tokens[place] != flip.word {
            flips.push(flip);
        }
    }
    changed_text(subject, text, clean, &flips)
}
