//! What training reports: one row an epoch, and what was kept.

use serde::{Deserialize, Serialize};
use transferscope_network::graph::Graph;
use transferscope_theory::statistics::{Estimate, proportion};

/// One epoch of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Which, from 1.
    pub epoch: usize,
    /// The learning rate of its first step.
    pub rate: f64,
    /// Mean cross entropy over its images, each at the moment it was learned from.
    pub train_loss: f64,
    /// How many of them were right at that moment.
    pub train_right: usize,
    /// How many there were.
    pub train_images: usize,
    /// On the images that select the epoch (validation; the paper's preset: test), after the epoch; `None` where none do.
    pub selection: Option<Share>,
    /// Seconds that it took, where the caller has a clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
}

/// What a network said of a set of images.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// How many were right.
    pub right: usize,
    /// How many there were.
    pub images: usize,
    /// Mean cross entropy.
    pub loss: f64,
}

impl Share {
    /// The share that was right, in `[0,1]`; 0 of no images.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of images are small")]
    pub fn accuracy(&self) -> f64 {
        self.right as f64 / self.images.max(1) as f64
    }

    /// Whether this is better than another share of the same images: more are right, or as many at a smaller loss.
    #[must_use]
    pub fn is_better_than(&self, other: &Self) -> bool {
        self.right > other.right || (self.right == other.right && self.loss < other.loss)
    }

    /// The share that was right with Wilson's interval over images; `None` of no images.
    #[must_use]
    pub fn estimate(&self) -> Option<Estimate> {
        proportion(self.right, self.images).ok().flatten()
    }
}

impl Epoch {
    /// The share of the images that were right when they were learned from, in `[0,1]`.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of images are small")]
    pub fn train_accuracy(&self) -> f64 {
        self.train_right as f64 / self.train_images.max(1) as f64
    }
}

/// What training gave.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// The graph with the weights that were kept.
    pub graph: Graph,
    /// Every epoch that was run.
    pub history: Vec<Epoch>,
    /// The epoch whose weights were kept, from 1.
    pub kept_epoch: usize,
    /// Whether the patience ran out before the last epoch of the recipe.
    pub stopped_early: bool,
}

impl Fitted {
    /// The row of the epoch that was kept.
    #[must_use]
    pub fn kept(&self) -> Option<&Epoch> {
        self.history.iter().find(|row| row.epoch == self.kept_epoch)
    }
}
