//! How a network is trained: passes, batches, optimiser, learning rate, augmentation, and which epoch is kept.

use serde::{Deserialize, Serialize};
use transferscope_engine::trainable::Optimizer;

use super::{Augmentation, Schedule};

/// A recipe, checked before it is used; as text it is a table whose missing keys have the values of [`Recipe::default`].
///
/// ```
/// use transferscope_lab::training::{Recipe, Schedule};
/// let recipe = Recipe { epochs: 3, schedule: Schedule::ONE_CYCLE, ..Recipe::default() };
/// assert!(recipe.check().is_ok());
/// assert!(Recipe { rate: f64::NAN, ..recipe }.check().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Recipe {
    /// Passes over the images, at least 1.
    pub epochs: usize,
    /// Images a step, at least 1.
    pub batch: usize,
    /// The learning rate at its highest, above 0.
    pub rate: f64,
    /// How gradients become changes of weights.
    pub optimizer: Rule,
    /// How the rate moves.
    pub schedule: Schedule,
    /// Epochs (or a part of one) over which the rate first rises from 0 in equal steps; the schedule has the rest.
    pub warm_up: f64,
    /// What is changed at random in training images.
    pub augmentation: Augmentation,
    /// What share of a label is spread evenly over all classes, in [0,1): PyTorch's `label_smoothing`.
    pub label_smoothing: f64,
    /// The share of numbers that is set to 0 at random, the others divided by what is left, at the places where the network
    /// has dropout; in steps of training only, in [0,1).
    #[serde(skip_serializing_if = "is_zero")]
    pub dropout: f64,
    /// Whether images are learned from in the order of the data, instead of a new random one each epoch: for comparisons step by
    /// step with another program.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub in_order: bool,
    /// Which epoch's weights are kept.
    pub selection: Selection,
    /// The seed of the validation split, of the order of images, of the augmentation and of dropout.
    pub seed: u64,
}

/// An optimiser, as a value that can be written down; the formulas are those of the engine's [`Optimizer`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Rule {
    /// Stochastic gradient descent.
    Sgd {
        /// What of the last velocity is kept, in [0,1).
        momentum: f64,
        /// The L2 penalty, at least 0.
        weight_decay: f64,
    },
    /// AdamW with β = (0.9, 0.999) and ε = 10⁻⁸.
    #[serde(rename = "adamw")]
    AdamW {
        /// The decoupled decay, at least 0.
        weight_decay: f64,
        /// Whether biases and normalizations do not decay.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        spare_vectors: bool,
    },
}

impl From<Rule> for Optimizer {
    fn from(rule: Rule) -> Self {
        match rule {
            Rule::Sgd { momentum, weight_decay } => Self::Sgd { momentum, weight_decay },
            Rule::AdamW { weight_decay, spare_vectors } => {
                Self::AdamW { beta: [0.9, 0.999], epsilon: 1e-8, weight_decay, spare_vectors }
            }
        }
    }
}

