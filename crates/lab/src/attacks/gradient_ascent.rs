//! Steepest ascent on the objective: FGSM is one full step, PGD several smaller ones.

use transferscope_network::array::Array;

use super::{Attack, AttackError, Situation};

/// `steps` steps of size `step_size` (pixel units, in the budget's norm) along the steepest direction.
///
/// FGSM (Goodfellow et al. 2015) is one step as long as the budget; PGD (Madry et al. 2018) is several.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GradientAscent {
    /// How many steps.
    pub steps: usize,
    /// How long each is.
    pub step_size: f64,
}

impl Attack for GradientAscent {
    fn name(&self) -> &'static str {
        if self.steps == 1 { "fgsm" } else { "pgd" }
    }

    fn rounds(&self) -> usize {
        self.steps
    }

    fn propose(&self, situation: &Situation<'_>) -> Result<Array<f32>, AttackError> {
        // The scale of the objective is positive, so the steepest direction needs only the direction.
        let gradient = situation.gradient()?.direction;
        let mut proposal = situation.current.clone();
        let length = proposal.row_length().max(1);
        for (row, pixels) in proposal.data_mut().chunks_mut(length).enumerate() {
            let step = situation.budget.norm().steepest(gradient.row(row), self.step_size);
            pixels.iter_mut().zip(step).for_each(|(pixel, x)| *pixel += x);
        }
        Ok(proposal)
    }
}
