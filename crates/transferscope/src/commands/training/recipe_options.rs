//! The recipe as typed, and the checked value it becomes.

use clap::{Args, ValueEnum};
use transferscope_lab::training::{Augmentation, Recipe, Rule, Schedule, Selection};

use crate::exit::Failure;

/// How the learning rate moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScheduleName {
    /// The same rate at every step.
    Constant,
    /// Half a cosine from the rate to 0, step by step.
    Cosine,
    /// The same, epoch by epoch.
    CosineByEpoch,
    /// A line from the rate to 0.
    Linear,
    /// PyTorch's OneCycleLR: up over the first 30 %, down along a cosine.
    OneCycle,
}

/// How gradients become changes of weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OptimizerName {
    /// Stochastic gradient descent with momentum.
    Sgd,
    /// AdamW with beta 0.9 and 0.999.
    Adamw,
}

/// Which epoch's weights are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Keep {
    /// The best on held-out images.
    Best,
    /// The last; all images are learned from.
    Last,
}

/// What can be typed; what is absent comes from the preset, else from the defaults.
#[derive(Args, Debug, Default)]
pub struct RecipeOptions {
    /// Passes over the images [default: train 10, last-layer 20, full 10].
    #[arg(long)]
    pub epochs: Option<usize>,
    /// Images a step [default: 64].
    #[arg(long)]
    pub batch: Option<usize>,
    /// [default: sgd]
    #[arg(long, value_enum)]
    pub optimizer: Option<OptimizerName>,
    /// What sgd keeps of the last velocity [default: 0.9].
    #[arg(long)]
    pub momentum: Option<f64>,
    /// [default: 5e-4; last-layer 1e-4; adamw 0.01]
    #[arg(long)]
    pub weight_decay: Option<f64>,
    /// adamw: biases and normalizations do not decay.
    #[arg(long)]
    pub spare_vectors: bool,
    /// [default: cosine]
    #[arg(long, value_enum)]
    pub schedule: Option<ScheduleName>,
    /// Epochs over which the rate first rises from 0 [default: 0].
    #[arg(long, value_name = "EPOCHS")]
    pub warm_up: Option<f64>,
    /// Black pixels at each side before a random crop of the old size (the usual recipe for CIFAR: 4) [default: 0].
    #[arg(long, value_name = "PIXELS")]
    pub crop_padding: Option<usize>,
    /// Mirror one image in two.
    #[arg(long)]
    pub flip: bool,
    /// The share of each label that is spread over all classes [default: 0].
    #[arg(long)]
    pub label_smoothing: Option<f64>,
    /// The share of numbers set to 0 at the network's places for dropout, in training only; text networks have such places
    /// [default: 0].
    #[arg(long, value_name = "SHARE")]
    pub dropout: Option<f64>,
    /// Learn in the order of the data, instead of a new random one each epoch: for comparisons with another program.
    #[arg(long)]
    pub in_order: bool,
    /// The share of the training images that is held out to choose on [default: 0.1].
    #[arg(long, value_name = "SHARE")]
    pub validation: Option<f64>,
    /// Stop after so many epochs without a better one.
    #[arg(long, value_name = "EPOCHS")]
    pub patience: Option<usize>,
    /// Which epoch is kept [default: best, on held-out images].
    #[arg(long, value_enum)]
    pub keep: Option<Keep>,
    /// The seed of weights, validation split, order and augmentation.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}

/// What torch.optim.AdamW decays by default.
const ADAMW_DECAY: f64 = 0.01;

impl RecipeOptions {
    /// A recipe in which everything typed replaces what `base` has. The rate and whether it fits are the caller's matter.
    ///
    /// # Errors
    /// With exit code 2 where options contradict each other.
    pub fn applied_to(&self, base: Recipe) -> Result<Recipe, Failure> {
        Ok(Recipe {
            epochs: self.epochs.unwrap_or(base.epochs),
            batch: self.batch.unwrap_or(base.batch),
            rate: base.rate,
            optimizer: self.optimizer(base.optimizer)?,
            schedule: self.schedule.map_or(base.schedule, |name| match name {
                ScheduleName::Constant => Schedule::Constant,
                ScheduleName::Cosine => Schedule::Cosine,
                ScheduleName::CosineByEpoch => Schedule::CosineByEpoch,
                ScheduleName::Linear => Schedule::Linear,
                ScheduleName::OneCycle => Schedule::ONE_CYCLE,
            }),
            warm_up: self.warm_up.unwrap_or(base.warm_up),
            augmentation: Augmentation {
                crop_padding: self.crop_padding.unwrap_or(base.augmentation.crop_padding),
                flip: self.flip || base.augmentation.flip,
            },
            label_smoothing: self.label_smoothing.unwrap_or(base.label_smoothing),
            dropout: self.dropout.unwrap_or(base.dropout),
            in_order: self.in_order || base.in_order,
            selection: self.selection(base.selection)?,
            seed: self.seed,
        })
    }

