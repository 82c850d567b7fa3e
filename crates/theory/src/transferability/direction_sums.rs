//! The measures of one direction from sums alone: memory does not grow with the images, and parts merge to the same bits.
//!
//! Long because one layout of sums serves alpha1, alpha2 and the combined measure, and is written once.

use super::TransferabilityError;
use super::direction_summary::{DirectionSummary, RatioSums, SquareSums};
use super::kernel_moment::{add_fourth_moments, widths};
use super::outer_products::{OuterProducts, Weight};
use super::unit_deviations::{
    CROSS_DEVIATION_ZERO, OWN_DEVIATION_ZERO, REFERENCE_DEVIATION_ZERO, Standing, UnitDeviations,
};
use crate::deviation::DirectionDeviations;
use crate::linear::dot;
use crate::statistics::{CHUNK, Exclusions, OrderedSum};

/// Sums over the deviations of one direction of attack, chunk by chunk: nothing of a single image is kept.
///
/// Chunk k holds the images 64 k .. 64 k + 63. The sums merge in whatever order and from however many parts to the same
/// bits. What needs single images is not here but in [`DirectionReport`](super::DirectionReport): medians, bootstrap,
/// permutations, paired differences. Standard errors of alpha2 and the combined measure are those of the report
/// (from fourth moments, d_star² d_diamond² / 4 numbers), up to [`MOST_MOMENTS`] of them and for one restart.
///
/// ```
/// use transferscope_theory::deviation::{Deviations, DirectionDeviations};
/// use transferscope_theory::transferability::DirectionSums;
/// // Five images in two parts: the attack moves the other network half as far as its own does, always the same way.
/// let part = |images: usize| -> Result<DirectionSums, Box<dyn std::error::Error>> {
///     let own = Deviations::new([1.0, 0.0].repeat(images), images, 2)?;
///     let seen = Deviations::new(vec![1.0; images], images, 1)?;
///     let mut sums = DirectionSums::new(2, 1, 1);
///     sums.add_chunk(if images == 64 { 0 } else { 1 }, &DirectionDeviations::from_norms(&own, &seen, vec![2.0; images])?)?;
///     Ok(sums)
/// };
/// let mut last = part(5)?;
/// last.merge(part(64)?)?;
/// let summary = last.finish()?;
/// assert_eq!(summary.alpha1.mean.value(), 0.5);
/// assert_eq!(summary.combined.norm.value(), 0.5);
/// assert_eq!(summary.images, 69);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct DirectionSums {
    own_outputs: usize,
    other_outputs: usize,
    restarts: usize,
    sums: OrderedSum,
}

/// Most fourth moments that are summed, for each of the two measures; above, values come without standard errors.
pub const MOST_MOMENTS: usize = 1 << 16;

/// Counts at the head of the layout: images, then samples excluded by each reason.
const COUNTS: usize = 4;
/// Sums over the ratios: count, r, r², envelope, its square, above one, top, bottom, top², bottom², top bottom.
const RATIOS: usize = 11;

/// Where things lie in the vector of sums of one measure.
#[derive(Clone, Copy)]
struct Layout {
    own: usize,
    other: usize,
    fourth: usize,
}

impl Layout {
    /// Count, q, q², then M, sides, a aᵀ, c² b bᵀ, q M, fourth moments.
    fn parts(self) -> [usize; 8] {
        let (d, e) = (self.own, self.other);
        [3, d * e, d, e, d * d, e * e, d * e, self.fourth]
    }

    fn length(self) -> usize {
        self.parts().iter().sum()
    }

    /// The parts of a vector of sums, in the order of [`parts`](Self::parts).
    fn split(self, mut sums: &[f64]) -> [&[f64]; 8] {
        self.parts().map(|length| {
            let (part, rest) = sums.split_at(length);
            sums = rest;
            part
        })
    }
}

