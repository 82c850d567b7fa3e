//! Attacks made one network at a time, and the pairs that are put together from them.

use std::borrow::Cow;

use transferscope_network::array::Array;

use super::{
    Attacked, Deviated, Plan, Rows, Seen,
    attacked::{Known, attacked, seen},
    run::{DeviateError, Progress, over_chunks},
};
use crate::{data::ImageSet, subject::Subject};

/// Attacks one network on all images of the data; `purpose` names the random streams of its starts, and should differ
/// between the networks of a pair (paper.md Q18).
///
/// Work is cut into chunks of 64 images by their place in the data, so any number of threads gives the same bits. The
/// plan's filter and shard are not used: all images are attacked, and a filter is applied to the pair
/// ([`Deviated::chosen`]).
///
/// # Errors
/// See [`DeviateError`]; also where the plan is first order, which has no perturbed images.
pub fn attack(
    subject: &Subject,
    data: &ImageSet,
    plan: &Plan,
    purpose: &str,
    progress: &dyn Progress,
) -> Result<Attacked, DeviateError> {
    plan.check()?;
    let shape = data.shape();
    let parts = over_chunks(data.len(), plan.shard, plan.threads, progress, |range| {
        let pixels = data.decode(range.clone())?;
        let images = Array::new(vec![range.len(), shape.channels, shape.height, shape.width], pixels)
            .map_err(|error| DeviateError::Theory(error.to_string()))?;
        let clean = subject.observe(&images, plan.outputs)?;
        let known = Known {
            ids: data.ids()[range.clone()].to_vec(),
            labels: data.labels().map(|labels| labels[range.clone()].to_vec()),
        };
        attacked(subject, plan, &images, &clean, known, Cow::Owned(purpose.to_owned()))
    })?;
    let mut merged = Attacked::default();
    parts.into_iter().for_each(|part| merged.append(part));
    if merged.ids.is_empty() {
        return Err(DeviateError::NoImages { available: 0, filtered: 0 });
    }
    Ok(merged)
}

/// What a network makes of the images perturbed for another. `own` is the same network under its own attack, from which
/// its clean outputs are taken.
///
/// # Errors
/// See [`DeviateError`]; also where the two attacks were made on different images.
pub fn see(
    subject: &Subject,
    own: &Attacked,
    other: &Attacked,
    plan: &Plan,
    progress: &dyn Progress,
) -> Result<Seen, DeviateError> {
    check_same_images(own, other)?;
    let images = other.perturbed_images()?;
    let (length, restarts, width) = (images.row_length(), other.restarts, own.clean.width);
    let parts = over_chunks(own.ids.len(), plan.shard, plan.threads, progress, |range| {
        let perturbed = range.start * restarts..range.end * restarts;
        let mut shape = images.shape().to_vec();
        shape[0] = perturbed.len();
        let pixels = images.data()[perturbed.start * length..perturbed.end * length].to_vec();
        let batch = Array::new(shape, pixels).map_err(|error| DeviateError::Theory(error.to_string()))?;
        let clean = Rows { width, values: own.clean.values[range.start * width..range.end * width].to_vec() };
        seen(subject, plan, &clean, &batch)
    })?;
    let mut merged = Seen::default();
    for part in parts {
        merged.moved.append(part.moved);
        merged.prediction.extend(part.prediction);
    }
    Ok(merged)
}

/// A pair, put together from the attack on each network and what the other made of it; no image is looked at again.
///
/// # Errors
/// Where the two attacks were made on different images.
pub fn meet(
    source: &Attacked,
    target: &Attacked,
    source_under_target: Seen,
    target_under_source: Seen,
) -> Result<Deviated, DeviateError> {
    check_same_images(source, target)?;
    let mut result = Deviated {
        ids: source.ids.clone(),
        labels: source.labels.clone(),
        restarts: source.restarts,
        source_clean: source.clean.clone(),
        target_clean: target.clean.clone(),
        source_prediction: source.prediction.clone(),
        target_prediction: target.prediction.clone(),
        ..Deviated::default()
    };
    let without_images = |attacked: &Attacked| Attacked { perturbed: Vec::new(), ..attacked.clone() };
    result.join(without_images(source), without_images(target), source_under_target, target_under_source, false);
    Ok(result)
}

fn check_same_images(one: &Attacked, two: &Attacked) -> Result<(), DeviateError> {
    if one.ids == two.ids && one.restarts == two.restarts {
        return Ok(());
    }
    Err(DeviateError::Theory(format!(
        "two networks can only be compared where they were attacked on the same images with the same number of restarts, \
         found {} images with {} restarts and {} with {}",
        one.ids.len(),
        one.restarts,
        two.ids.len(),
        two.restarts
    )))
}
