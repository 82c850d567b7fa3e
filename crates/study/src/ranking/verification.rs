//! What fine-tuning the first candidates really gave, and whether the order held.

use serde::Serialize;
use transferscope_theory::statistics::Estimate;

/// The outcome of one candidate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VerifiedCandidate {
    /// Its name.
    pub name: String,
    /// Accuracy on the untouched test split after fine-tuning.
    pub accuracy: Estimate,
    /// The learning rate that was best on validation images.
    pub rate: f64,
    /// Its accuracy on those, where some were held out.
    pub validation_accuracy: Option<f64>,
    /// Seconds of all rates.
    pub seconds: f64,
}

/// The outcome of the first candidates.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verification {
    /// The test split, as typed.
    pub test_data: String,
    /// How they were fine-tuned, in words.
    pub recipe: String,
    /// In the order of the ranking.
    pub candidates: Vec<VerifiedCandidate>,
    /// Whether each is at least as good as the next, up to two standard errors of the difference.
    pub order_held: bool,
    /// The same in a sentence.
    pub sentence: String,
}

impl Verification {
    /// Judges the order of candidates that were fine-tuned.
    #[must_use]
    pub fn new(test_data: String, recipe: String, candidates: Vec<VerifiedCandidate>) -> Self {
        let broken: Vec<String> = candidates
            .windows(2)
            .filter(|pair| {
                let error = |candidate: &VerifiedCandidate| candidate.accuracy.std_error().unwrap_or(0.0);
                let spread = error(&pair[0]).hypot(error(&pair[1]));
                pair[1].accuracy.value() > pair[0].accuracy.value() + 2.0 * spread
            })
            .map(|pair| format!("{} came out better than {}", pair[1].name, pair[0].name))
            .collect();
        let order_held = broken.is_empty();
        let sentence = match order_held {
            true => format!("The order of the first {} held, up to two standard errors.", candidates.len()),
            false => format!("The order did not hold: {}.", broken.join("; ")),
        };
        Self { test_data, recipe, candidates, order_held, sentence }
    }
}
