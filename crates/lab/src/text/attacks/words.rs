//! The one loop that every attack on words runs in: it says what may change, tries what is proposed, and judges.

use transferscope_theory::statistics::CHUNK;

use super::{
    Flip, WordAttack, WordRules, WordSituation,
    rules::{are_allowed, changed_text, open_places},
};
use crate::{
    attacks::AttackError,
    objective::{Objective, prediction},
    text::{Encoding, TextError, TextSubject},
};

/// How attacks on words are run. The rules are kept here, not by attacks: whole words that are no stop words give place to
/// other such words of the vocabulary, no place twice, no more than a share of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WordFamily {
    /// What is climbed.
    pub objective: Objective,
    /// The rules.
    pub rules: WordRules,
}

/// A text that is attacked, and what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct CleanText<'a> {
    /// The text.
    pub text: &'a str,
    /// The same as the network is fed with it.
    pub encoding: &'a Encoding,
    /// What the network says of it.
    pub logits: &'a [f64],
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

/// A changed text that is followed.
#[derive(Clone)]
struct Followed {
    tokens: Vec<u32>,
    flips: Vec<Flip>,
}

/// One text on its way.
struct Pursuit<'a> {
    clean: CleanText<'a>,
    open: Vec<usize>,
    most: usize,
    followed: Vec<Followed>,
    fooled: bool,
    nothing_proposed: bool,
    over: bool,
}

/// A changed text that the network is asked about, and whose it is.
struct Candidate {
    of: usize,
    changed: Followed,
}

