//! HotFlip on words (Ebrahimi et al., ACL 2018): every flip scored to first order by one reverse pass.

use super::{Flip, WordAttack, WordSituation};
use crate::attacks::AttackError;

/// Scores the flip of the word w at place i to the word v by ⟨E_v − E_w, ∂objective/∂E_i⟩, for all open places and all
/// words, and proposes the best.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HotFlip;

impl WordAttack for HotFlip {
    fn name(&self) -> &'static str {
        "hotflip"
    }

    /// Nothing where the gradient is zero: then no flip is better than another.
    fn propose(&self, situation: &WordSituation<'_>) -> Result<Vec<Vec<Flip>>, AttackError> {
        let WordSituation { subject, tokens, objective, open, wanted, .. } = *situation;
        let fed = subject.fed(&[tokens]);
        let vectors = subject.embed(&fed);
        let gradient = subject.gradient(&fed, &vectors, &situation.clean_array(), objective)?;
        let width = subject.table().row_length();
        let mut best: Vec<(f64, Flip)> = Vec::new();
        for &place in open {
            let slope = &gradient.data()[place * width..(place + 1) * width];
            if slope.iter().all(|&number| number == 0.0) {
                continue;
            }
            let now = product(subject.table().row(tokens[place] as usize), slope);
            for &word in subject.replacements() {
                let score = product(subject.table().row(word as usize), slope) - now;
                if word != tokens[place]
                    && (best.len() < wanted || best.last().is_some_and(|(least, _)| score > *least))
                {
                    // Of equal scores the first one found stays in front.
                    let at = best.partition_point(|(other, _)| *other >= score);
                    best.insert(at, (score, Flip { place, word }));
                    best.truncate(wanted);
                }
            }
        }
        Ok(best.into_iter().map(|(_, flip)| vec![flip]).collect())
    }
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
