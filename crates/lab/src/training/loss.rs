//! Cross entropy against labels, in f64.

use transferscope_network::array::Array;

use crate::objective::prediction;

/// What a network's logits say of some labels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Tally {
    /// Summed cross entropy (against the smoothed labels where there is smoothing).
    pub loss: f64,
    /// How many predictions are the label.
    pub right: usize,
}

impl Tally {
    /// Adds the rows of `logits`, whose labels are `wanted`.
    pub(super) fn add(&mut self, logits: &Array<f32>, wanted: &[u32], smoothing: f64) {
        let logits = logits.to_f64();
        for (row, &label) in logits.data().chunks(logits.row_length().max(1)).zip(wanted) {
            self.add_row(row, label, smoothing);
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "class counts are small")]
    fn add_row(&mut self, row: &[f64], label: u32, smoothing: f64) -> f64 {
        self.right += usize::from(prediction(row) == label as usize);
        let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let total = largest + row.iter().map(|z| (z - largest).exp()).sum::<f64>().ln();
        let mean = row.iter().sum::<f64>() / row.len() as f64;
        // −Σ q_k ln p_k with q = (1 − s) · one-hot + s/K: PyTorch's label smoothing.
        self.loss += total - (1.0 - smoothing) * row[label as usize] - smoothing * mean;
        total
    }
}

/// The gradient of the mean cross entropy of a batch on its logits; adds to the tally.
#[expect(clippy::cast_precision_loss, reason = "batch sizes are small")]
pub(super) fn gradient(logits: &Array<f32>, wanted: &[u32], smoothing: f64, tally: &mut Tally) -> Array<f32> {
    let mut gradient = logits.to_f64();
    let width = gradient.row_length().max(1);
    let share = 1.0 / wanted.len() as f64;
    for (row, &label) in gradient.data_mut().chunks_mut(width).zip(wanted) {
        let total = tally.add_row(row, label, smoothing);
        row.iter_mut().for_each(|z| *z = ((*z - total).exp() - smoothing / width as f64) * share);
        row[label as usize] -= (1.0 - smoothing) * share;
    }
    gradient.to_f32()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two classes with equal logits: loss ln 2, gradient ±½ over the batch size.
    #[test]
    fn the_gradient_is_softmax_minus_one_hot() {
        let logits = Array::filled(vec![2, 2], 0.0_f32);
        let mut tally = Tally::default();
        assert_eq!(gradient(&logits, &[0, 1], 0.0, &mut tally).data(), &[-0.25, 0.25, 0.25, -0.25]);
        assert!((tally.loss - 2.0 * 2.0_f64.ln()).abs() < 1e-12);
        assert_eq!(tally.right, 1);
        let mut same = Tally::default();
        same.add(&logits, &[0, 1], 0.0);
        assert_eq!(same, tally);
    }

    /// The gradient is the slope of the loss: central differences at 1e-3 err by some 1e-7 of the third derivative.
    #[test]
    fn the_gradient_is_the_slope_of_the_smoothed_loss() {
        let row = [0.3_f32, -1.2, 0.9];
        let at = |place: usize, by: f32| {
            let mut moved = row;
            moved[place] += by;
            let mut tally = Tally::default();
            let Ok(logits) = Array::new(vec![1, 3], moved.to_vec()) else { return f64::NAN };
            tally.add(&logits, &[2], 0.1);
            tally.loss
        };
        let Ok(logits) = Array::new(vec![1, 3], row.to_vec()) else { return };
        let found = gradient(&logits, &[2], 0.1, &mut Tally::default());
        for (place, &found) in found.data().iter().enumerate() {
            let slope = (at(place, 1e-3) - at(place, -1e-3)) / 2e-3;
            assert!((f64::from(found) - slope).abs() < 1e-4, "{place}: {found}, {slope}");
        }
    }
}
