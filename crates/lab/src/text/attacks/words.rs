//! The one loop that every attack on words runs in: it says what may change, tries what is proposed, and judges.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use transferscope_network::array::Array;

use super::{HotFlip, T3};
use crate::{
    attacks::AttackError,
    objective::{Objective, prediction},
    text::{Encoding, TextError, TextSubject, is_stop_word, tokenizer::with_words},
};

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

/// Proposes changes of words. It may propose anything: the [`WordFamily`] that runs it drops what the rules forbid.
pub trait WordAttack: Send + Sync {
    /// Its name in results.
    fn name(&self) -> &'static str;

    /// How often it is asked at most; `None` as often as the rules allow a word to change.
    fn rounds(&self) -> Option<usize> {
        None
    }

    /// Flips that are made together, the best first; about as many proposals as are wanted.
    ///
    /// # Errors
    /// Where the attacked network cannot answer.
    fn propose(&self, situation: &WordSituation<'_>) -> Result<Vec<Vec<Flip>>, AttackError>;
}

/// The attacks on words there are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WordMethod {
    /// First-order scores of all flips.
    HotFlip,
    /// Carlini and Wagner's attack on vectors, snapped to words.
    T3(T3),
}

impl WordMethod {
    /// The attack itself.
    #[must_use]
    pub fn attack(&self) -> &dyn WordAttack {
        match self {
            Self::HotFlip => &HotFlip,
            Self::T3(attack) => attack,
        }
    }
}

/// Where an attack on words stands: everything it may look at.
pub struct WordSituation<'a> {
    /// The attacked network.
    pub subject: &'a TextSubject,
    /// The tokens as they are now.
    pub tokens: &'a [u32],
    /// The clean outputs.
    pub clean_logits: &'a [f64],
    /// What is climbed.
    pub objective: Objective,
    /// The places that may still change.
    pub open: &'a [usize],
    /// How many more words may change.
    pub most: usize,
    /// How many proposals will be tried.
    pub wanted: usize,
}

impl WordSituation<'_> {
    /// The clean outputs as a batch of one.
    #[must_use]
    pub fn clean_array(&self) -> Array<f64> {
        let mut array = Array::filled(vec![1, self.clean_logits.len()], 0.0);
        array.data_mut().copy_from_slice(self.clean_logits);
        array
    }
}

/// How attacks on words are run. The rules are kept here, not by attacks: whole words that are no stop words give place to
/// other such words of the vocabulary, no place twice, no more than a share of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WordFamily {
    /// What is climbed.
    pub objective: Objective,
    /// The rules.
    pub rules: WordRules,
}

/// What an attack on the words of one text gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// The changes.
    pub flips: Vec<Flip>,
    /// How many places were open.
    pub open: usize,
    /// The changed text.
    pub text: String,
    /// Whether the network's prediction changed on the changed tokens, before they became a text again.
    pub fooled_in_tokens: bool,
    /// Whether the attack had nothing to propose at first, as HotFlip where the gradient is zero.
    pub nothing_proposed: bool,
}

#[derive(Clone)]
struct Followed {
    tokens: Vec<u32>,
    flips: Vec<Flip>,
}