    fn optimizer(&self, base: Rule) -> Result<Rule, Failure> {
        let (own_momentum, own_decay, spared) = match base {
            Rule::Sgd { momentum, weight_decay } => (momentum, weight_decay, false),
            Rule::AdamW { weight_decay, spare_vectors } => (0.9, weight_decay, spare_vectors),
        };
        let sgd = matches!(base, Rule::Sgd { .. });
        let adamw = match self.optimizer {
            Some(name) => name == OptimizerName::Adamw,
            None => !sgd,
        };
        match (adamw, self.momentum) {
            (true, Some(_)) => {
                Err(Failure::usage(anyhow::anyhow!("--momentum belongs to --optimizer sgd; adamw has its own two")))
            }
            (true, None) => Ok(Rule::AdamW {
                weight_decay: self.weight_decay.unwrap_or(if sgd { ADAMW_DECAY } else { own_decay }),
                spare_vectors: self.spare_vectors || spared,
            }),
            (false, _) if self.spare_vectors => Err(Failure::usage(anyhow::anyhow!(
                "--spare-vectors belongs to --optimizer adamw; sgd decays every weight"
            ))),
            (false, momentum) => Ok(Rule::Sgd {
                momentum: momentum.unwrap_or(own_momentum),
                weight_decay: self.weight_decay.unwrap_or(own_decay),
            }),
        }
    }

    fn selection(&self, base: Selection) -> Result<Selection, Failure> {
        let choosing = self.validation.is_some() || self.patience.is_some();
        match (self.keep, base) {
            (Some(Keep::Last), _) if choosing => Err(Failure::usage(anyhow::anyhow!(
                "--validation and --patience choose among epochs, but --keep last takes the last one; give one or the other"
            ))),
            (Some(Keep::Last), _) => Ok(Selection::LastEpoch),
            (None, base @ (Selection::LastEpoch | Selection::BestOnTest)) if !choosing => Ok(base),
            (_, base) => {
                let (share, patience) = match base {
                    Selection::BestOnValidation { share, patience } => (share, patience),
                    Selection::LastEpoch | Selection::BestOnTest => (0.1, None),
                };
                Ok(Selection::BestOnValidation {
                    share: self.validation.unwrap_or(share),
                    patience: self.patience.or(patience),
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_replaces_what_the_preset_has() {
        let typed = RecipeOptions { epochs: Some(3), flip: true, ..RecipeOptions::default() };
        let paper = typed.applied_to(Recipe::paper()).expect("nothing contradicts");
        assert_eq!(paper, Recipe { epochs: 3, ..Recipe::paper() });
        let chosen = RecipeOptions { validation: Some(0.2), ..RecipeOptions::default() };
        let recipe = chosen.applied_to(Recipe::paper()).expect("nothing contradicts");
        assert_eq!(recipe.selection, Selection::BestOnValidation { share: 0.2, patience: None });
    }

    #[test]
    fn contradictions_are_refused() {
        let refused = |options: RecipeOptions| options.applied_to(Recipe::default()).is_err_and(|it| it.code == 2);
        assert!(refused(RecipeOptions { keep: Some(Keep::Last), patience: Some(2), ..RecipeOptions::default() }));
        let adamw = Some(OptimizerName::Adamw);
        assert!(refused(RecipeOptions { optimizer: adamw, momentum: Some(0.9), ..RecipeOptions::default() }));
    }
}
