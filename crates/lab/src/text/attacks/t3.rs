//! T3 at the level of words (Wang et al., EMNLP 2020), as the paper's program runs it (paper.md Q36): Carlini and Wagner's
//! attack on the words' vectors, snapped to words after every step.

use serde::{Deserialize, Serialize};

use super::{Flip, WordAttack, WordSituation, word_attack::clean_logits};
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

/// One text on its way.
struct Way<'a> {
    text: &'a WordSituation<'a>,
    moved: Vec<Moved>,
    /// The words that stand at the open places.
    words: Vec<u32>,
    best: Option<(f64, Vec<Flip>)>,
    last: Vec<Flip>,
}

impl WordAttack for T3 {
    fn name(&self) -> &'static str {
        "t3"
    }

    /// The whole attack is one proposal: the successful text whose vectors changed least, or where there is none the last.
    fn rounds(&self) -> Option<usize> {
        Some(1)
    }

    fn propose(&self, subject: &TextSubject, texts: &[WordSituation<'_>]) -> Result<Vec<Vec<Vec<Flip>>>, AttackError> {
        let clean = clean_logits(texts);
        let mut ways: Vec<Way<'_>> = texts.iter().map(|text| Way::begun(subject, text)).collect();
        for step in 1..=self.steps {
            let tokens: Vec<Vec<u32>> = ways.iter_mut().map(|way| way.snapped(subject)).collect();
            let rows: Vec<&[u32]> = tokens.iter().map(Vec::as_slice).collect();
            let fed = subject.fed(&rows);
            // One pass gives the logits of the snapped texts and the slope of the lead at their vectors.
            let found = subject.gradient(&fed, &subject.embed(&fed), &clean, Objective::Margin)?;
            let logits = found.outputs.to_f64();
            for (row, way) in ways.iter_mut().enumerate() {
                way.look(subject, logits.row(row));
                let lead = Objective::Margin.value(logits.row(row), way.text.clean_logits);
                let hinge = if self.confidence > lead { self.strength } else { 0.0 };
                self.step(subject, way, found.direction.row(row), hinge, step);
            }
        }
        Ok(ways.into_iter().map(Way::proposal).collect())
    }
}

impl<'a> Way<'a> {
    fn begun(subject: &TextSubject, text: &'a WordSituation<'a>) -> Self {
        let width = subject.table().row_length();
        let start = |&place: &usize| Moved {
            variable: vec![0.0; width],
            first: vec![0.0; width],
            second: vec![0.0; width],
            base: vector(subject, text.tokens[place]),
            climb: vec![0.0; width],
        };
        let words = text.open.iter().map(|&place| text.tokens[place]).collect();
        Self { text, moved: text.open.iter().map(start).collect(), words, best: None, last: Vec::new() }
    }

    /// The tokens with the nearest words at the open places.
    fn snapped(&mut self, subject: &TextSubject) -> Vec<u32> {
        let WordSituation { tokens, open, most, .. } = *self.text;
        self.words = snapped(subject, tokens, open, &self.moved, most);
        let mut changed = tokens.to_vec();
        for (&place, &word) in open.iter().zip(&self.words) {
            changed[place] = word;
        }
        changed
    }

    /// Remembers the text as it is now where it fools the network with less change than before.
    fn look(&mut self, subject: &TextSubject, logits: &[f64]) {
        let WordSituation { tokens, open, clean_logits, .. } = *self.text;
        let flips: Vec<Flip> = open
            .iter()
            .zip(&self.words)
            .filter(|(place, word)| tokens[**place] != **word)
            .map(|(&place, &word)| Flip { place, word })
            .collect();
        let change = |flip: &Flip| squared(&vector(subject, flip.word), &vector(subject, tokens[flip.place]));
        let distance: f64 = flips.iter().map(change).sum();
        let fooled = prediction(logits) != prediction(clean_logits);
        if fooled && self.best.as_ref().is_none_or(|(least, _)| distance < *least) {
            self.best = Some((distance, flips.clone()));
        }
        if !flips.is_empty() {
            self.last = flips;
        }
    }

    fn proposal(self) -> Vec<Vec<Flip>> {
        let found = self.best.map_or(self.last, |(_, flips)| flips);
        if found.is_empty() { Vec::new() } else { vec![found] }
    }
}

impl T3 {
    /// One step of Adam at every open place, from the slope of the lead at the snapped vectors.
    fn step(&self, subject: &TextSubject, way: &mut Way<'_>, slopes: &[f32], hinge: f64, step: usize) {
        let width = subject.table().row_length();
        let climbing = |place: usize| &slopes[place * width..(place + 1) * width];
        let places = way.text.open.iter().copied().zip(way.words.iter().copied());
        let mut gradients: Vec<Vec<f64>> = places
            .clone()
            .map(|(place, word)| {
                let (now, before) = (vector(subject, word), vector(subject, way.text.tokens[place]));
                let slope = climbing(place);
                (0..width).map(|at| 2.0 * (now[at] - before[at]) - hinge * f64::from(slope[at])).collect()
            })
            .collect();
        self.shorten(&mut gradients);
        for ((it, gradient), (place, word)) in way.moved.iter_mut().zip(&gradients).zip(places) {
            self.adam(it, gradient, step);
            it.base = vector(subject, word);
            it.climb = climbing(place).iter().copied().map(f64::from).collect();
        }
    }

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

fn vector(subject: &TextSubject, word: u32) -> Vec<f64> {
    subject.table().row(word as usize).iter().copied().map(f64::from).collect()
}