impl WordFamily {
    /// Runs an attack on one text until the prediction changes or the rules end it; the most promising texts are followed.
    ///
    /// # Errors
    /// Where the network cannot answer.
    pub fn run(
        &self,
        attack: &dyn WordAttack,
        subject: &TextSubject,
        text: &str,
        clean: &Encoding,
        clean_logits: &[f64],
    ) -> Result<Attempt, TextError> {
        let open = open_places(subject, text, clean);
        let mut followed = vec![Followed { tokens: clean.tokens.clone(), flips: Vec::new() }];
        let (mut fooled, mut nothing_proposed) = (false, false);
        let most = self.rules.most(open.len());
        for round in 0..attack.rounds().unwrap_or(most).min(most) {
            let mut candidates = Vec::new();
            for now in &followed {
                let still = |place: &&usize| now.flips.iter().all(|flip| flip.place != **place);
                let open: Vec<usize> = open.iter().filter(still).copied().collect();
                let situation = WordSituation {
                    subject,
                    tokens: &now.tokens,
                    clean_logits,
                    objective: self.objective,
                    open: &open,
                    most: most - now.flips.len(),
                    wanted: self.rules.tried,
                };
                let proposals = attack.propose(&situation).map_err(attack_failed)?;
                nothing_proposed |= round == 0 && proposals.is_empty();
                let allowed = |flips: &Vec<Flip>| {
                    let fits = now.flips.len() + flips.len() <= most && !flips.is_empty();
                    fits && flips.iter().all(|flip| is_allowed(subject, &now.tokens, &open, *flip)) && are_apart(flips)
                };
                let tried = proposals.into_iter().filter(allowed).take(self.rules.tried);
                candidates.extend(tried.map(|flips| flipped(now, &flips)));
            }
            // The same text can be reached from two that are followed.
            candidates.sort_by(|a, b| a.tokens.cmp(&b.tokens));
            candidates.dedup_by(|a, b| a.tokens == b.tokens);
            if candidates.is_empty() {
                break;
            }
            let best = self.best(subject, candidates, clean_logits)?;
            fooled = best.first().is_some_and(|(_, changed)| *changed);
            followed = best.into_iter().map(|(followed, _)| followed).collect();
            if fooled {
                break;
            }
        }
        let flips = followed.swap_remove(0).flips;
        Ok(Attempt {
            text: changed_text(subject, text, clean, &flips),
            flips,
            open: open.len(),
            fooled_in_tokens: fooled,
            nothing_proposed,
        })
    }

    /// The candidates with the highest objective, those that change the prediction first; and whether they do.
    fn best(
        &self,
        subject: &TextSubject,
        candidates: Vec<Followed>,
        clean_logits: &[f64],
    ) -> Result<Vec<(Followed, bool)>, TextError> {
        let rows: Vec<&[u32]> = candidates.iter().map(|it| it.tokens.as_slice()).collect();
        let logits = subject.subject().logits(&subject.fed(&rows))?;
        let own = prediction(clean_logits);
        let mut judged: Vec<(Followed, bool, f64)> = candidates
            .into_iter()
            .enumerate()
            .map(|(row, it)| {
                let logits = logits.row(row);
                (it, prediction(logits) != own, self.objective.value(logits, clean_logits))
            })
            .collect();
        judged.sort_by(|a, b| b.1.cmp(&a.1).then(b.2.total_cmp(&a.2)));
        judged.truncate(self.rules.beam);
        Ok(judged.into_iter().map(|(followed, changed, _)| (followed, changed)).collect())
    }
}

fn attack_failed(error: AttackError) -> TextError {
    crate::deviate::DeviateError::from(error).into()
}

fn flipped(now: &Followed, flips: &[Flip]) -> Followed {
    let mut next = now.clone();
    for flip in flips {
        next.tokens[flip.place] = flip.word;
        next.flips.push(*flip);
    }
    next
}

/// That no place changes twice.
fn are_apart(flips: &[Flip]) -> bool {
    flips.iter().enumerate().all(|(at, flip)| flips[..at].iter().all(|other| other.place != flip.place))
}

/// The places of a text's whole words that are no stop words.
fn open_places(subject: &TextSubject, text: &str, clean: &Encoding) -> Vec<usize> {
    let is_open = |place: &usize| {
        subject.tokenizer().is_whole_word(clean, *place)
            && clean.spans[*place].as_ref().is_some_and(|span| !is_stop_word(&text[span.clone()].to_lowercase()))
    };
    (0..clean.tokens.len()).filter(is_open).collect()
}

fn is_allowed(subject: &TextSubject, tokens: &[u32], open: &[usize], flip: Flip) -> bool {
    open.contains(&flip.place)
        && tokens[flip.place] != flip.word
        && subject.replacements().binary_search(&flip.word).is_ok()
}

fn changed_text(subject: &TextSubject, text: &str, clean: &Encoding, flips: &[Flip]) -> String {
    let changes: Vec<_> = flips
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
