//! Which training images are held out for validation.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::seed::stream;

/// The indices of what is learned from and of what is held out, each ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Learned from.
    pub training: Vec<usize>,
    /// Held out.
    pub validation: Vec<usize>,
}

/// Holds out the same share of every class, at random: share · n of a class with n images, rounded, but at least one of
/// two, and never all.
///
/// ```
/// use transferscope_lab::training::stratified_split;
/// let labels: Vec<u32> = (0..100).map(|image| image % 2).collect();
/// let split = stratified_split(&labels, 0.2, 7);
/// assert_eq!(split.validation.iter().filter(|&&image| image % 2 == 0).count(), 10);
/// assert_eq!((split.training.len(), split.validation.len()), (80, 20));
/// ```
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of images are small"
)]
pub fn stratified_split(labels: &[u32], share: f64, seed: u64) -> Split {
    let classes = labels.iter().max().map_or(0, |&label| label as usize + 1);
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); classes];
    for (image, &label) in labels.iter().enumerate() {
        members[label as usize].push(image);
    }
    let mut split = Split { training: Vec::new(), validation: Vec::new() };
    for (class, mut images) in members.into_iter().enumerate() {
        shuffle(&mut images, &mut stream(seed, "validation split", class as u64, 0));
        let wanted = (share * images.len() as f64).round() as usize;
        let held_out = wanted.max(1).min(images.len().saturating_sub(1));
        split.validation.extend_from_slice(&images[..held_out]);
        split.training.extend_from_slice(&images[held_out..]);
    }
    split.training.sort_unstable();
    split.validation.sort_unstable();
    split
}

/// Fisher and Yates: every order is equally likely.
pub(super) fn shuffle(places: &mut [usize], random: &mut ChaCha8Rng) {
    for place in (1..places.len()).rev() {
        places.swap(place, random.random_range(0..=place));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_disjoint_complete_and_stratified() {
        let labels: Vec<u32> = (0..60).map(|image| u32::from(image % 3 == 0)).collect();
        let split = stratified_split(&labels, 0.25, 1);
        let mut all = [split.training.clone(), split.validation.clone()].concat();
        all.sort_unstable();
        assert_eq!(all, (0..60).collect::<Vec<_>>());
        let of_class_1 = split.validation.iter().filter(|&&image| labels[image] == 1).count();
        assert_eq!((of_class_1, split.validation.len()), (5, 15));
        assert_eq!(split, stratified_split(&labels, 0.25, 1));
        assert_ne!(split, stratified_split(&labels, 0.25, 2));
    }

    #[test]
    fn a_class_of_one_is_learned_from_and_a_class_of_two_is_shared() {
        let split = stratified_split(&[0, 1, 1], 0.01, 0);
        assert!(split.training.contains(&0));
        assert_eq!((split.training.len(), split.validation.len()), (2, 1));
    }

    #[test]
    fn a_shuffle_keeps_every_member() {
        let mut order: Vec<usize> = (0..10).collect();
        shuffle(&mut order, &mut stream(1, "order of images", 0, 0));
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..10).collect::<Vec<_>>());
        assert_ne!(order, sorted);
    }
}