impl DirectionSums {
    /// Empty sums for d_star and d_diamond outputs and so many restarts per image.
    #[must_use]
    pub fn new(own_outputs: usize, other_outputs: usize, restarts: usize) -> Self {
        let layout = layout(own_outputs, other_outputs, restarts);
        Self { own_outputs, other_outputs, restarts, sums: OrderedSum::new(COUNTS + RATIOS + 2 * layout.length()) }
    }

    /// Adds the images 64 `chunk` .. of a direction.
    ///
    /// # Errors
    /// [`TransferabilityError::Mismatch`] for other outputs or restarts or more than 64 images,
    /// [`TransferabilityError::Sum`] for a chunk added twice.
    pub fn add_chunk(&mut self, chunk: usize, direction: &DirectionDeviations<'_>) -> Result<(), TransferabilityError> {
        let units = UnitDeviations::new(direction);
        let found = (units.own_outputs, units.other_outputs, units.restarts);
        if found != (self.own_outputs, self.other_outputs, self.restarts) || units.images > CHUNK {
            return Err(TransferabilityError::Mismatch {
                expected: format!("{}, at most {CHUNK} images a chunk", self.describe()),
                found: format!("{} x {} outputs, {} restarts, {} images", found.0, found.1, found.2, units.images),
            });
        }
        let mut sums = counts(&units);
        sums.extend(ratios(&units));
        let layout = layout(self.own_outputs, self.other_outputs, self.restarts);
        for weight in [Weight::Unit, Weight::Ratio] {
            push_products(&mut sums, layout, &units, weight);
        }
        Ok(self.sums.add_chunk(chunk, sums)?)
    }

    /// Takes in the sums over other chunks of the same direction.
    ///
    /// # Errors
    /// [`TransferabilityError::Mismatch`], [`TransferabilityError::Sum`] for a chunk in both.
    pub fn merge(&mut self, other: Self) -> Result<(), TransferabilityError> {
        if (self.own_outputs, self.other_outputs, self.restarts)
            != (other.own_outputs, other.other_outputs, other.restarts)
        {
            return Err(TransferabilityError::Mismatch { expected: self.describe(), found: other.describe() });
        }
        Ok(self.sums.merge(other.sums)?)
    }

    /// The measures over all images.
    ///
    /// # Errors
    /// [`TransferabilityError::NothingLeft`] where every sample is excluded, [`TransferabilityError::Sum`] where a chunk
    /// is missing.
    pub fn finish(&self) -> Result<DirectionSummary, TransferabilityError> {
        let total = self.sums.total()?;
        let (counts, rest) = total.split_at(COUNTS);
        let (ratios, rest) = rest.split_at(RATIOS);
        let layout = layout(self.own_outputs, self.other_outputs, self.restarts);
        let (unit, ratio) = rest.split_at(layout.length());
        let mut excluded = Exclusions::none();
        let reasons = [OWN_DEVIATION_ZERO, REFERENCE_DEVIATION_ZERO, CROSS_DEVIATION_ZERO];
        for (reason, count) in reasons.into_iter().zip(&counts[1..]) {
            excluded.add(reason, *count as usize);
        }
        let images = counts[0] as usize;
        let ratios = RatioSums::from_slice(ratios);
        if ratios.count == 0.0 {
            return Err(super::report::nothing_left(images, &excluded));
        }
        let square = |sums| {
            let [scalars, matrix, left, right, own, other, weighted, fourth] = layout.split(sums);
            SquareSums {
                count: scalars[0],
                own_kernel: scalars[1],
                own_kernel_squared: scalars[2],
                matrix,
                left,
                right,
                own,
                other,
                kernel_weighted: weighted,
                fourth: if fourth.is_empty() { None } else { Some(fourth) },
            }
        };
        DirectionSummary::new(images, self.restarts, excluded, &ratios, &square(unit), &square(ratio))
    }

    fn describe(&self) -> String {
        format!("{} x {} outputs, {} restarts", self.own_outputs, self.other_outputs, self.restarts)
    }
}

fn layout(own: usize, other: usize, restarts: usize) -> Layout {
    let (left, right) = widths(own, other, 1);
    let fourth = if restarts == 1 && left.saturating_mul(right) <= MOST_MOMENTS { left * right } else { 0 };
    Layout { own, other, fourth }
}

