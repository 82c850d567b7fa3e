//! Why a table cannot be re-checked at all.

/// What is wrong with the table itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecheckError {
    /// A row has another number of cells than the header.
    #[error("row {row} ({name}): expected {expected} cells as in the header, found {found}")]
    Ragged {
        /// Row number, from 1, the header not counted.
        row: usize,
        /// Its first cell.
        name: String,
        /// Cells of the header.
        expected: usize,
        /// Cells of the row.
        found: usize,
    },
    /// A cell is neither a number nor one of the marks for a missing value.
    #[error("row {name}, column {column}: expected a number or a missing value (empty, -, NA), found {found:?}")]
    NotANumber {
        /// Network of the row.
        name: String,
        /// Column.
        column: String,
        /// The cell.
        found: String,
    },
    /// The outcome column is not there, or not named.
    #[error("no outcome column {wanted}; the columns are: {columns}; say which one is the outcome")]
    NoOutcome {
        /// What was looked for.
        wanted: String,
        /// What there is.
        columns: String,
    },
    /// Nothing to correlate.
    #[error("expected at least one score column and at least 3 networks, found {scores} and {networks}")]
    TooSmall {
        /// Score columns.
        scores: usize,
        /// Networks.
        networks: usize,
    },
    /// Two columns or two networks share a name.
    #[error("{what} {name:?} stands in the table twice; rename or remove one")]
    Repeated {
        /// Column or network.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A claim row is of a kind that is not known.
    #[error(
        "row {found:?} looks like claimed correlations; expected claimed_pearson, claimed_spearman, claimed_kendall or claimed_weighted_tau"
    )]
    UnknownClaim {
        /// The row name.
        found: String,
    },
}
