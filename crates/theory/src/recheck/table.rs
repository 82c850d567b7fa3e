//! A table of scores and outcomes over networks, read from text cells.

use serde::{Deserialize, Serialize};

use super::{RecheckError, ScoreMeaning};
use crate::statistics::correlation::CorrelationKind;

/// A numeric column as it was printed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreColumn {
    /// Name in the header.
    pub name: String,
    /// What it measures.
    pub meaning: ScoreMeaning,
    /// One value per network; `None` where missing.
    pub values: Vec<Option<f64>>,
    /// Decimals printed (the most of any cell): each value is known to ± half a unit of the last one.
    pub decimals: u32,
}

impl ScoreColumn {
    /// Half a unit of the last printed decimal.
    #[must_use]
    pub fn half_unit(&self) -> f64 {
        0.5 * 10_f64.powi(-(self.decimals as i32))
    }
}

/// The kind of correlation that a source says it prints; "weighted tau" alone does not say which of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimedKind {
    /// Pearson.
    Pearson,
    /// Spearman.
    Spearman,
    /// Kendall tau-b.
    Kendall,
    /// A weighted tau; first taken as SciPy's default.
    WeightedTau,
}

impl ClaimedKind {
    /// The coefficient that the claim is first held against.
    #[must_use]
    pub const fn first_reading(self) -> CorrelationKind {
        match self {
            Self::Pearson => CorrelationKind::Pearson,
            Self::Spearman => CorrelationKind::Spearman,
            Self::Kendall => CorrelationKind::KendallTauB,
            Self::WeightedTau => CorrelationKind::WeightedTauSymmetric,
        }
    }
}

/// A correlation that the source of the table prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// Name of the score column it belongs to.
    pub score: String,
    /// Kind that the source names.
    pub kind: ClaimedKind,
    /// The printed value.
    pub value: f64,
    /// Its printed decimals.
    pub decimals: u32,
}

/// Networks in rows; one outcome column, one or more score columns, and claims about them.
///
/// # Examples
///
/// ```
/// use transferscope_theory::recheck::ScoreTable;
///
/// let header = ["model", "outcome_accuracy", "leep"];
/// let rows = [
///     vec!["a", "90.1", "-1.20"], vec!["b", "91.0", "-1.10"], vec!["c", "92.5", ""],
///     vec!["d", "93.0", "-0.90"], vec!["claimed_pearson", "", "0.990"],
/// ];
/// let table = ScoreTable::from_cells(&header, &rows, None)?;
/// assert_eq!(table.networks, ["a", "b", "c", "d"]);
/// assert_eq!(table.scores[0].values[2], None);
/// assert_eq!(table.claims[0].decimals, 3);
/// # Ok::<(), transferscope_theory::recheck::RecheckError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreTable {
    /// Names of the networks.
    pub networks: Vec<String>,
    /// What knowledge transfer really gave.
    pub outcome: ScoreColumn,
    /// The scores.
    pub scores: Vec<ScoreColumn>,
    /// Correlations that the source prints.
    pub claims: Vec<Claim>,
}

