//! How often an attack succeeded, under every denominator that is in use.

use serde::{Deserialize, Serialize};
use transferscope_theory::statistics::{Estimate, EstimateError, proportion};

/// How often the attack built on one network succeeded on the other.
///
/// With several restarts an image counts as a success where any of them succeeds. Rates that need labels are absent where
/// the labels are not both networks' own classes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Success {
    /// Share of images at which the evaluated network's own prediction changed.
    pub prediction_changed: Option<Estimate>,
    /// The same on the attacked network itself: how strong the attack is at home.
    pub prediction_changed_at_home: Option<Estimate>,
    /// Share of the images at which the attack changed the prediction at home that changed the evaluated network's too.
    pub prediction_changed_where_home_changed: Option<Estimate>,
    /// Error of the evaluated network under the attack, over all images (clean errors count as success).
    pub error_all: Option<Estimate>,
    /// The same over the images that the source gets right when clean.
    pub error_source_correct: Option<Estimate>,
    /// The same over the images that the target gets right when clean.
    pub error_target_correct: Option<Estimate>,
    /// The same over the images that both get right when clean.
    pub error_both_correct: Option<Estimate>,
    /// Error of the evaluated network on the clean images: the floor of `error_all`.
    pub clean_error: Option<Estimate>,
}

/// Predictions, one a perturbed image (restarts of an image one behind the other), and what to compare them with.
pub(super) struct Predictions<'a> {
    pub restarts: usize,
    pub attacked_clean: &'a [usize],
    pub attacked_now: &'a [usize],
    pub evaluated_clean: &'a [usize],
    pub evaluated_now: &'a [usize],
}

/// The labels and which network is the source, where the labels are both networks' own.
pub(super) struct Truth<'a> {
    pub labels: &'a [u32],
    pub source_clean: &'a [usize],
    pub target_clean: &'a [usize],
}

pub(super) fn success(predictions: &Predictions<'_>, truth: Option<&Truth<'_>>) -> Result<Success, EstimateError> {
    let images = predictions.evaluated_clean.len();
    let changed = |now: &[usize], clean: &[usize], image: usize| {
        let of_image = &now[image * predictions.restarts..(image + 1) * predictions.restarts];
        of_image.iter().any(|&prediction| prediction != clean[image])
    };
    let at_home = |image: usize| changed(predictions.attacked_now, predictions.attacked_clean, image);
    let away = |image: usize| changed(predictions.evaluated_now, predictions.evaluated_clean, image);
    let mut success = Success {
        prediction_changed: share(images, |_| true, away)?,
        prediction_changed_at_home: share(images, |_| true, at_home)?,
        prediction_changed_where_home_changed: share(images, at_home, away)?,
        ..Success::default()
    };
    if let Some(truth) = truth {
        let label = |image: usize| truth.labels[image] as usize;
        let wrong = |image: usize| {
            let span = image * predictions.restarts..(image + 1) * predictions.restarts;
            predictions.evaluated_now[span].iter().any(|&prediction| prediction != label(image))
        };
        let source_right = |image: usize| truth.source_clean[image] == label(image);
        let target_right = |image: usize| truth.target_clean[image] == label(image);
        success.error_all = share(images, |_| true, wrong)?;
        success.error_source_correct = share(images, source_right, wrong)?;
        success.error_target_correct = share(images, target_right, wrong)?;
        success.error_both_correct = share(images, |image| source_right(image) && target_right(image), wrong)?;
        success.clean_error = share(images, |_| true, |image| predictions.evaluated_clean[image] != label(image))?;
    }
    Ok(success)
}

fn share(
    images: usize,
    counts: impl Fn(usize) -> bool,
    succeeds: impl Fn(usize) -> bool,
) -> Result<Option<Estimate>, EstimateError> {
    let trials = (0..images).filter(|&image| counts(image)).count();
    let successes = (0..images).filter(|&image| counts(image) && succeeds(image)).count();
    proportion(successes, trials)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four images, labels 0 0 1 1. The source is right on the first three, the target on the first, second and fourth.
    /// Under the attack the target says 1 0 0 0: it changes at images 0 and 3; at image 2 it stays at its clean answer,
    /// which was wrong already.
    #[test]
    fn every_denominator_counts_its_own_images() -> Result<(), EstimateError> {
        let predictions = Predictions {
            restarts: 1,
            attacked_clean: &[0, 0, 1, 0],
            attacked_now: &[1, 1, 0, 0],
            evaluated_clean: &[0, 0, 0, 1],
            evaluated_now: &[1, 0, 0, 0],
        };
        let truth = Truth { labels: &[0, 0, 1, 1], source_clean: &[0, 0, 1, 0], target_clean: &[0, 0, 0, 1] };
        let success = success(&predictions, Some(&truth))?;
        let value = |estimate: &Option<Estimate>| estimate.as_ref().map(|e| (e.value(), e.count()));
        assert_eq!(value(&success.prediction_changed), Some((0.5, 4)));
        assert_eq!(value(&success.prediction_changed_at_home), Some((0.75, 4)));
        assert_eq!(value(&success.prediction_changed_where_home_changed), Some((1.0 / 3.0, 3)));
        // Wrong now: images 0, 2, 3.
        assert_eq!(value(&success.error_all), Some((0.75, 4)));
        assert_eq!(value(&success.error_source_correct), Some((2.0 / 3.0, 3)));
        assert_eq!(value(&success.error_target_correct), Some((2.0 / 3.0, 3)));
        assert_eq!(value(&success.error_both_correct), Some((0.5, 2)));
        assert_eq!(value(&success.clean_error), Some((0.25, 4)));
        Ok(())
    }

    #[test]
    fn without_labels_rates_are_absent_not_zero() -> Result<(), EstimateError> {
        let same = [0_usize, 1];
        let predictions = Predictions {
            restarts: 1,
            attacked_clean: &same,
            attacked_now: &same,
            evaluated_clean: &same,
            evaluated_now: &same,
        };
        let success = success(&predictions, None)?;
        assert_eq!(success.error_all, None);
        assert_eq!(success.prediction_changed_where_home_changed, None);
        assert_eq!(success.prediction_changed.map(|share| share.value()), Some(0.0));
        Ok(())
    }
}
