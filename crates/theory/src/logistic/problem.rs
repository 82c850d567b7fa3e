//! The loss of a logistic regression on standardised features, and its gradient.

use faer::linalg::matmul::matmul;
use faer::mat::{MatMut, MatRef};
use faer::{Accum, Par};

/// Samples that are turned into f64 at a time.
const ROWS: usize = 256;

/// Features, labels and the standardisation z = (x − mean) / std; a constant feature becomes 0.
pub(super) struct Problem<'a> {
    pub features: &'a [f32],
    pub labels: &'a [u32],
    pub width: usize,
    pub classes: usize,
    /// λ of λ/2 · ‖W‖², on the weights of standardised features; the bias is free.
    pub penalty: f64,
    pub mean: Vec<f64>,
    /// 1/std, or 0 for a constant feature.
    pub inverse_std: Vec<f64>,
}

impl<'a> Problem<'a> {
    pub(super) fn new(features: &'a [f32], labels: &'a [u32], width: usize, classes: usize, penalty: f64) -> Self {
        let count = labels.len() as f64;
        let mut mean = vec![0.0; width];
        for row in features.chunks(width) {
            mean.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
        }
        mean.iter_mut().for_each(|sum| *sum /= count);
        let mut variance = vec![0.0; width];
        for row in features.chunks(width) {
            for ((sum, &x), mean) in variance.iter_mut().zip(row).zip(&mean) {
                *sum += (f64::from(x) - mean).powi(2);
            }
        }
        let inverse_std = variance
            .iter()
            .zip(&mean)
            .map(|(sum, mean)| {
                let std = (sum / count).sqrt();
                // f32 features that are constant but for their rounding say nothing.
                if std > 1e-6 * mean.abs() && std > 0.0 { 1.0 / std } else { 0.0 }
            })
            .collect();
        Self { features, labels, width, classes, penalty, mean, inverse_std }
    }

    /// Mean cross entropy + λ/2 ‖W‖² and its gradient, at [W (K × d, row-major), b (K)].
    pub(super) fn loss(&self, point: &[f64]) -> (f64, Vec<f64>) {
        let (width, classes) = (self.width, self.classes);
        let (weight, bias) = point.split_at(classes * width);
        let count = self.labels.len() as f64;
        let mut gradient = vec![0.0; point.len()];
        let (mut loss, mut rows) = (0.0, Vec::with_capacity(ROWS * width));
        for (chunk, labels) in self.features.chunks(ROWS * width).zip(self.labels.chunks(ROWS)) {
            self.standardise(chunk, &mut rows);
            let mut logits: Vec<f64> = bias.repeat(labels.len());
            matmul(
                MatMut::from_row_major_slice_mut(&mut logits, labels.len(), classes),
                Accum::Add,
                MatRef::from_row_major_slice(&rows, labels.len(), width),
                MatRef::from_row_major_slice(weight, classes, width).transpose(),
                1.0,
                Par::Seq,
            );
            settle();
            let (of_weight, of_bias) = gradient.split_at_mut(classes * width);
            for (row, &label) in logits.chunks_mut(classes).zip(labels) {
                loss += softmax_less_label(row, label as usize) / count;
                of_bias.iter_mut().zip(&*row).for_each(|(sum, slope)| *sum += slope / count);
            }
            matmul(
                MatMut::from_row_major_slice_mut(of_weight, classes, width),
                Accum::Add,
                MatRef::from_row_major_slice(&logits, labels.len(), classes).transpose(),
                MatRef::from_row_major_slice(&rows, labels.len(), width),
                1.0 / count,
                Par::Seq,
            );
            settle();
        }
        for (slope, weight) in gradient.iter_mut().zip(weight) {
            loss += self.penalty / 2.0 * weight * weight;
            *slope += self.penalty * weight;
        }
        (loss, gradient)
    }

    fn standardise(&self, features: &[f32], rows: &mut Vec<f64>) {
        rows.clear();
        for row in features.chunks(self.width) {
            rows.extend(
                row.iter().zip(&self.mean).zip(&self.inverse_std).map(|((&x, mean), inv)| (f64::from(x) - mean) * inv),
            );
        }
    }
}

/// The f64 kernels of the product leave the upper halves of the vector registers in use, after which code compiled for the
/// plain instruction set (exp, our loops) runs many times slower on x86-64. Any other vector routine of the library clears
/// them on its way out; this is the shortest one.
fn settle() {
    std::hint::black_box(faer::ColRef::from_slice(std::hint::black_box(&[0.0_f64; 16])).norm_max());
}

/// Turns logits into softmax − one-hot; gives the cross entropy.
fn softmax_less_label(row: &mut [f64], label: usize) -> f64 {
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let total = largest + row.iter().map(|z| (z - largest).exp()).sum::<f64>().ln();
    let loss = total - row[label];
    row.iter_mut().for_each(|z| *z = (*z - total).exp());
    row[label] -= 1.0;
    loss
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Central differences at 1e-5 err by 1e-10 of the third derivative and 1e-11 of rounding.
    #[test]
    fn the_gradient_is_the_slope_of_the_loss() {
        let features = [0.5_f32, 1.0, -1.0, 2.0, 0.25, -3.0, 1.5, 0.0];
        let problem = Problem::new(&features, &[0, 2, 1, 2], 2, 3, 0.3);
        let point: Vec<f64> = (0..9).map(|place| f64::from(place * place % 7) / 5.0 - 0.4).collect();
        let (_, gradient) = problem.loss(&point);
        for (place, found) in gradient.iter().enumerate() {
            let at = |by: f64| {
                let mut moved = point.clone();
                moved[place] += by;
                problem.loss(&moved).0
            };
            let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((found - slope).abs() < 1e-8, "{place}: {found}, {slope}");
        }
    }
}
