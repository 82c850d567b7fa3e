//! Random signs of the same size: what an attack has to beat.

use rand::RngExt;
use transferscope_network::array::Array;

use crate::{budget::Budget, norm::Norm, seed::stream};

/// The images with random signs added: ± the whole budget for every pixel in L-infinity, random signs scaled to the
/// budget's length in L2; clipped to `[0,1]`. One seeded stream an image.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "pixels are f32")]
pub fn noise(clean: &Array<f32>, ids: &[u64], budget: Budget, seed: u64, restarts: usize) -> Array<f32> {
    let length = clean.row_length().max(1);
    let size = match budget.norm() {
        Norm::Linf => budget.size(),
        Norm::L2 => budget.size() / (length as f64).sqrt(),
    } as f32;
    let mut shape = clean.shape().to_vec();
    shape[0] = clean.rows() * restarts;
    let mut images = Array::filled(shape, 0.0);
    for (place, pixels) in images.data_mut().chunks_mut(length).enumerate() {
        let (row, restart) = (place / restarts, place % restarts);
        let mut random = stream(seed, "noise", ids[row], restart as u64);
        for (pixel, &x) in pixels.iter_mut().zip(clean.row(row)) {
            let sign = if random.random::<bool>() { size } else { -size };
            *pixel = (x + sign).clamp(0.0, 1.0);
        }
    }
    images
}
