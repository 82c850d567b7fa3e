//! How a network is trained: passes, batches, learning rate and its schedule.

use serde::{Deserialize, Serialize};

/// A recipe for stochastic gradient descent with momentum, the learning rate falling to 0 along a half cosine:
/// rate(t) = rate · (1 + cos(π t / T)) / 2 for step t of T.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Passes over the images, at least 1.
    pub epochs: usize,
    /// Images a step, at least 1.
    pub batch: usize,
    /// The learning rate of the first step, above 0.
    pub rate: f64,
    /// What of the last velocity is kept, in [0,1).
    pub momentum: f64,
    /// The L2 penalty, at least 0.
    pub weight_decay: f64,
    /// The seed of the order of images.
    pub seed: u64,
}

/// A number of a recipe that is out of range.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
#[error("{what} must be {expected}, found {found}")]
pub struct RecipeError {
    /// Which number.
    pub what: &'static str,
    /// Its range.
    pub expected: &'static str,
    /// What was given.
    pub found: String,
}

impl Recipe {
    /// Refuses numbers out of range.
    ///
    /// # Errors
    /// Names the first that is.
    pub fn check(&self) -> Result<(), RecipeError> {
        let refuse = |what, expected, found: String| Err(RecipeError { what, expected, found });
        if self.epochs == 0 || self.batch == 0 {
            let found = format!("{} epochs of batches of {}", self.epochs, self.batch);
            return refuse("epochs and batch", "whole numbers from 1", found);
        }
        if !(self.rate.is_finite() && self.rate > 0.0) {
            return refuse("the learning rate", "above 0", self.rate.to_string());
        }
        if !(0.0..1.0).contains(&self.momentum) {
            return refuse("the momentum", "at least 0 and below 1", self.momentum.to_string());
        }
        if !(self.weight_decay.is_finite() && self.weight_decay >= 0.0) {
            return refuse("the weight decay", "at least 0", self.weight_decay.to_string());
        }
        Ok(())
    }

    /// The learning rate of one step of all.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "step counts are small")]
    pub fn rate_at(&self, step: usize, steps: usize) -> f64 {
        let share = step as f64 / steps.max(1) as f64;
        self.rate * (1.0 + (std::f64::consts::PI * share).cos()) / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPE: Recipe = Recipe { epochs: 2, batch: 4, rate: 0.1, momentum: 0.9, weight_decay: 0.0, seed: 0 };

    /// Half a cosine: all at the start, half in the middle, nothing at the end.
    #[test]
    fn the_rate_falls_along_a_half_cosine() {
        assert!((RECIPE.rate_at(0, 10) - 0.1).abs() < 1e-15);
        assert!((RECIPE.rate_at(5, 10) - 0.05).abs() < 1e-15);
        assert!(RECIPE.rate_at(10, 10).abs() < 1e-15);
    }

    #[test]
    fn numbers_out_of_range_are_named() {
        assert!(RECIPE.check().is_ok());
        for (recipe, word) in [
            (Recipe { epochs: 0, ..RECIPE }, "epochs"),
            (Recipe { rate: f64::NAN, ..RECIPE }, "rate"),
            (Recipe { momentum: 1.0, ..RECIPE }, "momentum"),
            (Recipe { weight_decay: -1.0, ..RECIPE }, "decay"),
        ] {
            assert!(recipe.check().is_err_and(|error| error.to_string().contains(word)));
        }
    }
}
