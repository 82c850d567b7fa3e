//! Why a transfer failed.

use transferscope_engine::EngineError;
use transferscope_network::{array::ArrayError, contract::ContractError, graph::GraphError};
use transferscope_theory::logistic::LogisticError;

use crate::{
    data::DataError,
    deviate::DeviateError,
    text::TextError,
    training::{FitError, RecipeError},
    twin::TwinError,
};

/// Why a transfer failed.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// Sentences could not be read by a network.
    #[error(transparent)]
    Text(Box<TextError>),
    /// Training failed.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// The plan is out of range.
    #[error(transparent)]
    Plan(#[from] RecipeError),
    /// The graph has no head to replace.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// Numbers do not make up an array (a bug of ours).
    #[error(transparent)]
    Array(#[from] ArrayError),
    /// The contract cannot be attached.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The regression failed.
    #[error("the regression on features: {0}")]
    Logistic(#[from] LogisticError),
    /// The untrained twin could not be made.
    #[error(transparent)]
    Twin(#[from] TwinError),
    /// The data failed.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Training and test data are not of one kind.
    #[error(
        "training and test data must have the same {what}, but the training data have {train} and the test data {test}"
    )]
    TestData {
        /// What differs.
        what: &'static str,
        /// Of the training data.
        train: String,
        /// Of the test data.
        test: String,
    },
    /// Every learning rate diverged.
    #[error("training diverged at every learning rate that was tried ({0}); give smaller --rates")]
    AllDiverged(String),
}

impl From<TextError> for TransferError {
    /// What was stopped is told as training tells it.
    fn from(error: TextError) -> Self {
        match error {
            TextError::Deviate(DeviateError::Stopped) => FitError::Stopped.into(),
            error => Self::Text(Box::new(error)),
        }
    }
}
