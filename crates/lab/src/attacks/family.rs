//! The one loop that every attack runs in: it starts, projects, clips and judges.

use std::{borrow::Cow, cell::Cell};

use rand::RngExt;
use transferscope_network::array::Array;

use super::{Attack, AttackError, Situation};
use crate::{
    budget::Budget,
    norm::Norm,
    objective::Objective,
    seed::stream,
    subject::{Subject, SubjectError},
};

/// Where an attack starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// At the clean image.
    None,
    /// At a random point of the budget: uniform in the box for L-infinity; for L2 a random direction with a length
    /// that makes the point uniform in the ball of the pixels' dimension.
    Random,
}

impl Start {
    /// Its name on the command line and in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Random => "random",
        }
    }
}

/// How an attack is run: the budget, the start, the restarts and the seed. The rules are kept here, not by attacks.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// What is climbed.
    pub objective: Objective,
    /// How far it may go.
    pub budget: Budget,
    /// Where it starts.
    pub start: Start,
    /// How many independent starts an image gets; all are kept.
    pub restarts: usize,
    /// The seed of the starts.
    pub seed: u64,
    /// Which random streams are used: attacks on different networks get different starts (paper.md Q18).
    pub purpose: Cow<'static, str>,
}

/// What an attack gave: for each image its restarts one behind the other, `[N · restarts, …]`.
#[derive(Clone, Debug)]
pub struct Perturbed {
    /// The perturbed images: inside the budget and in `[0,1]`.
    pub images: Array<f32>,
    /// At how many images the first gradient was zero in every pixel, so that a gradient attack had no direction.
    pub zero_gradients: usize,
}

impl Family {
    /// Runs an attack on a batch. `ids` name the images for the random streams.
    ///
    /// # Errors
    /// Where the attacked network cannot answer or the attack is not possible on it.
    pub fn run(
        &self,
        attack: &dyn Attack,
        subject: &Subject,
        clean: &Array<f32>,
        ids: &[u64],
    ) -> Result<Perturbed, AttackError> {
        let clean_logits = subject.logits(clean)?;
        let length = clean.row_length();
        let mut shape = clean.shape().to_vec();
        shape[0] = clean.rows() * self.restarts;
        let mut images = Array::filled(shape, 0.0_f32);
        let mut zero_gradients = 0;
        for restart in 0..self.restarts {
            let (best, zeros) = self.strongest(attack, subject, clean, &clean_logits, ids, restart)?;
            if restart == 0 {
                zero_gradients = zeros;
            }
            for row in 0..clean.rows() {
                let place = (row * self.restarts + restart) * length;
                images.data_mut()[place..place + length].copy_from_slice(best.row(row));
            }
        }
        Ok(Perturbed { images, zero_gradients })
    }

    fn strongest(
        &self,
        attack: &dyn Attack,
        subject: &Subject,
        clean: &Array<f32>,
        clean_logits: &Array<f64>,
        ids: &[u64],
        restart: usize,
    ) -> Result<(Array<f32>, usize), AttackError> {
        let mut best: Option<(Array<f32>, Vec<f64>)> = None;
        let (counter, mut first_zeros) = (Cell::new(0), 0);
        for alternative in 0..attack.alternatives().max(1) {
            let mut current = self.started(clean, ids, restart);
            for round in 0..attack.rounds() {
                let situation = Situation {
                    subject,
                    clean,
                    clean_logits,
                    current: &current,
                    objective: self.objective,
                    budget: self.budget,
                    round,
                    alternative,
                    zero_gradients: &counter,
                };
                let proposal = attack.propose(&situation)?;
                if round == 0 && alternative == 0 {
                    first_zeros = counter.get();
                }
                current = self.kept_inside(clean, proposal);
            }
            if attack.alternatives() <= 1 {
                return Ok((current, first_zeros));
            }
            let strengths = strengths(subject, &current, clean_logits)?;
            best = Some(match best {
                None => (current, strengths),
                Some((mut images, mut most)) => {
                    let length = images.row_length();
                    for row in 0..current.rows() {
                        if strengths[row] > most[row] {
                            most[row] = strengths[row];
                            images.data_mut()[row * length..(row + 1) * length].copy_from_slice(current.row(row));
                        }
                    }
                    (images, most)
                }
            });
        }
        Ok((best.map_or_else(|| clean.clone(), |(images, _)| images), first_zeros))
    }

    /// Moves every row into the budget around its clean image, then into the pixel range.
    /// Clipping to `[0,1]` moves towards the clean pixel, so the budget still holds.
    fn kept_inside(&self, clean: &Array<f32>, mut images: Array<f32>) -> Array<f32> {
        let length = clean.row_length().max(1);
        for (row, pixels) in images.data_mut().chunks_mut(length).enumerate() {
            let from = clean.row(row);
            pixels.iter_mut().zip(from).for_each(|(pixel, x)| *pixel -= x);
            self.budget.norm().project(pixels, self.budget.size());
            pixels.iter_mut().zip(from).for_each(|(pixel, x)| *pixel = (*pixel + x).clamp(0.0, 1.0));
        }
        images
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "pixels are f32")]
    fn started(&self, clean: &Array<f32>, ids: &[u64], restart: usize) -> Array<f32> {
        if self.start == Start::None {
            return clean.clone();
        }
        let mut images = clean.clone();
        let length = clean.row_length().max(1);
        for (pixels, &id) in images.data_mut().chunks_mut(length).zip(ids) {
            let mut random = stream(self.seed, &self.purpose, id, restart as u64);
            match self.budget.norm() {
                Norm::Linf => {
                    let size = self.budget.size();
                    pixels.iter_mut().for_each(|pixel| *pixel += random.random_range(-size..=size) as f32);
                }
                Norm::L2 => {
                    let mut direction: Vec<f32> = (0..length).map(|_| standard_normal(&mut random) as f32).collect();
                    let share = random.random::<f64>().powf(1.0 / length as f64);
                    let most = Norm::L2.measure(&direction);
                    let factor = if most > 0.0 { self.budget.size() * share / most } else { 0.0 };
                    direction.iter_mut().for_each(|x| *x = (f64::from(*x) * factor) as f32);
                    pixels.iter_mut().zip(direction).for_each(|(pixel, x)| *pixel += x);
                }
            }
        }
        self.kept_inside(clean, images)
    }
}

/// Box-Muller: two uniform numbers make a normal one.
fn standard_normal(random: &mut impl RngExt) -> f64 {
    let radius = (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.random::<f64>()).cos()
}

/// How far each image's outputs moved.
fn strengths(subject: &Subject, images: &Array<f32>, clean_logits: &Array<f64>) -> Result<Vec<f64>, SubjectError> {
    let logits = subject.logits(images)?;
    Ok((0..images.rows()).map(|row| Objective::OutputDistance.value(logits.row(row), clean_logits.row(row))).collect())
}
