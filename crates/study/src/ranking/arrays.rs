//! What is known of one network on the target images, as plain arrays.

use transferscope_theory::linear::Matrix;

/// What a network says of its own source classes.
#[derive(Debug, Clone, PartialEq)]
pub enum SourceOutputs {
    /// Logits, N x C_s.
    Logits(Matrix),
    /// Probabilities, N x C_s.
    Probabilities(Matrix),
    /// None, and why.
    Absent(String),
}

/// One network on the target images.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkArrays {
    /// What the network is called in results.
    pub name: String,
    /// Penultimate features, N x D, or why there are none.
    pub features: Result<Matrix, String>,
    /// Outputs over source classes.
    pub source: SourceOutputs,
    /// Labels of the target task, N of them.
    pub labels: Vec<usize>,
    /// What fine-tuning gave, where it is known.
    pub outcome: Option<f64>,
}
