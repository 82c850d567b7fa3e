//! HotFlip on words (Ebrahimi et al., ACL 2018): every flip scored to first order by one reverse pass.

use super::{Flip, WordAttack, WordSituation, word_attack::clean_logits};
use crate::{attacks::AttackError, objective::Objective, text::TextSubject};

/// Scores the flip of the word w at place i to the word v by ⟨E_v − E_w, ∂objective/∂E_i⟩, for all open places and all
/// words, and proposes the best.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HotFlip;

impl WordAttack for HotFlip {
    fn name(&self) -> &'static str {
        "hotflip"
    }

    /// Nothing where the gradient is zero: then no flip is better than another.
    fn propose(&self, subject: &TextSubject, texts: &[WordSituation<'_>]) -> Result<Vec<Vec<Vec<Flip>>>, AttackError> {
        let rows: Vec<&[u32]> = texts.iter().map(|text| text.tokens).collect();
        let fed = subject.fed(&rows);
        let objective = texts.first().map_or(Objective::CrossEntropy, |text| text.objective);
        let gradient = subject.gradient(&fed, &subject.embed(&fed), &clean_logits(texts), objective)?.direction;
        Ok(texts.iter().enumerate().map(|(row, text)| best(subject, text, gradient.row(row))).collect())
    }
}

/// The flips of one text with the highest scores, given the slope at its vectors.
fn best(subject: &TextSubject, text: &WordSituation<'_>, slopes: &[f32]) -> Vec<Vec<Flip>> {
    let width = subject.table().row_length();
    let mut best: Vec<(f64, Flip)> = Vec::new();
    for &place in text.open {
        let slope = &slopes[place * width..(place + 1) * width];
        if slope.iter().all(|&number| number == 0.0) {
            continue;
        }
        let now = product(subject.table().row(text.tokens[place] as usize), slope);
        for &word in subject.replacements() {
            let score = product(subject.table().row(word as usize), slope) - now;
            if word != text.tokens[place]
                && (best.len() < text.wanted || best.last().is_some_and(|(least, _)| score > *least))
            {
                // Of equal scores the first one found stays in front.
                let at = best.partition_point(|(other, _)| *other >= score);
                best.insert(at, (score, Flip { place, word }));
                best.truncate(text.wanted);
            }
        }
    }
    best.into_iter().map(|(_, flip)| vec![flip]).collect()
}

fn product(a: &[f32], b: &[f32]) -> f64 {
    // In f32 by lanes of eight, which is what makes thirty thousand words a matter of milliseconds.
    let (a_lanes, a_rest) = a.as_chunks::<8>();
    let (b_lanes, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0_f32; 8];
    for (left, right) in a_lanes.iter().zip(b_lanes) {
        for ((sum, x), y) in sums.iter_mut().zip(left).zip(right) {
            *sum += x * y;
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    f64::from(sums.iter().sum::<f32>() + rest)
}