/// Which epoch's weights are kept.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Selection {
    /// A stratified share of the training images is held out, and the epoch with the most of them right
    /// is kept (of equals the one with the smallest loss).
    BestOnValidation {
        /// What share is held out, in (0,1).
        share: f64,
        /// Stop after so many epochs in a row that were no better; `None` runs all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        patience: Option<usize>,
    },
    /// All images are learned from, and the last epoch is kept.
    LastEpoch,
    /// The paper's own way (paper.md Q26): all images are learned from, and the epoch that does best on the *test* images
    /// is kept. The accuracy on those images is too good by the choice.
    BestOnTest,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            epochs: 10,
            batch: 64,
            rate: 0.02,
            optimizer: Rule::Sgd { momentum: 0.9, weight_decay: 5e-4 },
            schedule: Schedule::Cosine,
            warm_up: 0.0,
            augmentation: Augmentation::default(),
            label_smoothing: 0.0,
            dropout: 0.0,
            in_order: false,
            selection: Selection::BestOnValidation { share: 0.1, patience: None },
            seed: 0,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(number: &f64) -> bool {
    *number == 0.0
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
    /// The paper's training of sources and references (paper.md Q24, Q26): SGD 0.9, weight decay 10⁻⁴, rate 0.1 falling
    /// along a cosine by epoch over 100 epochs, batches of 64, crop and flip, the best epoch *on the test images*.
    #[must_use]
    pub fn paper() -> Self {
        Self {
            epochs: 100,
            batch: 64,
            rate: 0.1,
            optimizer: Rule::Sgd { momentum: 0.9, weight_decay: 1e-4 },
            schedule: Schedule::CosineByEpoch,
            augmentation: Augmentation::CROP_AND_FLIP,
            selection: Selection::BestOnTest,
            ..Self::default()
        }
    }

    /// The paper's fine-tuning of text networks (paper.md Q39): one epoch in batches of 32, AdamW from rate 5·10⁻⁵ with decay
    /// 10⁻² of all but biases and normalizations, a tenth of the steps up, then down along a line, dropout of a tenth, the
    /// last epoch. The program's own Adam has no correction of its first steps' bias; this one has.
    #[must_use]
    pub fn paper_text() -> Self {
        Self {
            epochs: 1,
            batch: 32,
            rate: 5e-5,
            optimizer: Rule::AdamW { weight_decay: 0.01, spare_vectors: true },
            schedule: Schedule::Linear,
            warm_up: 0.1,
            dropout: 0.1,
            selection: Selection::LastEpoch,
            ..Self::default()
        }
    }

    /// Refuses numbers out of range.
    ///
    /// # Errors
    /// Names the first that is.
    pub fn check(&self) -> Result<(), RecipeError> {
        let held = |fits: bool, what, expected, found: String| match fits {
            true => Ok(()),
            false => Err(RecipeError { what, expected, found }),
        };
        let at_least_0 = |number: f64| number.is_finite() && number >= 0.0;
        let below_1 = |number: f64| (0.0..1.0).contains(&number);
        let at_least_1 = |number: f64| number.is_finite() && number >= 1.0;
        held(self.epochs > 0, "epochs", "a whole number from 1", self.epochs.to_string())?;
        held(self.batch > 0, "the batch", "a whole number from 1", self.batch.to_string())?;
        held(self.rate.is_finite() && self.rate > 0.0, "the learning rate", "above 0", self.rate.to_string())?;
        match self.optimizer {
            Rule::Sgd { momentum, weight_decay } => {
                held(below_1(momentum), "the momentum", "at least 0 and below 1", momentum.to_string())?;
                held(at_least_0(weight_decay), "the weight decay", "at least 0", weight_decay.to_string())?;
            }
            Rule::AdamW { weight_decay, .. } => {
                held(at_least_0(weight_decay), "the weight decay", "at least 0", weight_decay.to_string())?;
            }
        }
        if let Schedule::OneCycle { rise, start_divisor, end_divisor } = self.schedule {
            held(
                rise > 0.0 && rise < 1.0,
                "the rise of the one-cycle schedule",
                "above 0 and below 1",
                rise.to_string(),
            )?;
            for divisor in [start_divisor, end_divisor] {
                held(at_least_1(divisor), "a divisor of the one-cycle schedule", "at least 1", divisor.to_string())?;
            }
        }
        held(at_least_0(self.warm_up), "the warm-up", "a number of epochs, at least 0", self.warm_up.to_string())?;
        held(
            self.warm_up == 0.0 || !matches!(self.schedule, Schedule::OneCycle { .. }),
            "the warm-up",
            "0 with the one-cycle schedule, which has its own",
            self.warm_up.to_string(),
        )?;
        held(
            below_1(self.label_smoothing),
            "label smoothing",
            "at least 0 and below 1",
            self.label_smoothing.to_string(),
        )?;
        held(below_1(self.dropout), "dropout", "at least 0 and below 1", self.dropout.to_string())?;
        if let Selection::BestOnValidation { share, patience } = self.selection {
            held(share > 0.0 && share < 1.0, "the validation share", "above 0 and below 1", share.to_string())?;
            held(patience != Some(0), "the patience", "a whole number of epochs from 1", "0".to_owned())?;
        }
        Ok(())
    }

    /// The learning rate of one step (counted from 0) of a run of `epochs` times `steps_an_epoch`.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "step counts are far below 2^52"
    )]
    pub fn rate_at(&self, step: usize, steps_an_epoch: usize) -> f64 {
        let steps = self.epochs * steps_an_epoch;
        let warm = ((self.warm_up * steps_an_epoch as f64).round() as usize).min(steps);
        if step < warm {
            return self.rate * (step + 1) as f64 / warm as f64;
        }
        self.rate * self.schedule.factor(step - warm, steps - warm, steps_an_epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_warms_up_in_equal_steps_and_then_follows_the_schedule() {
        let recipe = Recipe { epochs: 3, rate: 0.4, warm_up: 1.0, schedule: Schedule::Constant, ..Recipe::default() };
        let rates: Vec<f64> = (0..6).map(|step| recipe.rate_at(step, 4)).collect();
        for (rate, expected) in rates.iter().zip([0.1, 0.2, 0.3, 0.4, 0.4, 0.4]) {
            assert!((rate - expected).abs() < 1e-15, "{rates:?}");
        }
    }

    #[test]
    fn numbers_out_of_range_are_named() {
        let good = Recipe::default();
        assert!(good.check().is_ok() && Recipe::paper().check().is_ok() && Recipe::paper_text().check().is_ok());
        let sgd = |momentum, weight_decay| Rule::Sgd { momentum, weight_decay };
        for (recipe, word) in [
            (Recipe { epochs: 0, ..good }, "epochs"),
            (Recipe { batch: 0, ..good }, "batch"),
            (Recipe { rate: f64::NAN, ..good }, "rate"),
            (Recipe { rate: 0.0, ..good }, "rate"),
            (Recipe { optimizer: sgd(1.0, 0.0), ..good }, "momentum"),
            (Recipe { optimizer: sgd(0.9, -1.0), ..good }, "decay"),
            (Recipe { optimizer: Rule::AdamW { weight_decay: f64::INFINITY, spare_vectors: false }, ..good }, "decay"),
            (Recipe { warm_up: -1.0, ..good }, "warm-up"),
            (Recipe { warm_up: 1.0, schedule: Schedule::ONE_CYCLE, ..good }, "one-cycle"),
            (Recipe { label_smoothing: 1.0, ..good }, "smoothing"),
            (Recipe { dropout: 1.0, ..good }, "dropout"),
            (Recipe { selection: Selection::BestOnValidation { share: 1.0, patience: None }, ..good }, "validation"),
            (Recipe { selection: Selection::BestOnValidation { share: 0.1, patience: Some(0) }, ..good }, "patience"),
            (
                Recipe { schedule: Schedule::OneCycle { rise: 0.3, start_divisor: 0.5, end_divisor: 1e4 }, ..good },
                "divisor",
            ),
        ] {
            assert!(recipe.check().is_err_and(|error| error.to_string().contains(word)), "{word}");
        }
    }
}
