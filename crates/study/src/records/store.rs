//! The folder of a study: plan, records, networks, checkpoints, attacks on references.

use std::{
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use transferscope_lab::data::{Compression, DataError, NpzFile, NpzWriter};
use transferscope_network::{
    array::Array,
    graph::{Graph, GraphError},
    passes::reweighted,
};

use super::{PlanFile, Record};
use crate::{
    plan::Cell,
    record::{RecordError, write_text},
};

/// Why the folder of a study cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A folder cannot be made.
    #[error("cannot make the folder '{path}': {source}; give another with --out")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file cannot be read.
    #[error("cannot read '{path}': {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file does not hold what its name says.
    #[error("'{path}' does not hold what its name says: {problem}; remove it, and the next run makes it again")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// There is no plan.
    #[error(
        "'{path}' is not the folder of a study: it has no {PLAN}; start one with: transferscope run STUDY.toml --out DIR"
    )]
    NoPlan {
        /// The folder.
        path: PathBuf,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] RecordError),
    /// The file that says that a cell is worked on cannot be made or locked.
    #[error("cannot claim '{path}': {source}; give another folder with --out")]
    Claim {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file of arrays cannot be written.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Weights do not fit their network.
    #[error(transparent)]
    Graph(#[from] GraphError),
}

const PLAN: &str = "plan.json";
const STUDY: &str = "study.toml";
const RECORDS: &str = "records";
const NETWORKS: &str = "networks";
const CHECKPOINTS: &str = "checkpoints";
const ATTACKS: &str = "attacks";
/// Letters of a hash in the name of a file: 48 bits, enough for a folder; the whole hash is compared inside.
const HASH_LETTERS: usize = 12;

/// The folder of a study.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// Opens the folder for reading.
    #[must_use]
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_path_buf() }
    }

    /// Makes the folder where it is missing, and makes sure that it can be written.
    ///
    /// # Errors
    /// Where it cannot.
    pub fn create(root: &Path) -> Result<Self, StoreError> {
        for folder in [root.to_path_buf(), root.join(RECORDS), root.join(NETWORKS)] {
            std::fs::create_dir_all(&folder).map_err(|source| StoreError::Folder { path: folder.clone(), source })?;
        }
        crate::record::check_writable(&root.join(PLAN))?;
        crate::record::check_writable(&root.join(RECORDS).join(PLAN))?;
        Ok(Self::at(root))
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The plan, where there is one.
    ///
    /// # Errors
    /// Where the file cannot be read or is no plan.
    pub fn plan(&self) -> Result<Option<PlanFile>, StoreError> {
        let plan: Option<PlanFile> = self.read_json(&self.root.join(PLAN))?;
        match plan {
            Some(plan) if plan.format != super::plan_file::FORMAT || plan.version != super::plan_file::VERSION => {
                Err(self.damaged(&self.root.join(PLAN), "it is of another version"))
            }
            plan => Ok(plan),
        }
    }

    /// The plan that a report starts from.
    ///
    /// # Errors
    /// Where there is none.
    pub fn require_plan(&self) -> Result<PlanFile, StoreError> {
        self.plan()?.ok_or_else(|| StoreError::NoPlan { path: self.root.clone() })
    }

    /// Writes the plan, and the study as text that can be run again.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write_plan(&self, plan: &PlanFile, text: &str) -> Result<(), StoreError> {
        write_text(&self.root.join(STUDY), text)?;
        self.write_json(&self.root.join(PLAN), plan, true)
    }

    /// The stored answer of a cell, where there is one. A record of the same name that depends on anything else has
    /// another file, and is never read.
    ///
    /// # Errors
    /// Where a file of the right name holds something else.
    pub fn record(&self, cell: &Cell) -> Result<Option<Record>, StoreError> {
        let path = self.record_path(cell);
        let record: Option<Record> = self.read_json(&path)?;
        match record {
            Some(record) if record.cell != *cell => Err(self.damaged(&path, "it is of another cell")),
            record => Ok(record),
        }
    }

    /// Stores an answer.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write_record(&self, record: &Record) -> Result<(), StoreError> {
        self.write_json(&self.record_path(&record.cell), record, false)
    }

    /// Whether an answer is there.
    #[must_use]
    pub fn has_record(&self, cell: &Cell) -> bool {
        self.record_path(cell).is_file()
    }

    /// Stores the weights of a network; gives the hash of the file.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn write_network(&self, cell: &Cell, graph: &Graph) -> Result<String, StoreError> {
        let path = self.network_path(cell);
        let mut file = NpzWriter::create(&path, Compression::Stored)?;
        for (_, name, array) in graph.weights() {
            file.array(name, array.shape(), array.data())?;
        }
        file.finish()?;
        hash_of(&path)
    }

    /// The network of a cell: `graph` with the weights that were stored. `None` where there are none.
    ///
    /// # Errors
    /// Where the file is damaged or of another network.
    pub fn network(&self, cell: &Cell, graph: &Graph) -> Result<Option<Graph>, StoreError> {
        let path = self.network_path(cell);
        if !path.is_file() {
            return Ok(None);
        }
        let file = NpzFile::open(&path)?;
        let mut weights = Vec::new();
        for (_, name, _) in graph.weights() {
            let read = file.array_f32(name)?;
            let array = Array::new(read.shape, read.data).map_err(|error| self.damaged(&path, &error.to_string()))?;
            weights.push((name.to_owned(), Arc::new(array)));
        }
        Ok(Some(reweighted(graph, weights)?))
    }

    /// Whether the weights of a cell are there.
    #[must_use]
    pub fn has_network(&self, cell: &Cell) -> bool {
        self.network_path(cell).is_file()
    }

    /// Where a cell keeps its checkpoint while it trains.
    #[must_use]
    pub fn checkpoint(&self, cell: &Cell) -> PathBuf {
        self.root.join(CHECKPOINTS).join(stem(cell))
    }

    /// Drops the checkpoint of a finished cell, and the folder of checkpoints with the last of them.
    pub fn drop_checkpoint(&self, cell: &Cell) {
        // What cannot be removed costs room on the disk and nothing else.
        drop(std::fs::remove_dir_all(self.checkpoint(cell)));
    }

    /// Where the attack on a reference is kept while pairs need it.
    ///
    /// # Errors
    /// Where the folder cannot be made.
    pub fn attack_path(&self, cell: &Cell, attack: &str) -> Result<PathBuf, StoreError> {
        let folder = self.root.join(ATTACKS);
        std::fs::create_dir_all(&folder).map_err(|source| StoreError::Folder { path: folder.clone(), source })?;
        Ok(folder.join(format!("{}-{attack}.npz", stem(cell))))
    }

    /// Drops all kept attacks: every pair that needs them is measured.
    pub fn drop_attacks(&self) {
        drop(std::fs::remove_dir_all(self.root.join(ATTACKS)));
        drop(std::fs::remove_dir(self.root.join(CHECKPOINTS)));
    }

    /// Records in the folder that belong to none of these cells.
    #[must_use]
    pub fn strangers(&self, cells: &[Cell]) -> usize {
        let own: std::collections::BTreeSet<PathBuf> = cells.iter().map(|cell| self.record_path(cell)).collect();
        let Ok(entries) = std::fs::read_dir(self.root.join(RECORDS)) else { return 0 };
        let is_record = |path: &Path| path.extension().is_some_and(|ending| ending == "json");
        entries.filter_map(Result::ok).filter(|entry| is_record(&entry.path()) && !own.contains(&entry.path())).count()
    }

    fn record_path(&self, cell: &Cell) -> PathBuf {
        self.root.join(RECORDS).join(format!("{}.json", stem(cell)))
    }

    fn network_path(&self, cell: &Cell) -> PathBuf {
        self.root.join(NETWORKS).join(format!("{}.npz", stem(cell)))
    }

    fn damaged(&self, path: &Path, problem: &str) -> StoreError {
        StoreError::Damaged { path: path.to_path_buf(), problem: problem.to_owned() }
    }

    fn read_json<T: DeserializeOwned>(&self, path: &Path) -> Result<Option<T>, StoreError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(StoreError::Read { path: path.to_path_buf(), source }),
        };
        serde_json::from_str(&text).map(Some).map_err(|error| self.damaged(path, &error.to_string()))
    }

    fn write_json(&self, path: &Path, value: &impl Serialize, pretty: bool) -> Result<(), StoreError> {
        let text = if pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
        let text = text.map_err(|error| self.damaged(path, &error.to_string()))?;
        Ok(write_text(path, &text)?)
    }
}

pub(super) fn stem(cell: &Cell) -> String {
    format!("{}-{}", cell.name, cell.hash.get(..HASH_LETTERS).unwrap_or(&cell.hash))
}

fn hash_of(path: &Path) -> Result<String, StoreError> {
    let read = |source| StoreError::Read { path: path.to_path_buf(), source };
    let mut bytes = Vec::new();
    std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)).map_err(read)?;
    Ok(Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}
