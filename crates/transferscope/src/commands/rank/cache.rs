//! Features and outputs that were computed once, found again by what they were computed from.

use std::path::{Path, PathBuf};

use transferscope_lab::{
    data::{Compression, DataError, NpzFile, NpzWriter},
    deviate::Rows,
    observed::Observed,
};
use transferscope_study::record;

use crate::{commands::subjects::data_failure, exit::Failure};

/// A folder of npz files, each named after the network, the images and the engine that made it.
pub struct Cache {
    folder: Option<PathBuf>,
}

impl Cache {
    /// A cache in this folder, which is made where it is not there; without a folder nothing is kept.
    ///
    /// # Errors
    /// With exit code 3 where the folder cannot be written.
    pub fn new(folder: Option<&Path>) -> Result<Self, Failure> {
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder).map_err(|error| {
                Failure::bad_input(anyhow::anyhow!("cannot make the folder '{}': {error}", folder.display()))
            })?;
            record::check_writable(&folder.join("writable")).map_err(Failure::bad_input)?;
        }
        Ok(Self { folder: folder.map(Path::to_owned) })
    }

    /// What was kept for this network (its fingerprint), these images (their hash) and this engine.
    ///
    /// A file that is damaged or of another shape is not taken.
    pub fn find(&self, network: &str, images: &str, engine: &str, count: usize) -> Option<Observed> {
        let file = NpzFile::open(&self.place(network, images, engine)?).ok()?;
        let rows = |name: &str| -> Option<Rows> {
            let array = file.array_f64(name).ok()?;
            let &[rows, width] = array.shape.as_slice() else { return None };
            (rows == count && width > 0).then_some(Rows { width, values: array.data })
        };
        let features = match file.contains("features") {
            true => Ok(rows("features")?),
            false => Err("the network has no linear head, so it has no penultimate features".to_owned()),
        };
        Some(Observed { logits: rows("logits")?, features })
    }

    /// Keeps what was computed.
    ///
    /// # Errors
    /// With exit code 3 where the disk refuses.
    pub fn keep(&self, network: &str, images: &str, engine: &str, observed: &Observed) -> Result<(), Failure> {
        let Some(place) = self.place(network, images, engine) else { return Ok(()) };
        let write = || -> Result<(), DataError> {
            let mut file = NpzWriter::create(&place, Compression::Stored)?;
            let logits = &observed.logits;
            file.array("logits", &[logits.count(), logits.width], logits.values.as_slice())?;
            if let Ok(features) = &observed.features {
                file.array("features", &[features.count(), features.width], features.values.as_slice())?;
            }
            file.finish()
        };
        write().map_err(data_failure)
    }

    fn place(&self, network: &str, images: &str, engine: &str) -> Option<PathBuf> {
        // Half of each hash: 128 bits cannot meet by accident, and the name stays readable.
        let half = |hash: &str| hash.chars().take(32).collect::<String>();
        let version = env!("CARGO_PKG_VERSION");
        Some(self.folder.as_ref()?.join(format!("{}-{}-{engine}-{version}.npz", half(network), half(images))))
    }
}