impl ScoreTable {
    /// Reads text cells: the first column names the network, all others are numbers.
    ///
    /// Rows whose name begins with `claimed_` hold claimed correlations. Missing values are empty, `-`, `NA`, `N/A`,
    /// `nan` or `null`. The outcome is the column called `outcome`; without one, the column whose name begins with
    /// `outcome`, or is `accuracy`.
    ///
    /// # Errors
    ///
    /// [`RecheckError`] for ragged rows, cells that are not numbers, repeated names, no outcome, or too small a table.
    pub fn from_cells<H: AsRef<str>, C: AsRef<str>>(
        header: &[H],
        rows: &[Vec<C>],
        outcome: Option<&str>,
    ) -> Result<Self, RecheckError> {
        let names: Vec<&str> = header.iter().map(|name| name.as_ref().trim()).collect();
        let columns = names.get(1..).unwrap_or(&[]);
        refuse_repeats("column", columns)?;
        let wanted = outcome_index(columns, outcome)?;
        let (mut networks, mut claims) = (Vec::new(), Vec::new());
        let mut parsed: Vec<ScoreColumn> = columns
            .iter()
            .map(|name| ScoreColumn {
                name: (*name).to_owned(),
                meaning: ScoreMeaning::from_column_name(name),
                values: Vec::new(),
                decimals: 0,
            })
            .collect();
        for (number, row) in rows.iter().enumerate() {
            let name = row.first().map_or("", |cell| cell.as_ref().trim());
            if row.len() != names.len() {
                return Err(RecheckError::Ragged {
                    row: number + 1,
                    name: name.to_owned(),
                    expected: names.len(),
                    found: row.len(),
                });
            }
            let claimed = claimed_kind(name)?;
            for (column, cell) in parsed.iter_mut().zip(&row[1..]) {
                let value = parse_cell(cell.as_ref(), name, &column.name)?;
                match (claimed, value) {
                    (None, value) => {
                        column.values.push(value.map(|(value, _)| value));
                        column.decimals = column.decimals.max(value.map_or(0, |(_, decimals)| decimals));
                    }
                    (Some(kind), Some((value, decimals))) => {
                        claims.push(Claim { score: column.name.clone(), kind, value, decimals });
                    }
                    (Some(_), None) => {}
                }
            }
            if claimed.is_none() {
                networks.push(name.to_owned());
            }
        }
        refuse_repeats("network", &networks)?;
        let outcome = parsed.remove(wanted);
        claims.retain(|claim| claim.score != outcome.name);
        if parsed.is_empty() || networks.len() < 3 {
            return Err(RecheckError::TooSmall { scores: parsed.len(), networks: networks.len() });
        }
        Ok(Self { networks, outcome, scores: parsed, claims })
    }
}

fn refuse_repeats<S: AsRef<str>>(what: &'static str, names: &[S]) -> Result<(), RecheckError> {
    for (index, name) in names.iter().enumerate() {
        if names[..index].iter().any(|other| other.as_ref() == name.as_ref()) {
            return Err(RecheckError::Repeated { what, name: name.as_ref().to_owned() });
        }
    }
    Ok(())
}

fn outcome_index(columns: &[&str], wanted: Option<&str>) -> Result<usize, RecheckError> {
    let lower = |name: &str| name.to_lowercase();
    let found = match wanted {
        Some(wanted) => columns.iter().position(|name| *name == wanted),
        None => columns
            .iter()
            .position(|name| lower(name) == "outcome")
            .or_else(|| columns.iter().position(|name| lower(name).starts_with("outcome")))
            .or_else(|| columns.iter().position(|name| lower(name) == "accuracy")),
    };
    found.ok_or_else(|| RecheckError::NoOutcome {
        wanted: wanted.unwrap_or("(called outcome..., or accuracy)").to_owned(),
        columns: columns.join(", "),
    })
}

fn claimed_kind(name: &str) -> Result<Option<ClaimedKind>, RecheckError> {
    let Some(kind) = name.strip_prefix("claimed_") else {
        return Ok(None);
    };
    match kind {
        "pearson" => Ok(Some(ClaimedKind::Pearson)),
        "spearman" => Ok(Some(ClaimedKind::Spearman)),
        "kendall" | "kendall_tau" | "tau" => Ok(Some(ClaimedKind::Kendall)),
        "weighted_tau" => Ok(Some(ClaimedKind::WeightedTau)),
        _ => Err(RecheckError::UnknownClaim { found: name.to_owned() }),
    }
}

/// Value and printed decimals of a cell; `None` where missing.
fn parse_cell(cell: &str, name: &str, column: &str) -> Result<Option<(f64, u32)>, RecheckError> {
    let cell = cell.trim();
    let missing = ["", "-", "na", "n/a", "nan", "null", "none"];
    if missing.contains(&cell.to_lowercase().as_str()) {
        return Ok(None);
    }
    let refused =
        || RecheckError::NotANumber { name: name.to_owned(), column: column.to_owned(), found: cell.to_owned() };
    let value: f64 = cell.parse().map_err(|_| refused())?;
    if !value.is_finite() {
        return Err(refused());
    }
    let (digits, exponent) = match cell.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().map_err(|_| refused())?),
        None => (cell, 0),
    };
    let printed = digits.split_once('.').map_or(0, |(_, after)| after.len() as i32);
    Ok(Some((value, (printed - exponent).max(0) as u32)))
}
