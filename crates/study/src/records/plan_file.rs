//! The file that says which records belong to a study: what `report` starts from.

use serde::{Deserialize, Serialize};

use crate::plan::{Cell, Fingerprints, Parsed, Study, StudyFile};

/// The plan of a study, as it stands in its folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanFile {
    /// What the file is.
    pub format: String,
    /// Its version.
    pub version: u32,
    /// The profile that was asked for.
    pub profile: Option<String>,
    /// The study as typed, profile and overrides included.
    pub file: StudyFile,
    /// The study, checked.
    pub study: Study,
    /// Fingerprints of the data.
    pub data: Fingerprints,
    /// Images by task: attacked, and scored.
    pub images: Vec<[usize; 2]>,
    /// How networks are run.
    pub engine: String,
    /// The cells.
    pub cells: Vec<Cell>,
}

/// What the file says it is.
pub(crate) const FORMAT: &str = "transferscope.study";
/// Its version; fields may be added within one version, none is renamed.
pub(crate) const VERSION: u32 = 1;

impl PlanFile {
    /// The plan of a study on its data.
    #[must_use]
    pub fn new(
        profile: Option<String>,
        parsed: &Parsed,
        data: Fingerprints,
        images: Vec<[usize; 2]>,
        engine: String,
        cells: Vec<Cell>,
    ) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            profile,
            file: parsed.effective.without_places(),
            study: parsed.study.clone(),
            data,
            images,
            engine,
            cells,
        }
    }

    /// The cell of this kind.
    #[must_use]
    pub fn cell(&self, kind: crate::plan::CellKind) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.kind == kind)
    }
}
