//! How knowledge is transferred: which weights learn, and among which settings validation chooses.

use serde::{Deserialize, Serialize};

use crate::training::{Augmentation, Recipe, RecipeError, Rule, Selection};

/// Which weights learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// A new linear head; nothing else changes by a single bit.
    LastLayer,
    /// A new head and every other weight.
    Full,
    /// Logistic regression on the penultimate features, to the minimum of its penalised loss.
    Probe,
}

impl Method {
    /// Its name on the command line and in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LastLayer => "last-layer",
            Self::Full => "full",
            Self::Probe => "probe",
        }
    }
}

impl std::str::FromStr for Method {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::LastLayer, Self::Full, Self::Probe]
            .into_iter()
            .find(|method| method.name() == text)
            .ok_or_else(|| format!("expected the method 'last-layer', 'full' or 'probe', found '{text}'"))
    }
}

/// A method and its settings.
///
/// ```
/// use transferscope_lab::training::{Method, TransferPlan};
/// let plan = TransferPlan { rates: vec![0.1, 0.01], ..TransferPlan::new(Method::LastLayer) };
/// assert!(plan.check().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TransferPlan {
    /// Which weights learn.
    pub method: Method,
    /// How they learn (`last-layer`, `full`); its seed and its validation share serve `probe` too. Its rate is replaced by
    /// each of `rates`.
    pub recipe: Recipe,
    /// The learning rates that are tried; the one with the most validation images right is kept (of equals the
    /// one with the smallest loss).
    pub rates: Vec<f64>,
    /// The penalties λ that `probe` tries; the chosen one is fitted again on training and validation images together.
    pub penalties: Vec<f64>,
    /// Whether batch normalization of a `last-layer` backbone goes by the batch and moves its statistics, as the paper's
    /// released code does (paper.md Q27). The backbone is not frozen then.
    pub adapting_normalization: bool,
}

/// The share of images that `probe` chooses on where the recipe holds out none.
const PROBE_SHARE: f64 = 0.2;

impl TransferPlan {
    /// The defaults of a method: SGD with momentum 0.9 along a cosine, batches of 64, 10 % of the images for validation.
    #[must_use]
    pub fn new(method: Method) -> Self {
        let sgd = |weight_decay| Rule::Sgd { momentum: 0.9, weight_decay };
        let (epochs, optimizer, rates) = match method {
            Method::LastLayer => (20, sgd(1e-4), vec![0.1, 0.03, 0.01, 0.003]),
            Method::Full => (10, sgd(5e-4), vec![0.03, 0.01, 0.003]),
            Method::Probe => (1, sgd(0.0), vec![0.1]),
        };
        Self {
            method,
            recipe: Recipe { epochs, optimizer, ..Recipe::default() },
            rates,
            penalties: vec![1.0, 0.1, 1e-2, 1e-3, 1e-4],
            adapting_normalization: false,
        }
    }

    /// The paper's transfer (paper.md Q26, Q27): the last layer alone, ten epochs of SGD 0.9 from rate 0.1 with decay 10⁻⁴,
    /// crop and flip, batch normalization adapting, the best epoch *on the test images*.
    #[must_use]
    pub fn paper() -> Self {
        Self {
            recipe: Recipe { epochs: 10, augmentation: Augmentation::CROP_AND_FLIP, ..Recipe::paper() },
            rates: vec![0.1],
            adapting_normalization: true,
            ..Self::new(Method::LastLayer)
        }
    }

    /// Refuses settings out of range, and a choice among rates without validation images to choose on.
    ///
    /// # Errors
    /// Names the first that is.
    pub fn check(&self) -> Result<(), RecipeError> {
        let refuse = |what, expected, found: String| Err(RecipeError { what, expected, found });
        match self.method {
            Method::Probe => {
                let fits = |penalty: &f64| penalty.is_finite() && *penalty >= 0.0;
                if self.penalties.is_empty() || !self.penalties.iter().all(fits) {
                    return refuse("the penalties", "one or more numbers, at least 0", format!("{:?}", self.penalties));
                }
            }
            Method::LastLayer | Method::Full => {
                if self.rates.is_empty() {
                    return refuse("the learning rates", "one or more numbers above 0", "none".to_owned());
                }
                let chooses = matches!(self.recipe.selection, Selection::BestOnValidation { .. });
                if self.rates.len() > 1 && !chooses {
                    let found = format!("{} rates and no validation images", self.rates.len());
                    return refuse("the choice among learning rates", "made on validation images, or one rate", found);
                }
            }
        }
        if self.adapting_normalization && self.method != Method::LastLayer {
            return refuse(
                "adapting normalization",
                "asked for with the method last-layer",
                self.method.name().to_owned(),
            );
        }
        let rates = if self.method == Method::Probe { &[] } else { self.rates.as_slice() };
        rates.iter().try_for_each(|&rate| Recipe { rate, ..self.recipe }.check())?;
        self.recipe.check()
    }

    /// The share of images that `probe` chooses its penalty on.
    pub(super) fn probe_share(&self) -> f64 {
        match self.recipe.selection {
            Selection::BestOnValidation { share, .. } => share,
            Selection::LastEpoch | Selection::BestOnTest => PROBE_SHARE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_that_cannot_be_meant_are_refused() {
        for method in [Method::LastLayer, Method::Full, Method::Probe] {
            assert!(TransferPlan::new(method).check().is_ok());
            assert_eq!(method.name().parse(), Ok(method));
        }
        assert!(TransferPlan::paper().check().is_ok());
        let good = TransferPlan::new(Method::Full);
        let last = Recipe { selection: Selection::LastEpoch, ..good.recipe };
        for (plan, word) in [
            (TransferPlan { rates: vec![], ..good.clone() }, "rates"),
            (TransferPlan { rates: vec![0.1, f64::NAN], ..good.clone() }, "rate"),
            (TransferPlan { recipe: last, ..good.clone() }, "validation"),
            (TransferPlan { adapting_normalization: true, ..good.clone() }, "last-layer"),
            (TransferPlan { penalties: vec![-1.0], ..TransferPlan::new(Method::Probe) }, "penalties"),
        ] {
            assert!(plan.check().is_err_and(|error| error.to_string().contains(word)), "{word}");
        }
        assert!("lastlayer".parse::<Method>().is_err());
    }
}
