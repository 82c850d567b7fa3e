//! The page and the tables beside it, into the folder of the study.

use std::path::PathBuf;

use super::{PageError, networks_csv, page, pairs_csv};
use crate::{
    record::{RecordError, write_text},
    records::{CollectError, Store, collect},
    run::Times,
    verdict::{Summary, SummaryError, summary},
};

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The records are not all there.
    #[error(transparent)]
    Collect(#[from] CollectError),
    /// The records do not give the statistic.
    #[error(transparent)]
    Summary(#[from] SummaryError),
    /// The page could not be made.
    #[error(transparent)]
    Page(#[from] PageError),
    /// A file could not be written.
    #[error(transparent)]
    Write(#[from] RecordError),
}

/// What was written.
#[derive(Clone, Debug)]
pub struct Written {
    /// The page.
    pub page: PathBuf,
    /// The whole answer.
    pub summary: Summary,
}

/// Makes `report.html`, `summary.json`, `networks.csv` and `pairs.csv` in the folder of a study, from its records alone.
///
/// With `with_times`, the page shows how long each step took (from `times.log`), and is then no longer the same bytes for
/// every run of one seed.
///
/// # Errors
/// See [`ReportError`].
pub fn write(store: &Store, with_times: bool) -> Result<Written, ReportError> {
    let collected = collect(store)?;
    let summary = summary(&collected)?;
    let times = with_times.then(|| Times::read(store.root()));
    let text = page(&collected, &summary, times.as_ref())?;
    let place = |name: &str| store.root().join(name);
    crate::record::write(&place("summary.json"), &summary)?;
    write_text(&place("networks.csv"), &networks_csv(&collected, &summary))?;
    write_text(&place("pairs.csv"), &pairs_csv(&collected))?;
    let path = place("report.html");
    write_text(&path, &text)?;
    Ok(Written { page: path, summary })
}
