//! Records of trained and transferred networks.

use serde::{Deserialize, Serialize};
use transferscope_lab::{outcome::Outcome, training::Epoch};
use transferscope_theory::statistics::Estimate;

/// A network that was trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trained {
    /// The zoo's name.
    pub network: String,
    /// Its family.
    pub family: String,
    /// Learned numbers.
    pub parameters: usize,
    /// Multiply-adds of a forward pass.
    pub multiply_adds: usize,
    /// The names of its classes, in the order of its outputs.
    pub classes: Vec<String>,
    /// Images that it was trained on, validation included.
    pub images: usize,
    /// Labels of them that noise changed.
    pub noisy_labels: usize,
    /// Every epoch; empty for an untrained network.
    pub history: Vec<Epoch>,
    /// The epoch whose weights were kept; `None` for an untrained network.
    pub kept_epoch: Option<usize>,
    /// Share of its own test images that it gets right.
    pub test_accuracy: Estimate,
    /// SHA-256 of its file of weights.
    pub weights_sha256: String,
}

/// A network carried over to a target task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transferred {
    /// How.
    pub method: String,
    /// Images of the task that were learned from.
    pub images: usize,
    /// Right and wrong on the outcome images.
    pub outcome: Outcome,
    /// What was chosen on validation images, in words.
    pub chosen: String,
}

/// A linear classifier on raw pixels of a target task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RawPixels {
    /// Images that were learned from.
    pub images: usize,
    /// Share of the outcome images that are right.
    pub accuracy: Estimate,
}
