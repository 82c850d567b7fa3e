//! What a method predicts without fine-tuning: LogME, H-score, LEEP, NLEEP, NCE, TransRate, PARC, kNN, linear probe.
//!
//! All of them look at one network on the labelled images of the target task: at its [`Features`], or at what it says
//! of its own source classes ([`SourceProbabilities`]). [`Labels`] are those of the target. Swapping two of them does
//! not compile. A score is a number to compare networks by on one set of images; none of them is an accuracy after
//! fine-tuning, and only `k_nearest` and `linear_probe` are shares of images at all.
//!
//! ```
//! use transferscope_theory::linear::Matrix;
//! use transferscope_theory::scores::{Features, Labels, ScoreInputs, ScoreKind, ScoreOptions, compute};
//!
//! // One feature that tells two classes apart, one that says nothing.
//! let labels = Labels::new(&(0..40).map(|i| i % 2).collect::<Vec<_>>())?;
//! let features = Features::new(Matrix::from_fn(40, 2, |i, j| {
//!     if j == 0 { (i % 2) as f64 + 0.01 * i as f64 } else { ((i * 7) % 5) as f64 }
//! }))?;
//! let inputs = ScoreInputs { features: Some(&features), source: None, labels: &labels };
//! let probe = compute(ScoreKind::LinearProbe, &inputs, &ScoreOptions::default())?;
//! assert_eq!(probe.value, 1.0);
//! // Without outputs over source classes there is no LEEP, and the error says so.
//! assert!(compute(ScoreKind::Leep, &inputs, &ScoreOptions::default()).is_err());
//! # Ok::<(), transferscope_theory::scores::ScoreError>(())
//! ```

mod cholesky;
mod compute;
mod error;
mod features;
mod folds;
mod gaussian_mixture;
mod h_score;
mod k_means;
mod k_nearest;
mod kind;
mod labels;
mod leep;
mod linear_probe;
mod logme;
mod nce;
mod nleep;
mod parc;
mod regularised_h_score;
mod source_outputs;
mod transrate;

pub use compute::{ComputedScore, ScoreInputs, ScoreOptions, compute};
pub use error::ScoreError;
pub use features::{Features, Rotated};
pub use folds::stratified_folds;
pub use h_score::h_score;
pub use k_nearest::{Classified, Distance, KNearest, k_nearest};
pub use kind::{ScoreKind, ScoreRange};
pub use labels::Labels;
pub use leep::leep;
pub use linear_probe::{LinearProbe, linear_probe};
pub use logme::logme;
pub use nce::nce;
pub use nleep::{Nleep, NleepOptions, nleep, nleep_from};
pub use parc::parc;
pub use regularised_h_score::{RegularisedHScore, regularised_h_score};
pub use source_outputs::SourceProbabilities;
pub use transrate::{TRANSRATE_EPSILON, transrate};
