//! k nearest neighbours in feature space, each image left out in turn.

use serde::{Deserialize, Serialize};

use super::{Features, Labels, ScoreError};
use crate::linear::product::times_transposed;
use crate::linear::{Matrix, dot};

/// How far two images are from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Distance {
    /// The length of the difference.
    Euclidean,
    /// 1 − cosine of the angle between the two.
    Cosine,
}

/// How neighbours vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KNearest {
    /// How many vote, at least 1.
    pub neighbours: usize,
    /// Which are near.
    pub distance: Distance,
}

/// Five neighbours by Euclidean distance.
impl Default for KNearest {
    fn default() -> Self {
        Self { neighbours: 5, distance: Distance::Euclidean }
    }
}

/// A share of images with the outcome of each, so that two networks can be compared image by image.
#[derive(Debug, Clone, PartialEq)]
pub struct Classified {
    /// The share that came out right, in [0, 1].
    pub accuracy: f64,
    /// Image by image.
    pub correct: Vec<bool>,
}

impl Classified {
    pub(super) fn new(correct: Vec<bool>) -> Self {
        let right = correct.iter().filter(|right| **right).count();
        Self { accuracy: right as f64 / correct.len().max(1) as f64, correct }
    }
}

/// Leave-one-out accuracy of the k nearest neighbours, in [0, 1], higher is better.
///
/// Each image takes the class that most of its k nearest other images have; on a tie, of the tied classes the one whose
/// nearest member is nearest (for k = 1 this is `dbolya/parc`'s kNN). Equal distances are ordered by position. Costs N²·D.
///
/// # Errors
/// [`ScoreError::LengthMismatch`], [`ScoreError::TooFew`] where there are not more images than neighbours, and
/// [`ScoreError::Undefined`] for the cosine of an image whose features are all zero.
///
/// ```
/// use transferscope_theory::{linear::Matrix, scores::{Features, KNearest, Labels, k_nearest}};
/// // Positions 0, 1, 10, 11 and one stray of class 0 at 12.
/// let features = Features::new(Matrix::from_rows(5, 1, vec![0.0, 1.0, 10.0, 11.0, 12.0])?)?;
/// let labels = Labels::new(&[0, 0, 1, 1, 0])?;
/// let one = k_nearest(&features, &labels, KNearest { neighbours: 1, ..KNearest::default() })?;
/// assert_eq!(one.correct, [true, true, true, true, false]);
/// assert_eq!(one.accuracy, 0.8);
/// # Ok::<(), transferscope_theory::scores::ScoreError>(())
/// ```
pub fn k_nearest(features: &Features, labels: &Labels, vote: KNearest) -> Result<Classified, ScoreError> {
    labels.check_rows("features", features.images())?;
    let images = features.images();
    if vote.neighbours == 0 {
        return Err(ScoreError::Setting { what: "neighbours", expected: "at least 1", found: "0".to_owned() });
    }
    if images <= vote.neighbours {
        return Err(ScoreError::TooFew { score: "kNN", needed: vote.neighbours + 1, of: "images", found: images });
    }
    let rows = match vote.distance {
        Distance::Euclidean => features.matrix().clone(),
        Distance::Cosine => unit_rows(features.matrix())?,
    };
    let squares: Vec<f64> = (0..images).map(|image| dot(rows.row(image), rows.row(image))).collect();
    let mut correct = Vec::with_capacity(images);
    // Blocks, so that N² distances are never held at once.
    for first in (0..images).step_by(BLOCK) {
        let count = BLOCK.min(images - first);
        let block = Matrix::from_fn(count, rows.columns(), |i, j| rows[(first + i, j)]);
        let products = times_transposed(&block, &rows)?;
        for place in 0..count {
            let image = first + place;
            let distance = |other: usize| squares[other] - 2.0 * products[(place, other)];
            let mut near: Vec<(f64, usize)> =
                (0..images).filter(|&other| other != image).map(|other| (distance(other), other)).collect();
            let order = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
            if near.len() > vote.neighbours {
                near.select_nth_unstable_by(vote.neighbours - 1, order);
                near.truncate(vote.neighbours);
            }
            near.sort_unstable_by(order);
            correct.push(elected(&near, labels) == labels.as_slice()[image]);
        }
    }
    Ok(Classified::new(correct))
}

const BLOCK: usize = 256;

/// The class with most votes; of several the one that was met first, the nearest.
fn elected(near: &[(f64, usize)], labels: &Labels) -> usize {
    let class = |&(_, image): &(f64, usize)| labels.as_slice()[image];
    let votes = |candidate: usize| near.iter().filter(|&neighbour| class(neighbour) == candidate).count();
    let mut best = class(&near[0]);
    for neighbour in near {
        if votes(class(neighbour)) > votes(best) {
            best = class(neighbour);
        }
    }
    best
}

fn unit_rows(matrix: &Matrix) -> Result<Matrix, ScoreError> {
    let mut unit = matrix.clone();
    for (image, row) in unit.as_mut_slice().chunks_mut(matrix.columns()).enumerate() {
        let length = dot(row, row).sqrt();
        if length == 0.0 {
            return Err(ScoreError::Undefined { score: "kNN", image, why: "features of length 0, so no angle" });
        }
        row.iter_mut().for_each(|value| *value /= length);
    }
    Ok(unit)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    /// Three votes, three classes: the nearest decides. Angles ignore lengths.
    #[test]
    fn ties_go_to_the_nearest_and_cosine_ignores_length() {
        let labels = Labels::new(&[0, 1, 2, 0]).unwrap();
        let line = Features::new(Matrix::from_rows(4, 1, vec![0.0, 5.0, 9.0, 1.0]).unwrap()).unwrap();
        let vote = KNearest { neighbours: 3, distance: Distance::Euclidean };
        assert_eq!(k_nearest(&line, &labels, vote).unwrap().correct, [true, false, false, true]);
        let rows = vec![1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 90.0, 1.0];
        let angles = Features::new(Matrix::from_rows(4, 2, rows).unwrap()).unwrap();
        let vote = KNearest { neighbours: 1, distance: Distance::Cosine };
        assert!(k_nearest(&angles, &labels, vote).unwrap().correct[3]);
        let zero = Features::new(Matrix::zeros(4, 2)).unwrap();
        assert!(matches!(k_nearest(&zero, &labels, vote), Err(ScoreError::Undefined { image: 0, .. })));
        assert!(k_nearest(&line, &labels, KNearest { neighbours: 4, ..vote }).is_err());
    }
}
