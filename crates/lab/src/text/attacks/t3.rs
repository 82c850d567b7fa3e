//! T3 at the level of words (Wang et al., EMNLP 2020), as the paper's program runs it (paper.md Q36): Carlini and Wagner's
//! attack on the words' vectors, snapped to words after every step.

use serde::{Deserialize, Serialize};

use super::{Flip, WordAttack, WordSituation};
use crate::{
    attacks::AttackError,
    objective::{Objective, prediction},
    text::TextSubject,
};

/// Minimises strength · max(z_y − max_{j≠y} z_j + confidence, 0) + ‖change of the vectors‖² by Adam on a variable that is
/// added to the vectors. After every step each open place is snapped to the nearest word that may stand there, the snapped
/// vectors are the next base, and the variable is kept; the gradient is that at the snapped vectors (straight-through).
///
/// Only open places move: the released program also moves the mark at the end and the padding without snapping them
/// (paper.md Q36b), so that some of its successes are of no text. And no more places change than the rules allow: those
/// where the change does most to first order.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct T3 {
    /// Steps.
    pub steps: usize,
    /// Adam's rate.
    pub rate: f64,
    /// What the hinge counts beside the change.
    pub strength: f64,
    /// By how much another class must lead before the hinge is content.
    pub confidence: f64,
    /// The longest gradient of a step; longer ones are shortened to it.
    pub longest: f64,
}

impl Default for T3 {
    fn default() -> Self {
        Self { steps: 100, rate: 0.2, strength: 10.0, confidence: 10.0, longest: 0.5 }
    }
}

const BETA: [f64; 2] = [0.9, 0.999];
const EPSILON: f64 = 1e-8;

/// Adam on one place's vector.
#[derive(Clone)]
struct Moved {
    variable: Vec<f64>,
    first: Vec<f64>,
    second: Vec<f64>,
    base: Vec<f64>,
    /// The slope of the lead of another class, at the last step.
    climb: Vec<f64>,
}

impl WordAttack for T3 {
    fn name(&self) -> &'static str {
        "t3"
    }

    /// The whole attack is one proposal: the successful text whose vectors changed least, or where there is none the last.
    fn rounds(&self) -> Option<usize> {
        Some(1)
    }

    fn propose(&self, situation: &WordSituation<'_>) -> Result<Vec<Vec<Flip>>, AttackError> {
        let WordSituation { subject, tokens, clean_logits, open, most, .. } = *situation;
        let own = prediction(clean_logits);
        let width = subject.table().row_length();
        let row =
            |word: u32| -> Vec<f64> { subject.table().row(word as usize).iter().copied().map(f64::from).collect() };
        let start = |&place: &usize| Moved {
            variable: vec![0.0; width],
            first: vec![0.0; width],
            second: vec![0.0; width],
            base: row(tokens[place]),
            climb: vec![0.0; width],
        };
        let mut moved: Vec<Moved> = open.iter().map(start).collect();
        let (mut best, mut last): (Option<(f64, Vec<Flip>)>, Vec<Flip>) = (None, Vec::new());
        for step in 1..=self.steps {
            let words = snapped(subject, tokens, open, &moved, most);
            let mut changed = tokens.to_vec();
            for (&place, &word) in open.iter().zip(&words) {
                changed[place] = word;
            }
            let fed = subject.fed(&[&changed]);
            let logits = subject.subject().logits(&fed)?;
            let flips: Vec<Flip> = open
                .iter()
                .zip(&words)
                .filter(|(place, word)| tokens[**place] != **word)
                .map(|(&place, &word)| Flip { place, word })
                .collect();
            let distance: f64 = flips.iter().map(|flip| squared(&row(flip.word), &row(tokens[flip.place]))).sum();
            let fooled = prediction(logits.row(0)) != own;
            if fooled && best.as_ref().is_none_or(|(least, _)| distance < *least) {
                best = Some((distance, flips.clone()));
            }
            if !flips.is_empty() {
                last = flips;
            }
            let lead = Objective::Margin.value(logits.row(0), clean_logits);
            let hinge = if self.confidence > lead { self.strength } else { 0.0 };
            let slope = subject.gradient(&fed, &subject.embed(&fed), &situation.clean_array(), Objective::Margin)?;
            let mut gradients: Vec<Vec<f64>> = open
                .iter()
                .zip(&words)
                .map(|(&place, &word)| {
                    let climbing = &slope.data()[place * width..(place + 1) * width];
                    let (now, before) = (row(word), row(tokens[place]));
                    (0..width).map(|at| 2.0 * (now[at] - before[at]) - hinge * f64::from(climbing[at])).collect()
                })
                .collect();
            self.shorten(&mut gradients);
            for (((it, gradient), &word), &place) in moved.iter_mut().zip(&gradients).zip(&words).zip(open) {
                self.adam(it, gradient, step);
                it.base = row(word);
                let climbing = &slope.data()[place * width..(place + 1) * width];
                it.climb = climbing.iter().copied().map(f64::from).collect();
            }
        }
        let found = best.map_or(last, |(_, flips)| flips);
        Ok(if found.is_empty() { Vec::new() } else { vec![found] })
    }
}

