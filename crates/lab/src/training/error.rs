//! Why training failed.

use transferscope_engine::EngineError;
use transferscope_network::{array::ArrayError, contract::ContractError, graph::GraphError};

use super::{CheckpointError, RecipeError};
use crate::data::DataError;

/// Why training failed.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// The recipe is out of range.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The data failed.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The graph cannot be used.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// Numbers do not make up an array (a bug of ours).
    #[error(transparent)]
    Array(#[from] ArrayError),
    /// The contract cannot be attached.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// The checkpoint cannot be used.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// There is nothing to learn.
    #[error("training needs labels, but the data '{0}' have none; for npz data, store an array 'labels'")]
    NoLabels(String),
    /// There is nothing to tell apart.
    #[error(
        "training needs images of at least two classes, but the data '{0}' have fewer; check its classes and limit"
    )]
    OneClass(String),
    /// There is nothing to tell apart.
    #[error("training needs samples of at least two classes, but all are of one; check the data's classes and limit")]
    OneClassOfSamples,
    /// Too few images for a validation part.
    #[error(
        "no image of the data can be held out for validation: every class has a single one; \
         give more images or keep the last epoch"
    )]
    NoValidation,
    /// The labels are not the network's.
    #[error("the network has {network} classes, but the data have {data}; set classes={data}")]
    Classes {
        /// Of the network.
        network: usize,
        /// Of the data.
        data: usize,
    },
    /// The recipe keeps the epoch that is best on test images, and there are none.
    #[error("this recipe keeps the epoch that is best on the test images (as the paper does), so it needs test data")]
    NoTest,
    /// The recipe has dropout, and the network no place for it.
    #[error("the network '{0}' has no place for dropout, which text networks of the zoo have; leave dropout at 0")]
    NoDropout(String),
    /// A number is none any more.
    #[error("training diverged in epoch {epoch} ({what}); lower the learning rate (it was {rate}) or warm up longer")]
    Diverged {
        /// The epoch, from 1.
        epoch: usize,
        /// The rate of the step.
        rate: f64,
        /// Where it was seen.
        what: String,
    },
    /// Threads could not be started.
    #[error("threads could not be started: {0}")]
    Threads(String),
    /// The user stopped it.
    #[error("stopped")]
    Stopped,
}
