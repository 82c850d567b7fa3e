//! One network, attacked once: what every pair with it can use again.

use std::borrow::Cow;

use transferscope_network::array::Array;

use super::{Plan, Rows, Sizes, chunk::rows, run::DeviateError};
use crate::{
    attacks::{Family, noise},
    norm::Norm,
    objective::prediction,
    subject::{Observation, Subject},
};

/// One network under the attack built on itself, image by image in the order of the data. Everything with an entry for
/// each perturbed image has the restarts of one image one behind the other.
///
/// An attack depends on the attacked network alone, so of M networks M attacks are made, and each is *seen* by the
/// others in one forward pass: see [`see`](super::see) and [`meet`](fn@super::meet).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attacked {
    /// The images, by their global id.
    pub ids: Vec<u64>,
    /// Their labels, where the data have labels.
    pub labels: Option<Vec<u32>>,
    /// How many perturbed images there are for each image.
    pub restarts: usize,
    /// Channels, height and width of an image.
    pub shape: [usize; 3],
    /// Clean outputs, one row an image.
    pub clean: Rows,
    /// Clean predictions.
    pub prediction: Vec<usize>,
    /// How the outputs moved under the attack.
    pub own: Rows,
    /// Predictions under the attack.
    pub prediction_under: Vec<usize>,
    /// How the outputs moved under noise of the same size.
    pub under_noise: Rows,
    /// How large the perturbations were.
    pub sizes: Sizes,
    /// Images at which the first gradient was zero.
    pub zero_gradients: usize,
    /// The perturbed images.
    pub perturbed: Vec<f32>,
}

/// What another network made of the images perturbed for one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// How its outputs moved, one row a perturbed image.
    pub moved: Rows,
    /// What it predicted.
    pub prediction: Vec<usize>,
}

/// What the data say of some images.
pub(super) struct Known {
    pub ids: Vec<u64>,
    pub labels: Option<Vec<u32>>,
}

impl Attacked {
    /// The perturbed images as an array `[images · restarts, channels, height, width]`.
    ///
    /// # Errors
    /// Where they were dropped.
    pub fn perturbed_images(&self) -> Result<Array<f32>, DeviateError> {
        let count = self.ids.len() * self.restarts;
        let [channels, height, width] = self.shape;
        Array::new(vec![count, channels, height, width], self.perturbed.clone())
            .map_err(|error| DeviateError::Theory(format!("the perturbed images were not kept: {error}")))
    }

    /// Puts the images of a later chunk behind these.
    pub(super) fn append(&mut self, other: Self) {
        self.ids.extend(other.ids);
        match (&mut self.labels, other.labels) {
            (Some(labels), Some(more)) => labels.extend(more),
            (labels, more) => *labels = labels.take().or(more),
        }
        (self.restarts, self.shape) = (other.restarts, other.shape);
        self.clean.append(other.clean);
        self.prediction.extend(other.prediction);
        self.own.append(other.own);
        self.prediction_under.extend(other.prediction_under);
        self.under_noise.append(other.under_noise);
        self.sizes.append(other.sizes);
        self.zero_gradients += other.zero_gradients;
        self.perturbed.extend(other.perturbed);
    }
}

/// Attacks one network on some images; the plan's attack is a step of finite size.
pub(super) fn attacked(
    subject: &Subject,
    plan: &Plan,
    images: &Array<f32>,
    clean: &Observation,
    known: Known,
    purpose: Cow<'static, str>,
) -> Result<Attacked, DeviateError> {
    let Some((attack, budget, start, restarts)) = plan.attack() else {
        return Err(DeviateError::Theory("first-order measures have no perturbed images".to_owned()));
    };
    let family = Family { objective: plan.objective, budget, start, restarts, seed: plan.seed, purpose };
    let on_it = family.run(attack.as_ref(), subject, images, &known.ids)?;
    let noisy = noise(images, &known.ids, budget, plan.seed, restarts);
    let clean_rows = rows(&clean.outputs);
    let own = seen(subject, plan, &clean_rows, &on_it.images)?;
    let under_noise = seen(subject, plan, &clean_rows, &noisy)?.moved;
    let shape = images.shape();
    Ok(Attacked {
        restarts,
        shape: [1, 2, 3].map(|axis| shape.get(axis).copied().unwrap_or(1)),
        clean: clean_rows,
        prediction: predictions(&clean.logits),
        own: own.moved,
        prediction_under: own.prediction,
        under_noise,
        sizes: sizes(&on_it.images, images, restarts),
        zero_gradients: on_it.zero_gradients,
        perturbed: on_it.images.into_data(),
        ids: known.ids,
        labels: known.labels,
    })
}

/// How a network's outputs move from its clean ones on perturbed images; `clean` has one row an image.
pub(super) fn seen(subject: &Subject, plan: &Plan, clean: &Rows, perturbed: &Array<f32>) -> Result<Seen, DeviateError> {
    let observation = subject.observe(perturbed, plan.outputs)?;
    let restarts = plan.restarts();
    let values = (0..perturbed.rows())
        .flat_map(|row| {
            let before = clean.row(row / restarts);
            observation.outputs.row(row).iter().zip(before).map(|(now, then)| now - then)
        })
        .collect();
    Ok(Seen { moved: Rows { width: clean.width, values }, prediction: predictions(&observation.logits) })
}

pub(super) fn predictions(logits: &Array<f64>) -> Vec<usize> {
    (0..logits.rows()).map(|row| prediction(logits.row(row))).collect()
}

fn sizes(perturbed: &Array<f32>, clean: &Array<f32>, restarts: usize) -> Sizes {
    let mut sizes = Sizes::default();
    for row in 0..perturbed.rows() {
        let change: Vec<f32> =
            perturbed.row(row).iter().zip(clean.row(row / restarts)).map(|(now, then)| now - then).collect();
        sizes.linf.push(Norm::Linf.measure(&change));
        sizes.l2.push(Norm::L2.measure(&change));
    }
    sizes
}
