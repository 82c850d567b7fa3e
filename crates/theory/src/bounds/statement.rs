//! One inequality with its two sides and its assumptions, and the table of several.

use serde::Serialize;

/// Whether an assumption is met by the data at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AssumptionStatus {
    /// Checked and met.
    Holds,
    /// Checked and not met.
    Violated,
    /// Data alone cannot tell.
    CannotBeChecked,
}

/// An assumption and why its status is what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assumption {
    /// What is assumed.
    pub what: String,
    /// Whether it is met.
    pub status: AssumptionStatus,
    /// Why.
    pub why: String,
}

impl Assumption {
    /// An assumption that was checked.
    #[must_use]
    pub fn checked(what: &str, met: bool, why: impl Into<String>) -> Self {
        let status = if met { AssumptionStatus::Holds } else { AssumptionStatus::Violated };
        Self { what: what.to_owned(), status, why: why.into() }
    }

    /// An assumption that data cannot decide.
    #[must_use]
    pub fn unchecked(what: &str, why: impl Into<String>) -> Self {
        Self { what: what.to_owned(), status: AssumptionStatus::CannotBeChecked, why: why.into() }
    }
}

/// left ≤ right, evaluated.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BoundStatement {
    /// Section of the specification, as "paper §4.4".
    pub source: &'static str,
    /// The inequality in symbols.
    pub formula: &'static str,
    /// Left side.
    pub left: f64,
    /// Right side.
    pub right: f64,
    /// right − left; negative where the inequality fails.
    pub slack: f64,
    /// Whether left ≤ right, up to 1e-9 of the larger side (rounding of the sums on both sides).
    pub holds: bool,
    /// What it rests on.
    pub assumptions: Vec<Assumption>,
}

impl BoundStatement {
    pub(super) fn new(
        source: &'static str,
        formula: &'static str,
        left: f64,
        right: f64,
        assumptions: Vec<Assumption>,
    ) -> Self {
        let rounding = 1e-9 * left.abs().max(right.abs());
        Self { source, formula, left, right, slack: right - left, holds: left <= right + rounding, assumptions }
    }

    /// Whether the inequality fails although no assumption is known to be violated: a reason to stop and look.
    #[must_use]
    pub fn is_alarming(&self) -> bool {
        !self.holds && self.assumptions.iter().all(|assumption| assumption.status == AssumptionStatus::Holds)
    }
}

/// Several statements about one pair of networks.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct BoundsTable {
    /// The statements, in the order in which they were evaluated.
    pub statements: Vec<BoundStatement>,
}

impl BoundsTable {
    /// Adds statements.
    #[must_use]
    pub fn with(mut self, statements: impl IntoIterator<Item = BoundStatement>) -> Self {
        self.statements.extend(statements);
        self
    }

    /// The statement of a section, where it is in the table.
    #[must_use]
    pub fn of(&self, source: &str) -> Option<&BoundStatement> {
        self.statements.iter().find(|statement| statement.source == source)
    }
}
