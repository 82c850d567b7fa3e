//! What can be wrong with a matrix that is handed to the linear algebra.

/// Why a matrix could not be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LinearError {
    /// The number of values is not rows times columns.
    #[error("expected {rows} x {columns} = {expected} values, found {found}; check the shape of the array")]
    WrongLength {
        /// Rows that were asked for.
        rows: usize,
        /// Columns that were asked for.
        columns: usize,
        /// Their product.
        expected: usize,
        /// How many values came.
        found: usize,
    },
    /// A value is NaN or infinite.
    #[error("expected finite numbers, found {value} at row {row}, column {column}; remove or repair that entry")]
    NotFinite {
        /// Row of the first such entry.
        row: usize,
        /// Its column.
        column: usize,
        /// What stands there.
        value: f64,
    },
    /// Two matrices do not fit together.
    #[error("expected a matrix with {expected}, found {found_rows} x {found_columns}")]
    WrongShape {
        /// What would have fitted.
        expected: String,
        /// Rows found.
        found_rows: usize,
        /// Columns found.
        found_columns: usize,
    },
    /// A matrix that must be symmetric is not.
    #[error(
        "expected a symmetric matrix, found entries ({row}, {column}) and ({column}, {row}) that differ by {difference:e}; average it with its transpose if that is rounding"
    )]
    NotSymmetric {
        /// Row of the worst pair.
        row: usize,
        /// Column of the worst pair.
        column: usize,
        /// By how much the two differ.
        difference: f64,
    },
    /// A matrix that must be positive semidefinite has a negative eigenvalue.
    #[error(
        "expected a positive semidefinite matrix, found the eigenvalue {smallest:e} below -{tolerance:e}; a weight must not reward errors"
    )]
    NotPositive {
        /// The smallest eigenvalue.
        smallest: f64,
        /// How negative it might have been by rounding.
        tolerance: f64,
    },
    /// The iteration of the library did not converge.
    #[error("the {what} of a {rows} x {columns} matrix did not converge; check the input for extreme values")]
    NoConvergence {
        /// Which decomposition.
        what: &'static str,
        /// Rows of the matrix.
        rows: usize,
        /// Columns of the matrix.
        columns: usize,
    },
}
