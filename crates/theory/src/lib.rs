//! The measures of the paper on plain numbers: alpha1, alpha2, matching distances, knowledge transfer, statistics.
//!
//! The paper is Liang et al., "Uncovering the Connections Between Adversarial Transferability and Knowledge
//! Transferability" (ICML 2021). This crate knows no tensor, file, clock or thread; everything is f64, takes its seed as
//! an argument, and returns an error or a counted exclusion where others return NaN.
//!
//! # A tour in five steps
//!
//! Two networks f_S (source) and f_T (target) look at the same inputs. Here they are linear, so every number can be
//! checked by hand: J_S = diag(1, 2), J_T = diag(2, 1) at every input (the paper's formulas are in the linked items).
//!
//! **1. Attack.** The strongest small perturbation of a network moves its input along the top right singular vector of
//! its Jacobian ([`jacobian::first_order`]); real attacks hand over their deviations instead.
//!
//! ```
//! use transferscope_theory::jacobian::{BuiltOn, Route, first_order};
//! use transferscope_theory::linear::Matrix;
//! let (source, target) = (Matrix::diagonal(&[1.0, 2.0]), Matrix::diagonal(&[2.0, 1.0]));
//! let attack = first_order(&source, &target, BuiltOn::Source, 0, Route::Gram)?;
//! // It moves the source's second output by 2, and the target's second output by 1.
//! assert!((attack.own[1] - 2.0).abs() < 1e-12 && (attack.other[1] - 1.0).abs() < 1e-12);
//! # Ok::<(), transferscope_theory::jacobian::JacobianError>(())
//! ```
//!
//! **2. Deviations.** What the outputs did: the attacked network's own, the other network's under the same perturbation,
//! and the other's under its own attack. Each has its own type ([`deviation`]).
//!
//! **3. Measures.** alpha1 says how far the other network moved, alpha2 whether it moved in a consistent direction, the
//! combined measure both ([`transferability::DirectionReport`]), with errors and reference values.
//!
//! ```
//! use transferscope_theory::deviation::{Deviations, DirectionDeviations, OtherUnderOther, OtherUnderOwn, OwnUnderOwn};
//! use transferscope_theory::transferability::{DirectionReport, ReportOptions};
//! let source_under_source = Deviations::new([0.0, 2.0].repeat(8), 8, 2)?;
//! let target_under_source = Deviations::new([0.0, 1.0].repeat(8), 8, 2)?;
//! let target_under_target = Deviations::new([2.0, 0.0].repeat(8), 8, 2)?;
//! let s_to_t = DirectionDeviations::new(
//!     OwnUnderOwn(&source_under_source),
//!     OtherUnderOwn(&target_under_source),
//!     OtherUnderOther(&target_under_target),
//! )?;
//! let report = DirectionReport::new(&s_to_t, &ReportOptions::default())?;
//! assert_eq!(report.alpha1.mean.value(), 0.5);
//! assert_eq!(report.alpha2.as_ref().map(|alpha2| alpha2.norm.value()), Some(1.0));
//! assert_eq!(report.combined.norm.value(), 0.5);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **4. Matching.** All levels of attack together give the gradient matching distance exactly
//! ([`jacobian::identity_value`]); the distance itself is a closed form in second moments ([`matching`]). An affine head
//! on the source imitates the target's gradients perfectly here, although alpha1 is only 1/2: level 0 is not everything.
//!
//! ```
//! use transferscope_theory::jacobian::{generalized, identity_value};
//! use transferscope_theory::linear::{Matrix, PositiveSemidefinite};
//! let (source, target) = (Matrix::diagonal(&[1.0, 2.0]), Matrix::diagonal(&[2.0, 1.0]));
//! let weight = PositiveSemidefinite::identity(2)?;
//! let explained = identity_value(&generalized(&[target.clone()], &[source], &weight)?);
//! assert!((target.squared_norm() - explained).abs() < 1e-12);
//! # Ok::<(), transferscope_theory::jacobian::JacobianError>(())
//! ```
//!
//! **5. Knowledge.** Function matching bounds knowledge transfer, and gradient matching bounds function matching under a
//! shift of the inputs ([`knowledge`], [`bounds`]).
//!
//! ```
//! use transferscope_theory::knowledge::knowledge_transfer;
//! use transferscope_theory::linear::Matrix;
//! // y = 2 x + 1 is an affine function of the source's output x: nothing is lost.
//! let outputs = Matrix::from_rows(3, 1, vec![0.0, 1.0, 2.0])?;
//! let truth = Matrix::from_rows(3, 1, vec![1.0, 3.0, 5.0])?;
//! assert!(knowledge_transfer(&outputs, &truth, None)?.distance < 1e-12);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Around the tour: [`statistics`] (estimates, intervals, tests over images and over networks), [`linear`] (the linear
//! algebra), [`logistic`] (the linear probe), [`scores`] (LogME, LEEP and their kin), [`recheck`] (other people's tables)
//! and [`older`] (the measures of the first version of the paper).

pub mod bounds;
pub mod deviation;
pub mod jacobian;
pub mod knowledge;
pub mod linear;
pub mod logistic;
pub mod matching;
pub mod older;
pub mod recheck;
pub mod scores;
pub mod statistics;
pub mod transferability;
