//! Which exit code belongs to an error of training or transfer.

use transferscope_lab::{
    data::DataError,
    training::{CheckpointError, FitError, TransferError},
};

use crate::{commands::subjects::data_failure, exit::Failure};

/// The exit code that belongs to an error of training.
pub fn fit_failure(error: FitError) -> Failure {
    match error {
        FitError::Stopped => Failure::interrupted(),
        FitError::Recipe(_) | FitError::NoTest | FitError::NoDropout(_) => Failure::usage(error),
        FitError::Data(error) => data_failure(error),
        FitError::Checkpoint(CheckpointError::Data(error)) => data_failure(error),
        FitError::Checkpoint(_)
        | FitError::Contract(_)
        | FitError::NoLabels(_)
        | FitError::OneClass(_)
        | FitError::OneClassOfSamples
        | FitError::NoValidation
        | FitError::Classes { .. } => Failure::bad_input(error),
        FitError::Graph(_)
        | FitError::Engine(_)
        | FitError::Array(_)
        | FitError::Threads(_)
        | FitError::Diverged { .. } => Failure::not_possible(error),
    }
}

/// A run that was stopped and keeps checkpoints.
pub fn kept_in(folder: &std::path::Path) -> Failure {
    Failure {
        error: anyhow::anyhow!(
            "interrupted; the finished epochs are kept in '{}': the same command with --resume goes on from there",
            folder.display()
        ),
        ..Failure::interrupted()
    }
}

/// The exit code that belongs to an error of transfer.
pub fn transfer_failure(error: TransferError) -> Failure {
    match error {
        TransferError::Fit(error) => fit_failure(error),
        TransferError::Data(error) => data_failure(error),
        TransferError::Plan(_) => Failure::usage(error),
        TransferError::Graph(_) | TransferError::Contract(_) | TransferError::TestData { .. } => {
            Failure::bad_input(error)
        }
        TransferError::Text(error) => crate::commands::text::text_failure(*error),
        TransferError::Engine(_)
        | TransferError::Logistic(_)
        | TransferError::Twin(_)
        | TransferError::Array(_)
        | TransferError::AllDiverged(_) => Failure::not_possible(error),
    }
}

/// Refuses an output that could not be written, before the work.
pub fn check_writable(path: Option<&std::path::Path>) -> Result<(), Failure> {
    let Some(path) = path else { return Ok(()) };
    transferscope_lab::data::AtomicFile::create(path).map(drop).map_err(|error: DataError| Failure::bad_input(error))
}
