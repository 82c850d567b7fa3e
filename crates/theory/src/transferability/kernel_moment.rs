//! The second moment of the kernel <M_i, M_j> over pairs of images, exactly, without visiting the pairs where that pays.

use super::outer_products::OuterProducts;
use crate::linear::dot;
use crate::linear::product::add_cross;

/// Mean over pairs of images i != j of <M_i, M_j>².
///
/// With w_i = vec M_i the sum over all pairs, i = j included, is |sum_i w_i w_iᵀ|². For one restart M_i = c a bᵀ and
/// w_i w_iᵀ is (c a aᵀ) x (c b bᵀ), so the sum needs only d(d+1)/2 numbers of each side: N d_S² d_T² / 4 products in one
/// matrix multiplication, instead of N² (d_S + d_T) / 2. Few images of many outputs are cheaper pair by pair; of more
/// pairs than [`SOME_PAIRS`] then only so many are visited, (i, i + lag) for lags spread evenly by the golden ratio.
pub(super) fn kernel_second_moment(products: &OuterProducts<'_>) -> f64 {
    let count = products.count();
    let pairs = (count as f64) * (count as f64 - 1.0) / 2.0;
    let (own, other) = products.outputs();
    let most_restarts = products.most_restarts();
    let restarts = most_restarts as f64;
    let by_pairs = pairs.min(SOME_PAIRS as f64) * restarts * restarts * (own + other) as f64;
    let (left, right) = widths(own, other, most_restarts);
    let by_products = count as f64 * left as f64 * right as f64;
    if by_products <= FASTER_IN_A_PRODUCT * by_pairs {
        let diagonal: f64 = (0..count).map(|image| products.kernel(image, image).powi(2)).sum();
        return (of_all_pairs(products, left, right) - diagonal).max(0.0) / (2.0 * pairs);
    }
    if pairs <= SOME_PAIRS as f64 {
        let above = |image: usize| (0..image).map(move |other| products.kernel(image, other).powi(2)).sum::<f64>();
        return (0..count).map(above).sum::<f64>() / pairs;
    }
    over_some_pairs(products)
}

/// A multiply-add in the kernels of a matrix product, in those of a loop over short rows.
const FASTER_IN_A_PRODUCT: f64 = 8.0;
/// Most pairs that are visited one by one.
const SOME_PAIRS: usize = 1 << 20;
/// Images whose numbers are laid out at a time.
const BLOCK: usize = 512;

/// Numbers per image on the left and on the right of the product.
pub(super) fn widths(own: usize, other: usize, restarts: usize) -> (usize, usize) {
    if restarts == 1 { (own * (own + 1) / 2, other * (other + 1) / 2) } else { (own * other, own * other) }
}

/// Sum over all pairs, an image with itself included, of <M_i, M_j>².
fn of_all_pairs(products: &OuterProducts<'_>, left_width: usize, right_width: usize) -> f64 {
    let mut sum = vec![0.0; left_width * right_width];
    add_fourth_moments(products, left_width, right_width, &mut sum);
    dot(&sum, &sum)
}

/// Adds sum_i w_i w_iᵀ, in the layout of [`widths`]; its squared norm is the sum over all pairs of <M_i, M_j>².
pub(super) fn add_fourth_moments(products: &OuterProducts<'_>, left_width: usize, right_width: usize, sum: &mut [f64]) {
    let single = products.most_restarts() == 1;
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for first in (0..products.count()).step_by(BLOCK) {
        let images = first..products.count().min(first + BLOCK);
        left.clear();
        right.clear();
        for image in images.clone() {
            if single {
                let (own, other, coefficient) = products.only_term(image);
                push_square(&mut left, own, coefficient);
                push_square(&mut right, other, coefficient);
            } else {
                left.resize(left.len() + left_width, 0.0);
                let from = left.len() - left_width;
                products.add_to(&mut left[from..], image, 1.0);
            }
        }
        let right = if single { &right } else { &left };
        add_cross(&left, right, (images.len(), left_width, right_width), sum);
    }
}

