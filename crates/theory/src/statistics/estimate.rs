//! A reported number: value, count, exclusions, standard error, interval, method, and over what it varies.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The nominal coverage of every interval of this crate.
pub const LEVEL: f64 = 0.95;

/// Over what a number would vary if the work were repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Over {
    /// Other images (samples) of the same data.
    Images,
    /// Other random starts of the attack.
    Restarts,
    /// Other training seeds.
    Seeds,
    /// Other reference networks.
    References,
    /// Other networks.
    Networks,
    /// Other target tasks.
    Targets,
}

/// A two-sided interval of nominal coverage [`LEVEL`]. Serialised as `[low, high]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(into = "[f64; 2]", try_from = "[f64; 2]")]
pub struct Interval {
    low: f64,
    high: f64,
}

impl Interval {
    /// An interval from its ends.
    ///
    /// # Errors
    /// [`EstimateError::Interval`] when an end is NaN or infinite or they are in the wrong order.
    pub fn new(low: f64, high: f64) -> Result<Self, EstimateError> {
        if low.is_finite() && high.is_finite() && low <= high {
            Ok(Self { low, high })
        } else {
            Err(EstimateError::Interval { low, high })
        }
    }

    /// Lower end.
    #[must_use]
    pub fn low(&self) -> f64 {
        self.low
    }

    /// Upper end.
    #[must_use]
    pub fn high(&self) -> f64 {
        self.high
    }

    /// Whether `value` lies in the closed interval.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// Both ends moved through a non-decreasing function, for example from a square to a signed root.
    ///
    /// # Errors
    /// [`EstimateError::Interval`] when an image is not finite or the function is not monotone.
    pub fn mapped(&self, function: impl Fn(f64) -> f64) -> Result<Self, EstimateError> {
        Self::new(function(self.low), function(self.high))
    }
}

impl From<Interval> for [f64; 2] {
    fn from(interval: Interval) -> Self {
        [interval.low, interval.high]
    }
}

impl TryFrom<[f64; 2]> for Interval {
    type Error = EstimateError;

    fn try_from([low, high]: [f64; 2]) -> Result<Self, EstimateError> {
        Self::new(low, high)
    }
}

/// How many samples were left out, by reason, in the order of the reasons' names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Exclusions {
    counts: BTreeMap<Cow<'static, str>, usize>,
}

impl Exclusions {
    /// Nothing excluded.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Counts `count` more samples under `reason`; zero leaves no trace.
    pub fn add(&mut self, reason: impl Into<Cow<'static, str>>, count: usize) {
        if count > 0 {
            *self.counts.entry(reason.into()).or_insert(0) += count;
        }
    }

    /// Adds all counts of another tally.
    pub fn merge(&mut self, other: &Self) {
        for (reason, count) in &other.counts {
            self.add(reason.clone(), *count);
        }
    }

    /// All excluded samples.
    #[must_use]
    pub fn total(&self) -> usize {
        self.counts.values().sum()
    }

    /// How many were excluded for `reason`.
    #[must_use]
    pub fn of(&self, reason: &str) -> usize {
        self.counts.get(reason).copied().unwrap_or(0)
    }

    /// Reasons and counts, in the order of the reasons' names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, usize)> {
        self.counts.iter().map(|(reason, count)| (reason.as_ref(), *count))
    }

    /// Whether nothing was excluded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}

/// Why a number cannot be an estimate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EstimateError {
    /// The value is NaN or infinite.
    #[error("expected a finite value, found {0}; an unknown number is left out, never NaN")]
    Value(f64),
    /// The standard error is NaN, infinite or negative.
    #[error("expected a finite standard error of at least 0, found {0}")]
    StandardError(f64),
    /// The ends are not finite or in the wrong order.
    #[error("expected a finite interval with low <= high, found [{low}, {high}]")]
    Interval {
        /// Lower end found.
        low: f64,
        /// Upper end found.
        high: f64,
    },
}

/// A number with everything needed to judge it. Fields are serialised under the names of the JSON contract.
///
/// ```
/// use transferscope_theory::statistics::{Estimate, Interval, Over};
/// let alpha1 = Estimate::new(0.49, 200, Over::Images, "mean of ratios")?
///     .with_std_error(0.01)?
///     .with_interval(Interval::new(0.47, 0.51)?);
/// assert_eq!(alpha1.value(), 0.49);
/// assert!(Estimate::new(f64::NAN, 200, Over::Images, "mean").is_err());
/// # Ok::<(), transferscope_theory::statistics::EstimateError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    #[serde(rename = "estimate")]
    value: f64,
    #[serde(rename = "ci95")]
    interval: Option<Interval>,
    std_error: Option<f64>,
    #[serde(rename = "n")]
    count: usize,
    over: Over,
    method: Cow<'static, str>,
    #[serde(default, skip_serializing_if = "Exclusions::is_empty")]
    excluded: Exclusions,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    no_interval_because: Option<Cow<'static, str>>,
}

impl Estimate {
    /// A value from `count` units, without standard error or interval yet.
    ///
    /// # Errors
    /// [`EstimateError::Value`] when it is NaN or infinite.
    pub fn new(
        value: f64,
        count: usize,
        over: Over,
        method: impl Into<Cow<'static, str>>,
    ) -> Result<Self, EstimateError> {
        if !value.is_finite() {
            return Err(EstimateError::Value(value));
        }
        Ok(Self {
            value,
            interval: None,
            std_error: None,
            count,
            over,
            method: method.into(),
            excluded: Exclusions::none(),
            no_interval_because: None,
        })
    }

    /// The same with a standard error.
    ///
    /// # Errors
    /// [`EstimateError::StandardError`] when it is NaN, infinite or negative.
    pub fn with_std_error(mut self, std_error: f64) -> Result<Self, EstimateError> {
        if !(std_error.is_finite() && std_error >= 0.0) {
            return Err(EstimateError::StandardError(std_error));
        }
        self.std_error = Some(std_error);
        Ok(self)
    }

    /// The same with an interval.
    #[must_use]
    pub fn with_interval(mut self, interval: Interval) -> Self {
        self.interval = Some(interval);
        self.no_interval_because = None;
        self
    }

    /// The same, saying why there is no interval.
    #[must_use]
    pub fn without_interval(mut self, because: impl Into<Cow<'static, str>>) -> Self {
        self.interval = None;
        self.no_interval_because = Some(because.into());
        self
    }

    /// The same with counted exclusions.
    #[must_use]
    pub fn with_exclusions(mut self, excluded: Exclusions) -> Self {
        self.excluded = excluded;
        self
    }

    /// The number itself.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Units it was computed from, exclusions not counted.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Standard error, where one can be given.
    #[must_use]
    pub fn std_error(&self) -> Option<f64> {
        self.std_error
    }

    /// Interval of nominal coverage [`LEVEL`], where one is offered.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        self.interval
    }

    /// Over what it varies.
    #[must_use]
    pub fn over(&self) -> Over {
        self.over
    }

    /// How value and interval were made.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// What was left out.
    #[must_use]
    pub fn excluded(&self) -> &Exclusions {
        &self.excluded
    }

    /// Why no interval is offered, where none is.
    #[must_use]
    pub fn no_interval_because(&self) -> Option<&str> {
        self.no_interval_because.as_deref()
    }
}
