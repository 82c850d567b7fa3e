//! Why a study could not be run.

use transferscope_lab::{
    deviate::DeviateError,
    subject::SubjectError,
    text::TextError,
    training::{FitError, TransferError},
    twin::TwinError,
};
use transferscope_network::{contract::ContractError, graph::GraphError, zoo::ZooError};
use transferscope_theory::statistics::EstimateError;

use crate::{
    measurement::MeasurementError,
    plan::{Problem, SketchError},
    records::StoreError,
};

/// Why a study could not be run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A mistake in the study that only the data could show.
    #[error("{0}")]
    Problem(Problem),
    /// The folder failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A network could not be trained.
    #[error("{cell}: {source}")]
    Fit {
        /// The cell.
        cell: String,
        /// Why not.
        source: FitError,
    },
    /// A network could not be carried over.
    #[error("{cell}: {source}")]
    Transfer {
        /// The cell.
        cell: String,
        /// Why not.
        source: TransferError,
    },
    /// A pair could not be attacked.
    #[error("{cell}: {source}")]
    Deviate {
        /// The cell.
        cell: String,
        /// Why not.
        source: DeviateError,
    },
    /// A pair could not be measured.
    #[error("{cell}: {source}")]
    Measure {
        /// The cell.
        cell: String,
        /// Why not.
        source: MeasurementError,
    },
    /// A network cannot be run.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// An untrained network could not be made.
    #[error(transparent)]
    Twin(#[from] TwinError),
    /// An architecture could not be built.
    #[error(transparent)]
    Zoo(#[from] ZooError),
    /// A network of the study could not be sketched.
    #[error(transparent)]
    Sketch(#[from] SketchError),
    /// Sentences could not be read or attacked.
    #[error("{cell}: {source}")]
    Text {
        /// The cell.
        cell: String,
        /// Why not.
        source: TextError,
    },
    /// A graph cannot be used.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A contract cannot be attached.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// A number is no estimate.
    #[error(transparent)]
    Estimate(#[from] EstimateError),
    /// A picture could not be made.
    #[error("a picture could not be made: {0}")]
    Picture(String),
    /// A cell that another needs is missing.
    #[error("'{needed}' is missing, which '{cell}' needs; run the study again, and it is made")]
    Missing {
        /// The cell that needs it.
        cell: String,
        /// What it needs.
        needed: String,
    },
    /// The user stopped it.
    #[error("stopped: what is finished is kept, and the same command goes on from there")]
    Stopped,
}

impl RunError {
    pub(super) fn fit(cell: &str, source: FitError) -> Self {
        match source {
            FitError::Stopped => Self::Stopped,
            source => Self::Fit { cell: cell.to_owned(), source },
        }
    }

    pub(super) fn transfer(cell: &str, source: TransferError) -> Self {
        match source {
            TransferError::Fit(FitError::Stopped) => Self::Stopped,
            source => Self::Transfer { cell: cell.to_owned(), source },
        }
    }

    pub(super) fn text(cell: &str, source: TextError) -> Self {
        match source {
            TextError::Deviate(DeviateError::Stopped) => Self::Stopped,
            source => Self::Text { cell: cell.to_owned(), source },
        }
    }

    pub(super) fn deviate(cell: &str, source: DeviateError) -> Self {
        match source {
            DeviateError::Stopped => Self::Stopped,
            source => Self::Deviate { cell: cell.to_owned(), source },
        }
    }
}