/// sum_i <M_i, M>² from the fourth moments of images of one restart, `matrix` being M, d_star x d_diamond.
pub(super) fn squared_inner_products(fourth: &[f64], matrix: &[f64], own: usize, other: usize) -> f64 {
    let entry = |i: usize, k: usize| matrix[i * other + k];
    let pairs = |size: usize| (0..size).flat_map(|i| (0..=i).map(move |j| (i, j)));
    let mut moments = fourth.iter();
    let mut sum = 0.0;
    for (i, j) in pairs(own) {
        for (k, l) in pairs(other) {
            // The layout multiplies entries beside a diagonal by sqrt(2), once for both of their places.
            let product = match (i == j, k == l) {
                (true, true) => entry(i, k) * entry(i, k),
                (true, false) => std::f64::consts::SQRT_2 * entry(i, k) * entry(i, l),
                (false, true) => std::f64::consts::SQRT_2 * entry(i, k) * entry(j, k),
                (false, false) => entry(i, k) * entry(j, l) + entry(i, l) * entry(j, k),
            };
            sum += moments.next().unwrap_or(&0.0) * product;
        }
    }
    sum
}

/// The lower triangle of c v vᵀ, entries beside the diagonal times sqrt(2): inner products are those of whole matrices.
fn push_square(to: &mut Vec<f64>, vector: &[f64], coefficient: f64) {
    for (i, &value) in vector.iter().enumerate() {
        let scale = coefficient * value;
        to.extend(vector[..i].iter().map(|other| std::f64::consts::SQRT_2 * scale * other));
        to.push(scale * value);
    }
}

fn over_some_pairs(products: &OuterProducts<'_>) -> f64 {
    let count = products.count();
    let golden = 0.5 * (5.0_f64.sqrt() - 1.0);
    let (mut sum, mut pairs) = (0.0, 0.0);
    for k in 1..=SOME_PAIRS.div_ceil(count) {
        let lag = 1 + ((k as f64 * golden).fract() * (count - 1) as f64) as usize;
        sum += (0..count).map(|image| products.kernel(image, (image + lag) % count).powi(2)).sum::<f64>();
        pairs += count as f64;
    }
    sum / pairs
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::super::outer_products::Weight;
    use super::super::unit_deviations::UnitDeviations;
    use super::*;
    use crate::deviation::{Deviations, DirectionDeviations};

    fn units(images: usize, restarts: usize) -> UnitDeviations {
        let samples = images * restarts;
        let wave = |width: usize, phase: f64| {
            let values = (0..samples * width).map(|at| (1.7 * at as f64 + phase).sin() + 0.3).collect();
            Deviations::new(values, samples, width).unwrap()
        };
        let (own, seen) = (wave(3, 0.0), wave(2, 1.0));
        let norms = (0..samples).map(|at| 1.0 + (at % 5) as f64).collect();
        let direction = DirectionDeviations::from_norms(&own, &seen, norms).unwrap().with_restarts(restarts).unwrap();
        UnitDeviations::new(&direction)
    }

    /// The product of matrices is the sum over pairs, for both weights, with one restart and with several.
    #[test]
    fn the_product_is_the_sum_over_pairs() {
        for (images, restarts) in [(2, 1), (30, 1), (20, 3)] {
            let units = units(images, restarts);
            for weight in [Weight::Unit, Weight::Ratio] {
                let products = OuterProducts::new(&units, weight, |_| 1.0);
                let mut expected = 0.0;
                for i in 0..images {
                    for j in (0..images).filter(|&j| j != i) {
                        expected += products.kernel(i, j).powi(2) / (images * (images - 1)) as f64;
                    }
                }
                let found = kernel_second_moment(&products);
                // Sums of at most 900 squares of order one, less the diagonal.
                assert!((found - expected).abs() < 1e-12 * (1.0 + expected), "{found} against {expected}");
                let (left, right) = widths(3, 2, restarts);
                let diagonal: f64 = (0..images).map(|image| products.kernel(image, image).powi(2)).sum();
                let whole = (of_all_pairs(&products, left, right) - diagonal) / (images * (images - 1)) as f64;
                assert!((whole - expected).abs() < 1e-12 * (1.0 + expected), "{whole} against {expected}");
                if restarts == 1 {
                    let matrix = [0.3, -0.7, 1.1, 0.2, -0.4, 0.9];
                    let mut fourth = vec![0.0; left * right];
                    add_fourth_moments(&products, left, right, &mut fourth);
                    let found = squared_inner_products(&fourth, &matrix, 3, 2);
                    let expected: f64 = (0..images).map(|image| products.inner(&matrix, image).powi(2)).sum();
                    assert!((found - expected).abs() < 1e-12 * (1.0 + expected), "{found} against {expected}");
                }
            }
        }
    }
}