fn counts(units: &UnitDeviations) -> Vec<f64> {
    let of = |standing| units.standing.iter().filter(|found| **found == standing).count() as f64;
    vec![units.images as f64, of(Standing::OwnZero), of(Standing::ReferenceZero), of(Standing::CrossZero)]
}

fn ratios(units: &UnitDeviations) -> [f64; RATIOS] {
    let mut sums = [0.0; RATIOS];
    for image in 0..units.images {
        let over = |value: &dyn Fn(usize) -> f64| {
            units.over_restarts(image, |sample| units.ratio(sample).map(|_| value(sample)))
        };
        let envelope = units.over_restarts(image, |sample| units.envelope(sample));
        let (Some(ratio), Some(envelope), Some(top), Some(bottom)) = (
            units.over_restarts(image, |sample| units.ratio(sample)),
            envelope,
            over(&|sample| units.cross_norm[sample]),
            over(&|sample| units.reference_norm[sample]),
        ) else {
            continue;
        };
        let above = if ratio > 1.0 { 1.0 } else { 0.0 };
        let values = [
            1.0,
            ratio,
            ratio * ratio,
            envelope,
            envelope * envelope,
            above,
            top,
            bottom,
            top * top,
            bottom * bottom,
            top * bottom,
        ];
        sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
    }
    sums
}