impl T3 {
    fn shorten(&self, gradients: &mut [Vec<f64>]) {
        let length = gradients.iter().flatten().map(|number| number * number).sum::<f64>().sqrt();
        if length > self.longest {
            gradients.iter_mut().flatten().for_each(|number| *number *= self.longest / length);
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "steps are few")]
    fn adam(&self, it: &mut Moved, gradient: &[f64], step: usize) {
        let corrections = BETA.map(|beta| 1.0 - beta.powf(step as f64));
        for (at, &slope) in gradient.iter().enumerate() {
            it.first[at] = BETA[0] * it.first[at] + (1.0 - BETA[0]) * slope;
            it.second[at] = BETA[1] * it.second[at] + (1.0 - BETA[1]) * slope * slope;
            let root = (it.second[at] / corrections[1]).sqrt() + EPSILON;
            it.variable[at] -= self.rate * it.first[at] / corrections[0] / root;
        }
    }
}

/// The nearest word to base + variable at each open place, its own among them. Of the places where that is another word, the
/// `most` stay changed whose change raises the lead of another class most, to first order.
fn snapped(subject: &TextSubject, tokens: &[u32], open: &[usize], moved: &[Moved], most: usize) -> Vec<u32> {
    let table = subject.table();
    let mut words: Vec<u32> = open.iter().map(|&place| tokens[place]).collect();
    let mut gains: Vec<(f64, usize, u32)> = Vec::new();
    for (at, it) in moved.iter().enumerate() {
        #[expect(clippy::cast_possible_truncation, reason = "vectors are f32")]
        let wanted: Vec<f32> = it.base.iter().zip(&it.variable).map(|(base, by)| (base + by) as f32).collect();
        let own = table.row(words[at] as usize);
        let mut nearest = (distance(&wanted, own), words[at]);
        for &word in subject.replacements() {
            let found = distance(&wanted, table.row(word as usize));
            if found < nearest.0 {
                nearest = (found, word);
            }
        }
        if nearest.1 != words[at] {
            let change = table.row(nearest.1 as usize).iter().zip(own).map(|(new, old)| f64::from(new - old));
            gains.push((change.zip(&it.climb).map(|(change, slope)| change * slope).sum(), at, nearest.1));
        }
    }
    gains.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    for (_, at, word) in gains.into_iter().take(most) {
        words[at] = word;
    }
    words
}

/// The squared distance in f32, by lanes of eight.
fn distance(a: &[f32], b: &[f32]) -> f32 {
    let (a_lanes, a_rest) = a.as_chunks::<8>();
    let (b_lanes, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0_f32; 8];
    for (left, right) in a_lanes.iter().zip(b_lanes) {
        for ((sum, x), y) in sums.iter_mut().zip(left).zip(right) {
            *sum += (x - y) * (x - y);
        }
    }
    sums.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(x, y)| (x - y) * (x - y)).sum::<f32>()
}

fn squared(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum()
}
