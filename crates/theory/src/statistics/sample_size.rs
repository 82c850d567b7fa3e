//! How many images are enough, and how far a norm of means can stray.

/// Images needed for a wanted standard error, from a pilot: N_pilot (se_pilot / se_wanted)², rounded up.
///
/// Holds where the error falls as 1/sqrt(N): for alpha1 always, for alpha2 and combined away from zero (paper §7.4).
/// `None` unless both errors are positive and finite.
///
/// ```
/// use transferscope_theory::statistics::samples_needed;
/// assert_eq!(samples_needed(200, 0.02, 0.01), Some(800));
/// ```
#[must_use]
pub fn samples_needed(pilot_images: usize, pilot_error: f64, wanted_error: f64) -> Option<usize> {
    let needed = pilot_images as f64 * (pilot_error / wanted_error).powi(2);
    let valid = pilot_error > 0.0 && wanted_error > 0.0 && needed.is_finite() && needed < 1e15;
    // One part in 10^12 of slack: 800.0000000001 images are 800.
    valid.then(|| (needed * (1.0 - 1e-12)).ceil() as usize)
}

/// Bound on P(|alpha2_hat - E alpha2_hat| >= t): min(1, 2 exp(-N t²/2)) (paper §7.7).
#[must_use]
pub fn concentration_bound(images: usize, distance: f64) -> f64 {
    (2.0 * (-(images as f64) * distance * distance / 2.0).exp()).min(1.0)
}
