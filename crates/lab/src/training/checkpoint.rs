//! Everything that a run needs to go on after it was ended at any moment, in one npz that appears whole or not at all.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use transferscope_engine::trainable::Trained;
use transferscope_network::{array::Array, graph::Graph};

use super::{Epoch, Recipe, Samples, Share};
use crate::data::{AtomicFile, Compression, DataError, NpzFile, NpzWriter};

/// Where a run keeps its checkpoint.
#[derive(Clone, Copy, Debug)]
pub struct Checkpointing<'a> {
    /// The folder; made where it is missing. One run a folder.
    pub folder: &'a Path,
    /// Go on from the checkpoint that is there, if one is; otherwise a checkpoint that is there is refused.
    pub resume: bool,
}

/// Why a checkpoint could not be written or gone on from.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file system refused, or the file is damaged.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The folder cannot be made.
    #[error("the folder '{folder}' for the checkpoint cannot be made: {source}")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is one, and nobody asked to go on from it.
    #[error("'{0}' is there already: resume that run, or give another folder")]
    Exists(PathBuf),
    /// It belongs to another run.
    #[error(
        "'{path}' is of another run: its {what} differs from this one's; \
         repeat the command that began it, or give another folder"
    )]
    OtherRun {
        /// The file.
        path: PathBuf,
        /// What differs.
        what: &'static str,
    },
    /// It does not hold what a checkpoint holds.
    #[error("'{path}' is no checkpoint of this version: {problem}; remove it to start again")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// What makes two runs the same run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Identity {
    recipe: Recipe,
    trained: String,
    network: String,
    data: String,
    test: Option<String>,
}

impl Identity {
    pub(super) fn new(
        recipe: &Recipe,
        trained: &Trained,
        graph: &Graph,
        data: &dyn Samples,
        test: Option<&dyn Samples>,
    ) -> Self {
        Self {
            recipe: *recipe,
            trained: format!("{trained:?}"),
            network: fingerprint(graph),
            data: data.fingerprint(),
            test: test.map(Samples::fingerprint),
        }
    }

    /// What differs first between two runs.
    fn difference(&self, other: &Self) -> Option<&'static str> {
        [
            (self.recipe != other.recipe, "recipe"),
            (self.trained != other.trained, "choice of trained weights"),
            (self.network != other.network, "network or its initial weights"),
            (self.data != other.data, "training data"),
            (self.test != other.test, "test data"),
        ]
        .into_iter()
        .find_map(|(differs, what)| differs.then_some(what))
    }
}

fn fingerprint(graph: &Graph) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{:?}", graph.structure()));
    for (_, name, array) in graph.weights() {
        hash.update(name);
        array.data().iter().for_each(|number| hash.update(number.to_le_bytes()));
    }
    hexadecimal(hash)
}

pub(super) fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How far a run is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Standing {
    /// The epochs that are done.
    pub history: Vec<Epoch>,
    /// The best epoch so far (from 1), and what it gave on the images that select.
    pub best: Option<(usize, Option<Share>)>,
    /// Whether the patience has run out.
    pub out_of_patience: bool,
}

/// Named arrays.
pub(super) type Arrays = Vec<(String, Array<f32>)>;

/// A run between two epochs.
#[derive(Clone, Debug)]
pub(super) struct Checkpoint {
    pub standing: Standing,
    pub weights: Arrays,
    pub best: Arrays,
    pub optimizer: Arrays,
}

#[derive(Serialize, Deserialize)]
struct Head {
    version: u32,
    identity: Identity,
    standing: Standing,
}

const VERSION: u32 = 1;
const FILE: &str = "checkpoint.npz";
const HEAD: &str = "run";
/// Groups of arrays, as prefixes of their names.
const WEIGHT: &str = "weight.";
const BEST: &str = "best.";
const OPTIMIZER: &str = "optimizer.";

/// The checkpoint of one run.
pub(super) struct Keeper {
    path: PathBuf,
    identity: Identity,
}

impl Keeper {
    /// Makes the folder, and gives the checkpoint to go on from, if there is one.
    pub(super) fn open(
        place: Checkpointing<'_>,
        identity: Identity,
    ) -> Result<(Self, Option<Checkpoint>), CheckpointError> {
        std::fs::create_dir_all(place.folder)
            .map_err(|source| CheckpointError::Folder { folder: place.folder.to_owned(), source })?;
        let keeper = Self { path: place.folder.join(FILE), identity };
        if !keeper.path.exists() {
            // Whether it can be written is known before the work begins.
            drop(AtomicFile::create(&keeper.path)?);
            return Ok((keeper, None));
        }
        if !place.resume {
            return Err(CheckpointError::Exists(keeper.path));
        }
        let found = keeper.read()?;
        Ok((keeper, Some(found)))
    }

    fn damaged(&self, problem: impl std::fmt::Display) -> CheckpointError {
        CheckpointError::Damaged { path: self.path.clone(), problem: problem.to_string() }
    }

    fn read(&self) -> Result<Checkpoint, CheckpointError> {
        let file = NpzFile::open(&self.path)?;
        if !file.contains(HEAD) {
            return Err(self.damaged(format!("it has no array '{HEAD}'")));
        }
        let head: Head = serde_json::from_slice(&file.array_u8(HEAD)?.data).map_err(|error| self.damaged(error))?;
        if head.version != VERSION {
            return Err(self.damaged(format!("it has version {}, expected {VERSION}", head.version)));
        }
        if let Some(what) = head.identity.difference(&self.identity) {
            return Err(CheckpointError::OtherRun { path: self.path.clone(), what });
        }
        let group = |prefix: &str| -> Result<Arrays, CheckpointError> {
            file.names()
                .into_iter()
                .filter_map(|full| Some((full, full.strip_prefix(prefix)?)))
                .map(|(full, name)| {
                    let read = file.array_f32(full)?;
                    let array = Array::new(read.shape, read.data).map_err(|error| self.damaged(error))?;
                    Ok((name.to_owned(), array))
                })
                .collect()
        };
        Ok(Checkpoint {
            standing: head.standing,
            weights: group(WEIGHT)?,
            best: group(BEST)?,
            optimizer: group(OPTIMIZER)?,
        })
    }

    /// Puts a checkpoint in the place of the last one.
    pub(super) fn write(&self, checkpoint: &Checkpoint) -> Result<(), CheckpointError> {
        let head = Head { version: VERSION, identity: self.identity.clone(), standing: checkpoint.standing.clone() };
        let text = serde_json::to_vec(&head).map_err(|error| self.damaged(error))?;
        let mut file = NpzWriter::create(&self.path, Compression::Stored)?;
        file.array(HEAD, &[text.len()], text.as_slice())?;
        for (prefix, arrays) in
            [(WEIGHT, &checkpoint.weights), (BEST, &checkpoint.best), (OPTIMIZER, &checkpoint.optimizer)]
        {
            for (name, array) in arrays {
                file.array(&format!("{prefix}{name}"), array.shape(), array.data())?;
            }
        }
        Ok(file.finish()?)
    }
}
