//! How many images are enough for a wanted standard error, from the errors of a measurement.

use serde::{Deserialize, Serialize};
use transferscope_theory::{statistics::Estimate, statistics::samples_needed, transferability::DirectionReport};

use super::Measurement;

/// Images that would bring the standard errors down to the wanted one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImagesNeeded {
    /// The wanted standard error.
    pub wanted_error: f64,
    /// Attack built on the source, seen on the target.
    pub s_to_t: DirectionNeeded,
    /// Attack built on the target, seen on the source.
    pub t_to_s: DirectionNeeded,
}

/// One direction; absent where there is no error to start from, or a square lies within two of its errors of zero, where
/// errors do not fall as 1/sqrt(N).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectionNeeded {
    /// For the mean of ratios.
    pub alpha1: Option<usize>,
    /// For alpha2.
    pub alpha2: Option<usize>,
    /// For the combined measure.
    pub combined: Option<usize>,
}

/// N (error / wanted)², rounded up, for each measure (paper.md §7.4).
#[must_use]
pub fn images_needed(measurement: &Measurement, wanted_error: f64) -> ImagesNeeded {
    let of = |estimate: &Estimate| samples_needed(estimate.count(), estimate.std_error()?, wanted_error);
    let direction = |report: &DirectionReport| {
        let measure = |norm: &Estimate, square: Option<&Estimate>| {
            let square = square?;
            (square.value() > 2.0 * square.std_error()?).then(|| of(norm)).flatten()
        };
        DirectionNeeded {
            alpha1: of(&report.alpha1.mean),
            alpha2: report
                .alpha2
                .as_ref()
                .and_then(|alpha2| measure(&alpha2.norm, alpha2.estimates.unbiased_squared.as_ref())),
            combined: measure(&report.combined.norm, report.combined.estimates.unbiased_squared.as_ref()),
        }
    };
    ImagesNeeded {
        wanted_error,
        s_to_t: direction(&measurement.s_to_t.report),
        t_to_s: direction(&measurement.t_to_s.report),
    }
}