fn push_products(sums: &mut Vec<f64>, layout: Layout, units: &UnitDeviations, weight: Weight) {
    let products = OuterProducts::new(units, weight, |_| 1.0);
    let [scalars, matrix, left, right, own, other, weighted, fourth] = layout.parts().map(|length| vec![0.0; length]);
    let (mut scalars, mut matrix, mut left, mut right) = (scalars, matrix, left, right);
    let (mut own, mut other, mut weighted, mut fourth) = (own, other, weighted, fourth);
    let (of_own, of_other) = (OuterProducts::of_own(units, weight), OuterProducts::of_other(units, weight));
    for image in 0..products.count() {
        let mut single = vec![0.0; matrix.len()];
        products.add_to(&mut single, image, 1.0);
        let square = dot(&single, &single);
        for (sum, value) in scalars.iter_mut().zip([1.0, square, square * square]) {
            *sum += value;
        }
        for ((sum, with_weight), value) in matrix.iter_mut().zip(&mut weighted).zip(&single) {
            *sum += value;
            *with_weight += square * value;
        }
        products.add_sides(&mut left, &mut right, image, 1.0);
        of_own.add_to(&mut own, image, 1.0);
        of_other.add_to(&mut other, image, 1.0);
    }
    if layout.fourth > 0 && products.count() > 0 {
        let (left_width, right_width) = widths(layout.own, layout.other, 1);
        add_fourth_moments(&products, left_width, right_width, &mut fourth);
    }
    for part in [scalars, matrix, left, right, own, other, weighted, fourth] {
        sums.extend(part);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::deviation::Deviations;
    use crate::transferability::{DirectionReport, ReportOptions};

    const IMAGES: usize = 200;

    fn arrays(restarts: usize) -> (Deviations, Deviations, Vec<f64>) {
        let samples = IMAGES * restarts;
        let wave = |width: usize, phase: f64| -> Vec<f64> {
            (0..samples * width).map(|at| (1.7 * at as f64 + phase).sin() + 0.4).collect()
        };
        let (mut own, mut seen) = (wave(3, 0.0), wave(2, 1.0));
        // One sample of each kind that is excluded somewhere.
        own[..3].fill(0.0);
        seen[2 * 70..2 * 71].fill(0.0);
        let mut norms: Vec<f64> = (0..samples).map(|at| 0.5 + (at % 7) as f64).collect();
        norms[130] = 0.0;
        (Deviations::new(own, samples, 3).unwrap(), Deviations::new(seen, samples, 2).unwrap(), norms)
    }

    fn part(chunks: &[usize], restarts: usize) -> DirectionSums {
        let (own, seen, norms) = arrays(restarts);
        let mut sums = DirectionSums::new(3, 2, restarts);
        for &chunk in chunks {
            let samples = chunk * CHUNK * restarts..(IMAGES * restarts).min((chunk + 1) * CHUNK * restarts);
            let cut = |all: &Deviations| {
                let values = samples.clone().flat_map(|sample| all.sample(sample).to_vec()).collect();
                Deviations::new(values, samples.len(), all.outputs()).unwrap()
            };
            let (own, seen) = (cut(&own), cut(&seen));
            let direction = DirectionDeviations::from_norms(&own, &seen, norms[samples].to_vec()).unwrap();
            sums.add_chunk(chunk, &direction.with_restarts(restarts).unwrap()).unwrap();
        }
        sums
    }

    /// The definition, image by image, is the report; sums of 200 terms of order one agree to rounding.
    #[test]
    fn the_sums_give_what_the_report_gives() {
        for restarts in [1, 2] {
            let (own, seen, norms) = arrays(restarts);
            let direction = DirectionDeviations::from_norms(&own, &seen, norms).unwrap();
            let options = ReportOptions { permutations: 0, replicates: 0, seed: 0 };
            let report = DirectionReport::new(&direction.with_restarts(restarts).unwrap(), &options).unwrap();
            let summary = part(&[0, 1, 2, 3], restarts).finish().unwrap();
            let close = |one: f64, two: f64| assert!((one - two).abs() < 1e-11 * (1.0 + two.abs()), "{one} {two}");
            assert_eq!(summary.excluded, report.excluded);
            close(summary.alpha1.mean.value(), report.alpha1.mean.value());
            close(summary.alpha1.mean.std_error().unwrap(), report.alpha1.mean.std_error().unwrap());
            close(summary.alpha1.ratio_of_means.value(), report.alpha1.ratio_of_means);
            close(summary.alpha1.envelope.value(), report.alpha1.envelope);
            assert_eq!(summary.alpha1.share_above_1.value(), report.alpha1.share_above_1);
            let pairs = [
                (summary.alpha2.as_ref().unwrap(), report.alpha2.as_ref().unwrap()),
                (&summary.combined, &report.combined),
            ];
            for (found, expected) in pairs {
                close(found.norm.value(), expected.norm.value());
                close(found.normalised.unwrap(), expected.normalised.unwrap());
                close(found.centred, expected.centred);
                let (found, expected) =
                    (found.unbiased_squared.as_ref().unwrap(), expected.estimates.unbiased_squared.as_ref().unwrap());
                close(found.value(), expected.value());
                assert_eq!(found.count(), expected.count());
                match restarts {
                    1 => close(found.std_error().unwrap(), expected.std_error().unwrap()),
                    _ => assert_eq!(found.std_error(), None),
                }
            }
        }
    }

    /// P16: any split and any order, the same bits.
    #[test]
    fn every_split_gives_the_same_bits() {
        let whole = part(&[0, 1, 2, 3], 1).finish().unwrap();
        for split in [vec![vec![3], vec![0, 2], vec![1]], vec![vec![2, 3], vec![1], vec![0]]] {
            let mut parts = split.iter().map(|chunks| part(chunks, 1));
            let mut merged = parts.next().unwrap();
            for other in parts {
                merged.merge(other).unwrap();
            }
            assert_eq!(merged.finish().unwrap(), whole);
        }
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        let mut sums = part(&[0], 1);
        assert!(matches!(sums.merge(DirectionSums::new(2, 2, 1)), Err(TransferabilityError::Mismatch { .. })));
        assert!(matches!(sums.merge(part(&[0], 1)), Err(TransferabilityError::Sum(_))));
        assert!(matches!(part(&[0, 2], 1).finish(), Err(TransferabilityError::Sum(_))));
        assert!(matches!(DirectionSums::new(3, 2, 1).finish(), Err(TransferabilityError::NothingLeft { .. })));
    }
}
