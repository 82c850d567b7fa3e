//! Multinomial logistic regression: the linear probe of features, to the minimum of its convex loss.

mod minimise;
mod problem;
mod regression;

pub use regression::{Logistic, LogisticError, LogisticFit, fit_logistic};
