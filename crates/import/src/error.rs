//! Why a network could not be loaded or written, in sentences that say what to do next.

use std::{io, path::PathBuf};

use transferscope_network::{
    contract::{ContractError, TextContractError},
    graph::GraphError,
    zoo::ZooError,
};

use crate::state_dict::Mismatch;

/// Why a network could not be loaded or written.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file is not there.
    #[error("there is no file '{}'; check the name and the folder", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A folder stands where a file is wanted.
    #[error("'{}' is not a file; give the file itself", path.display())]
    NotAFile {
        /// What was given.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot {action} '{}': {source}", path.display())]
    Io {
        /// What was tried: "read", "write".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file is damaged, cut short, or of another kind than it should be.
    #[error("'{}' cannot be read as {kind}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What it was read as.
        kind: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The file claims more than it can hold, or more than this program takes.
    #[error("'{}' is refused: {reason}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// What is too large, and the limit.
        reason: String,
    },
    /// An operator of an ONNX file that is not read.
    #[error(
        "'{}' cannot be read: the operator {operator} (opset {opset}) of its node '{node}' is not supported{reason}; \
         docs/operators.md lists what is",
        path.display()
    )]
    UnsupportedOperator {
        /// The file.
        path: PathBuf,
        /// The operator, with its domain where it is not ONNX's own.
        operator: String,
        /// The node.
        node: String,
        /// The version of the operator set.
        opset: i64,
        /// In which respect it is not supported, where the operator as such is.
        reason: String,
    },
    /// The weights are not those of the architecture.
    #[error(transparent)]
    Mismatch(#[from] Box<Mismatch>),
    /// The file's graph does not fit together, or its weights are not numbers.
    #[error("the network of '{}' cannot be used: {source}", path.display())]
    Graph {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        source: GraphError,
    },
    /// A variance of batch normalization that has no root.
    #[error(
        "the network of '{}' cannot be used: the variance '{name}' is not positive at position {position}; the file is damaged",
        path.display()
    )]
    Variance {
        /// The file.
        path: PathBuf,
        /// The weight.
        name: String,
        /// Where in row-major order.
        position: usize,
    },
    /// A graph cannot be made from its own parts.
    #[error(transparent)]
    OwnGraph(#[from] GraphError),
    /// A text network that is not what its folder says.
    #[error("the text network of '{}' cannot be used: {source}", path.display())]
    TextContract {
        /// The folder.
        path: PathBuf,
        /// What differs.
        source: TextContractError,
    },
    /// The graph does not keep its contract.
    #[error("the contract of {network} does not fit: {source}")]
    Contract {
        /// The network, as it was asked for.
        network: String,
        /// What does not fit.
        source: ContractError,
    },
    /// Nobody says what the network wants to be shown.
    #[error(
        "'{}' does not say what its input means; add #contract=raw (pixels from 0 to 1 as they are), #contract=half \
         (mean and std 0.5) or #contract=imagenet, or describe it in '{}'",
        path.display(),
        sidecar.display()
    )]
    NoContract {
        /// The file.
        path: PathBuf,
        /// Where a description would be found.
        sidecar: PathBuf,
    },
    /// The named contract cannot be made for this network.
    #[error("contract={contract} cannot be used for {network}: {reason}")]
    ContractShape {
        /// The contract's name.
        contract: &'static str,
        /// The network, as it was asked for.
        network: String,
        /// Why not.
        reason: String,
    },
    /// A file with weights alone where a network is wanted.
    #[error(
        "'{}' holds weights but no graph; say which architecture they belong to: ZOO_NAME@{}",
        path.display(),
        path.display()
    )]
    WeightsAlone {
        /// The file.
        path: PathBuf,
    },
    /// A network that must be trained before it can be used.
    #[error("{network} has to be trained first: its weights are in no file")]
    NotTrained {
        /// The network, as it was asked for.
        network: String,
    },
    /// A setting that the architecture refuses.
    #[error(transparent)]
    Zoo(#[from] ZooError),
}