impl WordFamily {
    /// Runs an attack on many texts, each until its prediction changes or the rules end it; the most promising changed texts
    /// of each are followed. In each round the network is asked about all texts together.
    ///
    /// # Errors
    /// Where the network cannot answer.
    pub fn run(
        &self,
        attack: &dyn WordAttack,
        subject: &TextSubject,
        texts: &[CleanText<'_>],
    ) -> Result<Vec<Attempt>, TextError> {
        let mut pursuits: Vec<Pursuit<'_>> = texts.iter().map(|clean| self.begun(subject, *clean)).collect();
        let mut round = 0;
        while attack.rounds().is_none_or(|rounds| round < rounds) {
            pursuits.iter_mut().for_each(|it| it.over |= round >= it.most);
            if pursuits.iter().all(|it| it.over) {
                break;
            }
            let candidates = self.candidates(attack, subject, &mut pursuits, round)?;
            self.follow_the_best(subject, &mut pursuits, candidates)?;
            round += 1;
        }
        Ok(pursuits.into_iter().map(|it| it.ended(subject)).collect())
    }

    fn begun<'a>(&self, subject: &TextSubject, clean: CleanText<'a>) -> Pursuit<'a> {
        let open = open_places(subject, clean.text, clean.encoding);
        Pursuit {
            clean,
            most: self.rules.most(open.len()),
            open,
            followed: vec![Followed { tokens: clean.encoding.tokens.clone(), flips: Vec::new() }],
            fooled: false,
            nothing_proposed: false,
            over: false,
        }
    }

    /// What the attack proposes for every followed text and the rules allow; a text without any is at its end.
    fn candidates(
        &self,
        attack: &dyn WordAttack,
        subject: &TextSubject,
        pursuits: &mut [Pursuit<'_>],
        round: usize,
    ) -> Result<Vec<Candidate>, TextError> {
        let asked: Vec<(usize, &Followed, Vec<usize>)> = pursuits
            .iter()
            .enumerate()
            .filter(|(_, it)| !it.over)
            .flat_map(|(of, it)| it.followed.iter().map(move |now| (of, now, it.still_open(now))))
            .collect();
        let situations: Vec<WordSituation<'_>> = asked
            .iter()
            .map(|(of, now, open)| WordSituation {
                tokens: &now.tokens,
                clean_logits: pursuits[*of].clean.logits,
                objective: self.objective,
                open,
                most: pursuits[*of].most - now.flips.len(),
                wanted: self.rules.tried,
            })
            .collect();
        let mut candidates: Vec<Candidate> = Vec::new();
        let mut silent = Vec::new();
        for (asked, situations) in asked.chunks(CHUNK).zip(situations.chunks(CHUNK)) {
            let proposals = attack.propose(subject, situations).map_err(attack_failed)?;
            for ((of, now, open), proposals) in asked.iter().zip(proposals) {
                if proposals.is_empty() {
                    silent.push(*of);
                }
                let allowed = |flips: &Vec<Flip>| {
                    let fits = now.flips.len() + flips.len() <= pursuits[*of].most && !flips.is_empty();
                    fits && are_allowed(subject, &now.tokens, open, flips)
                };
                let tried = proposals.into_iter().filter(allowed).take(self.rules.tried);
                candidates.extend(tried.map(|flips| Candidate { of: *of, changed: now.with(&flips) }));
            }
        }
        // The same text can be reached from two that are followed.
        candidates.sort_by(|a, b| a.of.cmp(&b.of).then_with(|| a.changed.tokens.cmp(&b.changed.tokens)));
        candidates.dedup_by(|a, b| a.of == b.of && a.changed.tokens == b.changed.tokens);
        for (of, it) in pursuits.iter_mut().enumerate() {
            it.nothing_proposed |= round == 0 && silent.contains(&of);
            it.over |= candidates.binary_search_by(|candidate| candidate.of.cmp(&of)).is_err();
        }
        Ok(candidates)
    }

    /// Keeps the candidates of each text with the highest objective, those that change the prediction first.
    fn follow_the_best(
        &self,
        subject: &TextSubject,
        pursuits: &mut [Pursuit<'_>],
        candidates: Vec<Candidate>,
    ) -> Result<(), TextError> {
        let mut judged: Vec<(Candidate, bool, f64)> = Vec::with_capacity(candidates.len());
        let mut left = candidates.into_iter().peekable();
        while left.peek().is_some() {
            let part: Vec<Candidate> = left.by_ref().take(CHUNK).collect();
            let rows: Vec<&[u32]> = part.iter().map(|it| it.changed.tokens.as_slice()).collect();
            let logits = subject.subject().logits(&subject.fed(&rows))?;
            judged.extend(part.into_iter().enumerate().map(|(row, it)| {
                let (now, clean) = (logits.row(row), pursuits[it.of].clean.logits);
                (it, prediction(now) != prediction(clean), self.objective.value(now, clean))
            }));
        }
        judged.sort_by(|a, b| a.0.of.cmp(&b.0.of).then(b.1.cmp(&a.1)).then(b.2.total_cmp(&a.2)));
        let mut judged = judged.into_iter().peekable();
        for (of, it) in pursuits.iter_mut().enumerate() {
            let own = std::iter::from_fn(|| judged.next_if(|(candidate, ..)| candidate.of == of));
            let best: Vec<(Followed, bool)> = own.map(|(candidate, fooled, _)| (candidate.changed, fooled)).collect();
            if let Some((_, fooled)) = best.first() {
                it.fooled = *fooled;
                it.over |= *fooled;
                it.followed = best.into_iter().take(self.rules.beam).map(|(changed, _)| changed).collect();
            }
        }
        Ok(())
    }
}

impl Followed {
    fn with(&self, flips: &[Flip]) -> Self {
        let mut next = self.clone();
        for flip in flips {
            next.tokens[flip.place] = flip.word;
            next.flips.push(*flip);
        }
        next
    }
}

impl Pursuit<'_> {
    fn still_open(&self, now: &Followed) -> Vec<usize> {
        let still = |place: &&usize| now.flips.iter().all(|flip| flip.place != **place);
        self.open.iter().filter(still).copied().collect()
    }

    fn ended(mut self, subject: &TextSubject) -> Attempt {
        let flips = self.followed.swap_remove(0).flips;
        Attempt {
            text: changed_text(subject, self.clean.text, self.clean.encoding, &flips),
            flips,
            open: self.open.len(),
            fooled_in_tokens: self.fooled,
            nothing_proposed: self.nothing_proposed,
        }
    }
}

fn attack_failed(error: AttackError) -> TextError {
    crate::deviate::DeviateError::from(error).into()
}
