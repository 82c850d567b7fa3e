//! How the learning rate moves over the steps of a run.

use serde::{Deserialize, Serialize};

/// The course of the learning rate; the formulas are PyTorch's, as a factor of the recipe's rate.
///
/// ```
/// use transferscope_lab::training::Schedule;
/// // Half a cosine: all at the start, half in the middle.
/// assert_eq!(Schedule::Cosine.factor(0, 10, 1), 1.0);
/// assert!((Schedule::Cosine.factor(5, 10, 1) - 0.5).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Schedule {
    /// The same rate at every step.
    Constant,
    /// (1 + cos(π t/T)) / 2 at step t of T: `CosineAnnealingLR` stepped after every batch.
    #[default]
    Cosine,
    /// The same with epochs in the place of steps, as the paper's code has it (paper.md Q24): `CosineAnnealingLR` stepped
    /// after every epoch.
    CosineByEpoch,
    /// 1 − t/T at step t of T, down to 0 behind the last step: `get_linear_schedule_with_warmup` of transformers, behind its
    /// warm-up.
    Linear,
    /// `OneCycleLR` with cosine annealing, on the rate alone (`cycle_momentum=False`): from 1/`start-divisor` up to 1 over
    /// the first `rise` of the steps, then down to 1/(`start-divisor` · `end-divisor`).
    OneCycle {
        /// The share of the steps on the way up, in (0,1); 0.3 in PyTorch.
        rise: f64,
        /// By what the rate is divided at the first step, at least 1; 25 in PyTorch.
        start_divisor: f64,
        /// By what the rate of the first step is divided at the last, at least 1; 10⁴ in PyTorch.
        end_divisor: f64,
    },
}

impl Schedule {
    /// `OneCycle` with PyTorch's defaults.
    pub const ONE_CYCLE: Self = Self::OneCycle { rise: 0.3, start_divisor: 25.0, end_divisor: 1e4 };

    /// What the recipe's rate is multiplied by at a step, counted from 0, of all steps, of which `steps_an_epoch` make an epoch.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "step counts are far below 2^52")]
    pub fn factor(&self, step: usize, steps: usize, steps_an_epoch: usize) -> f64 {
        let (step, steps, epoch) = (step as f64, steps.max(1) as f64, steps_an_epoch.max(1) as f64);
        match *self {
            Self::Constant => 1.0,
            Self::Cosine => annealed(1.0, 0.0, step / steps),
            Self::Linear => 1.0 - step / steps,
            Self::CosineByEpoch => annealed(1.0, 0.0, (step / epoch).floor() / (steps / epoch).ceil()),
            Self::OneCycle { rise, start_divisor, end_divisor } => {
                let start = 1.0 / start_divisor;
                // OneCycleLR: the peak is at step rise·T − 1, the end at step T − 1.
                let (peak, end) = (rise * steps - 1.0, steps - 1.0);
                if step <= peak {
                    // A rise shorter than a step begins at the top.
                    annealed(start, 1.0, if peak > 0.0 { step / peak } else { 1.0 })
                } else {
                    annealed(1.0, start / end_divisor, ((step - peak) / (end - peak).max(f64::MIN_POSITIVE)).min(1.0))
                }
            }
        }
    }
}

/// From one number to another along half a cosine.
fn annealed(from: f64, to: f64, share: f64) -> f64 {
    to + (from - to) / 2.0 * (1.0 + (std::f64::consts::PI * share).cos())
}
