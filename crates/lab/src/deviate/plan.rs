//! What is done to a pair: the attack, the images, the outputs.

use serde::{Deserialize, Serialize};

use crate::{
    attacks::{Attack, GradientAscent, SingularVector, Start},
    budget::{Budget, BudgetError, check_size},
    objective::Objective,
    subject::Outputs,
};

/// Which images are measured. Correct means that the network's clean prediction is the label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Images {
    /// All.
    All,
    /// Those that the target gets right (the paper's choice, paper.md Q16).
    TargetCorrect,
    /// Those that the source gets right.
    SourceCorrect,
    /// Those that both get right.
    BothCorrect,
}

impl Images {
    /// Its name on the command line and in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::TargetCorrect => "target-correct",
            Self::SourceCorrect => "source-correct",
            Self::BothCorrect => "both-correct",
        }
    }

    /// Whether an image is measured, from whether each network gets it right.
    #[must_use]
    pub fn keeps(self, source_correct: bool, target_correct: bool) -> bool {
        match self {
            Self::All => true,
            Self::TargetCorrect => target_correct,
            Self::SourceCorrect => source_correct,
            Self::BothCorrect => source_correct && target_correct,
        }
    }
}

impl std::str::FromStr for Images {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::All, Self::TargetCorrect, Self::SourceCorrect, Self::BothCorrect]
            .into_iter()
            .find(|images| images.name() == text)
            .ok_or_else(|| {
                format!(
                    "expected the images 'all', 'target-correct', 'source-correct' or 'both-correct', found '{text}'"
                )
            })
    }
}

/// The attack, checked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AttackPlan {
    /// The first-order measures: deviations J·v, no finite step at all; the size of the budget does not matter.
    FirstOrder {
        /// Which singular vector, from 0.
        level: usize,
    },
    /// A finite step along a singular vector.
    SingularStep {
        /// Which singular vector, from 0.
        level: usize,
        /// How far.
        budget: Budget,
    },
    /// FGSM or PGD.
    Ascent {
        /// Steps and their size.
        ascent: GradientAscent,
        /// How far.
        budget: Budget,
        /// Where it starts.
        start: Start,
        /// How many starts an image.
        restarts: usize,
    },
}

/// Why a plan is refused.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
pub enum PlanError {
    /// A size is out of range.
    #[error(transparent)]
    Size(#[from] BudgetError),
    /// A count is zero.
    #[error("{what} must be at least 1, found 0")]
    Zero {
        /// Which count.
        what: &'static str,
    },
    /// Several starts that are all the same.
    #[error("{restarts} restarts without a random start are all the same; add --start random or drop --restarts")]
    EqualRestarts {
        /// How many.
        restarts: usize,
    },
    /// An objective whose gradient is zero where the attack starts.
    #[error(
        "the gradient of the output distance is zero at the clean image, so an attack that starts there never moves; \
         add --start random or choose --objective cross-entropy"
    )]
    NoSlopeAtStart,
    /// A shard that is none.
    #[error("expected a shard I/N with I below N, such as 0/2, found {index}/{count}")]
    Shard {
        /// Which.
        index: usize,
        /// Of how many.
        count: usize,
    },
}

/// Which part of the chunks is done here: every `count`-th, from `index`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    index: usize,
    count: usize,
}

impl Shard {
    /// All chunks.
    #[must_use]
    pub fn whole() -> Self {
        Self { index: 0, count: 1 }
    }

    /// Shard `index` of `count`.
    ///
    /// # Errors
    /// Where the index is not below the count.
    pub fn new(index: usize, count: usize) -> Result<Self, PlanError> {
        if index < count { Ok(Self { index, count }) } else { Err(PlanError::Shard { index, count }) }
    }

    /// Whether a chunk belongs to this shard.
    #[must_use]
    pub fn holds(self, chunk: usize) -> bool {
        chunk % self.count == self.index
    }
}

/// What is done to a pair.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The attack.
    pub attack: AttackPlan,
    /// What a gradient attack climbs.
    pub objective: Objective,
    /// Which outputs deviations are taken of.
    pub outputs: Outputs,
    /// Which images are measured.
    pub images: Images,
    /// The seed of starts and noise.
    pub seed: u64,
    /// Whether the Jacobians of both networks are summed up for gradient matching.
    pub moments: bool,
    /// Whether the perturbed images are kept.
    pub keep_images: bool,
    /// Which chunks are done.
    pub shard: Shard,
    /// How many threads work; the results do not depend on it.
    pub threads: usize,
}

impl Plan {
    /// Refuses what cannot be meant.
    ///
    /// # Errors
    /// See [`PlanError`].
    pub fn check(&self) -> Result<(), PlanError> {
        if self.threads == 0 {
            return Err(PlanError::Zero { what: "the number of threads" });
        }
        let AttackPlan::Ascent { ascent, budget, start, restarts } = self.attack else { return Ok(()) };
        if ascent.steps == 0 {
            return Err(PlanError::Zero { what: "the number of steps" });
        }
        if restarts == 0 {
            return Err(PlanError::Zero { what: "the number of restarts" });
        }
        check_size("a step size", budget.norm(), ascent.step_size)?;
        if restarts > 1 && start == Start::None {
            return Err(PlanError::EqualRestarts { restarts });
        }
        if self.objective == Objective::OutputDistance && start == Start::None {
            return Err(PlanError::NoSlopeAtStart);
        }
        Ok(())
    }

    /// How many perturbed images there are for each image.
    #[must_use]
    pub fn restarts(&self) -> usize {
        match self.attack {
            AttackPlan::Ascent { restarts, .. } => restarts,
            AttackPlan::FirstOrder { .. } | AttackPlan::SingularStep { .. } => 1,
        }
    }

    /// The budget of a finite attack.
    #[must_use]
    pub fn budget(&self) -> Option<Budget> {
        match self.attack {
            AttackPlan::FirstOrder { .. } => None,
            AttackPlan::SingularStep { budget, .. } | AttackPlan::Ascent { budget, .. } => Some(budget),
        }
    }

    /// The attack that the family runs, with its start, for a finite attack.
    pub(super) fn attack(&self) -> Option<(Box<dyn Attack>, Budget, Start, usize)> {
        match self.attack {
            AttackPlan::FirstOrder { .. } => None,
            AttackPlan::SingularStep { level, budget } => {
                Some((Box::new(SingularVector { level, outputs: self.outputs }), budget, Start::None, 1))
            }
            AttackPlan::Ascent { ascent, budget, start, restarts } => Some((Box::new(ascent), budget, start, restarts)),
        }
    }
}
