//! Which images are held out together: folds with every class spread evenly, without chance.

use super::Labels;

/// The fold of each image, below `folds`: images in order of class, then of position, are dealt out in turn.
///
/// ```
/// use transferscope_theory::scores::{Labels, stratified_folds};
/// let labels = Labels::new(&[1, 0, 1, 0, 1])?;
/// // In order of class: images 1, 3, 0, 2, 4.
/// assert_eq!(stratified_folds(&labels, 2), [0, 0, 1, 1, 0]);
/// # Ok::<(), transferscope_theory::scores::ScoreError>(())
/// ```
#[must_use]
pub fn stratified_folds(labels: &Labels, folds: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by_key(|&image| labels.as_slice()[image]);
    let mut fold_of = vec![0; labels.len()];
    for (place, image) in order.into_iter().enumerate() {
        fold_of[image] = place % folds.max(1);
    }
    fold_of
}
