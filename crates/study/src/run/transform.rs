//! What is done to images and labels before a network learns from them.

use transferscope_lab::{
    data::{DataError, ImageSet},
    training::stratified_split,
};

use crate::plan::Transform;

/// The order of pixels is the same for every training seed, so that the test images can be put into it too.
const ORDER_OF_PIXELS: u64 = 0;
/// Keeps the draw of a part apart from the draw of validation images, which is made with the training seed itself.
const PART: u64 = 0x70_61_72_74;

/// Training images after a transform, with the number of labels that it changed.
///
/// The part that is used and the noise are drawn from the training seed.
pub(super) fn transformed(
    set: &ImageSet,
    transform: Transform,
    limit: Option<usize>,
    seed: u64,
) -> Result<(ImageSet, usize), DataError> {
    let mut set = set.clone();
    if let Some(limit) = limit
        && limit < set.len()
    {
        set = part(&set, limit as f64 / set.len() as f64, seed)?;
    }
    if transform.fraction < 1.0 {
        set = part(&set, transform.fraction, seed)?;
    }
    let before = set.labels().map(<[u32]>::to_vec).unwrap_or_default();
    if transform.label_noise >= 1.0 {
        set = set.with_shuffled_labels(seed)?;
    } else if transform.label_noise > 0.0 {
        set = set.with_label_noise(transform.label_noise, seed)?;
    }
    let changed = set.labels().unwrap_or_default().iter().zip(&before).filter(|(now, then)| now != then).count();
    Ok((permuted(&set, transform)?, changed))
}

/// The same share of every class, at random.
fn part(set: &ImageSet, share: f64, seed: u64) -> Result<ImageSet, DataError> {
    match set.labels() {
        Some(labels) => set.select(&stratified_split(labels, share, seed ^ PART).validation),
        None => Ok(set.clone()),
    }
}

/// All images with their pixels in one fixed random order, where the transform says so.
pub(super) fn permuted(set: &ImageSet, transform: Transform) -> Result<ImageSet, DataError> {
    if transform.permuted_pixels { set.with_permuted_pixels(ORDER_OF_PIXELS) } else { Ok(set.clone()) }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use transferscope_lab::data;

    use super::*;

    const PLAIN: Transform = Transform { fraction: 1.0, label_noise: 0.0, permuted_pixels: false };

    #[test]
    fn a_tenth_is_a_tenth_of_every_class_and_differs_by_seed() {
        let digits = data::load("digits#split=all").unwrap();
        let tenth = |seed| transformed(&digits, Transform { fraction: 0.1, ..PLAIN }, None, seed).unwrap().0;
        for (part, whole) in tenth(1).class_counts().unwrap().iter().zip(digits.class_counts().unwrap()) {
            assert!(part.abs_diff(whole / 10) <= 1);
        }
        assert_eq!(tenth(1).ids(), tenth(1).ids());
        assert_ne!(tenth(1).ids(), tenth(2).ids());
    }

    /// Shuffling keeps each class as often as it was and leaves about a tenth of ten classes in place: 180 ± 4·12.7.
    #[test]
    fn full_noise_is_a_shuffle_and_test_images_share_the_order_of_pixels() {
        let digits = data::load("digits#split=all").unwrap();
        let (shuffled, changed) = transformed(&digits, Transform { label_noise: 1.0, ..PLAIN }, None, 3).unwrap();
        assert_eq!(shuffled.class_counts(), digits.class_counts());
        assert!((digits.len() - changed).abs_diff(180) < 52, "{changed}");
        let order = Transform { permuted_pixels: true, ..PLAIN };
        let (trained, _) = transformed(&digits, order, None, 7).unwrap();
        assert_eq!(trained.decode(0..2).unwrap(), permuted(&digits, order).unwrap().decode(0..2).unwrap());
    }
}
