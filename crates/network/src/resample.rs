//! Antialiased bilinear resampling along one axis, as a matrix.

/// The `[to, from]` matrix (row-major) of an antialiased bilinear resize of one axis, as Pillow computes it:
/// a triangle of half-width max(from/to, 1) around each output pixel's centre, cut at the border and normalised to sum 1.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pixel counts are small"
)]
pub fn bilinear_weights(to: usize, from: usize) -> Vec<f64> {
    let scale = from as f64 / to as f64;
    let support = scale.max(1.0);
    let mut matrix = vec![0.0; to * from];
    for (index, row) in matrix.chunks_mut(from.max(1)).enumerate() {
        let centre = (index as f64 + 0.5) * scale;
        let first = (centre - support + 0.5).max(0.0) as usize;
        let last = ((centre + support + 0.5) as usize).min(from);
        let mut total = 0.0;
        for (pixel, weight) in row.iter_mut().enumerate().take(last).skip(first) {
            *weight = (1.0 - ((pixel as f64 + 0.5 - centre) / support).abs()).max(0.0);
            total += *weight;
        }
        row.iter_mut().for_each(|weight| *weight /= total);
    }
    matrix
}
