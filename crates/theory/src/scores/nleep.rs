//! NLEEP: LEEP with clusters of the features in the place of source classes.

use serde::{Deserialize, Serialize};

use super::{Features, Labels, ScoreError, gaussian_mixture, k_means, leep};

/// How the clusters are made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NleepOptions {
    /// Share of the features' variance that the principal axes keep, in (0, 1].
    pub energy: f64,
    /// Clusters for each class, at least 1.
    pub clusters_per_class: usize,
    /// Seed of the first clusters.
    pub seed: u64,
}

/// The published choices: 80 % of the variance, five clusters a class.
impl Default for NleepOptions {
    fn default() -> Self {
        Self { energy: 0.8, clusters_per_class: 5, seed: 0 }
    }
}

/// NLEEP with the form that one published program prints instead.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nleep {
    /// Mean of ln Σ_z P(y_i|z) P(z|x_i), at most 0.
    pub value: f64,
    /// Mean of Σ_z P(y_i|z) P(z|x_i) without the logarithm, in (0, 1]: what `TencentARC/SFDA` prints as NLEEP.
    pub mean_probability: f64,
    /// Principal axes that were kept.
    pub axes: usize,
    /// Clusters.
    pub clusters: usize,
}

/// NLEEP (Li et al., "Ranking Neural Checkpoints", CVPR 2021), at most 0, higher is better.
///
/// The features are projected on the principal axes that hold 80 % of their variance, a mixture of 5 C normal distributions
/// with full covariances is fitted to them, and its posteriors P(z|x) take the place of the source probabilities in
/// [`leep`](super::leep()). It needs no head, but a random start: `seed` decides the first clusters, and the value moves with
/// it. With few images for each cluster it is biased upwards.
///
/// # Errors
/// [`ScoreError::LengthMismatch`], [`ScoreError::NoVariation`], [`ScoreError::TooFew`] with fewer images than clusters,
/// [`ScoreError::Setting`].
///
/// ```
/// use transferscope_theory::{linear::Matrix, scores::{Features, Labels, NleepOptions, nleep}};
/// // Two far heaps that are the classes: every cluster lies in one of them, so each label is certain.
/// let labels = Labels::new(&(0..40).map(|i| i % 2).collect::<Vec<_>>())?;
/// let entry = |i: usize, j: usize| (i % 2) as f64 * 100.0 + ((i * 7 + j * 3) % 11) as f64;
/// let score = nleep(&Features::new(Matrix::from_fn(40, 2, entry))?, &labels, NleepOptions::default())?;
/// assert!(score.value > -1e-6 && score.value <= 0.0);
/// # Ok::<(), transferscope_theory::scores::ScoreError>(())
/// ```
pub fn nleep(features: &Features, labels: &Labels, options: NleepOptions) -> Result<Nleep, ScoreError> {
    let axes = axes(features, labels, options)?;
    let clusters = options.clusters_per_class * labels.classes();
    if features.images() < clusters {
        let found = features.images();
        return Err(ScoreError::TooFew { score: "NLEEP", needed: clusters, of: "images (one a cluster)", found });
    }
    let rows = features.centred()?.leading(axes);
    let assignment = k_means::k_means(&rows, clusters, options.seed);
    nleep_from(features, labels, options, &assignment)
}

/// The same with the first clusters given: the cluster of each image, below `clusters_per_class` times classes.
///
/// # Errors
/// As [`nleep`].
pub fn nleep_from(
    features: &Features,
    labels: &Labels,
    options: NleepOptions,
    assignment: &[usize],
) -> Result<Nleep, ScoreError> {
    let axes = axes(features, labels, options)?;
    let clusters = options.clusters_per_class * labels.classes();
    labels.check_rows("clusters", assignment.len())?;
    if let Some(cluster) = assignment.iter().find(|cluster| **cluster >= clusters) {
        return Err(ScoreError::Setting {
            what: "a cluster",
            expected: "below clusters a class times classes",
            found: cluster.to_string(),
        });
    }
    let rows = features.centred()?.leading(axes);
    let posteriors = gaussian_mixture::posteriors(&rows, assignment, clusters)?;
    let likelihoods = leep::expected_predictions(&posteriors, labels);
    let images = labels.len() as f64;
    Ok(Nleep {
        value: likelihoods.iter().map(|likelihood| likelihood.ln()).sum::<f64>() / images,
        mean_probability: likelihoods.iter().sum::<f64>() / images,
        axes,
        clusters,
    })
}

/// The fewest principal axes whose variances sum to more than the share (scikit-learn's rule).
fn axes(features: &Features, labels: &Labels, options: NleepOptions) -> Result<usize, ScoreError> {
    labels.check_rows("features", features.images())?;
    if !(options.energy > 0.0 && options.energy <= 1.0) {
        let found = options.energy.to_string();
        return Err(ScoreError::Setting { what: "the share of variance", expected: "above 0 and at most 1", found });
    }
    if options.clusters_per_class == 0 {
        return Err(ScoreError::Setting { what: "clusters a class", expected: "at least 1", found: "0".to_owned() });
    }
    let squares = &features.centred()?.squares;
    let total: f64 = squares.iter().sum();
    let mut sum = 0.0;
    let below = squares
        .iter()
        .take_while(|square| {
            sum += **square;
            sum / total <= options.energy
        })
        .count();
    Ok((below + 1).min(squares.len()))
}
