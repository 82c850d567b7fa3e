//! The cells of a study: pieces of work, each named by a hash of everything that its answer depends on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::Study;

/// The version of the records: part of every hash, raised whenever an answer would come out different.
pub const RECORD_FORMAT: u32 = 1;

/// What is done in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CellKind {
    /// A reference is trained on a target task.
    TrainReference {
        /// Its place in the study.
        reference: usize,
        /// The task.
        task: usize,
        /// The place of its seed.
        seed: usize,
    },
    /// A linear classifier on raw pixels, or on counts of words, of a target task: what needs no network.
    RawPixels {
        /// The task.
        task: usize,
    },
    /// A source is trained.
    TrainSource {
        /// Its place in the study.
        source: usize,
        /// The place of its seed.
        seed: usize,
    },
    /// A source is carried over to a target task.
    Transfer {
        /// Its place in the study.
        source: usize,
        /// The task.
        task: usize,
        /// The place of its seed.
        seed: usize,
    },
    /// The untrained twin of a source is carried over: the floor of the outcome.
    TwinTransfer {
        /// Its place in the study: the first source of this architecture.
        source: usize,
        /// The task.
        task: usize,
        /// The place of its seed.
        seed: usize,
    },
    /// A source and all references of a task are attacked and measured against each other.
    Pair {
        /// Its place in the study.
        source: usize,
        /// The task.
        task: usize,
        /// The place of its seed.
        seed: usize,
    },
    /// A few images: clean, perturbed, and what each network said.
    Examples {
        /// The task.
        task: usize,
    },
}

/// One piece of work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// What is done.
    pub kind: CellKind,
    /// What people read, and the start of its file's name.
    pub name: String,
    /// SHA-256 over everything that its answer depends on.
    pub hash: String,
    /// The source it belongs to, where it belongs to one: what shards share out.
    pub source: Option<usize>,
}

/// Fingerprints of the data of a study: of each source's training and test images, of each task's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprints {
    /// Training and test images, by source.
    pub sources: Vec<[String; 2]>,
    /// Training and test images, by task.
    pub tasks: Vec<[String; 2]>,
    /// Networks that were found in folders, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pretrained: BTreeMap<String, String>,
}

/// All cells of a study in an order in which each comes after those it needs. `engine` names how networks are run.
#[must_use]
pub fn cells(study: &Study, data: &Fingerprints, engine: &str) -> Vec<Cell> {
    let maker = Maker { study, data, engine };
    let mut cells = Vec::new();
    for task in 0..study.tasks.len() {
        for reference in 0..study.references.len() {
            for seed in 0..study.reference_seeds.len() {
                cells.push(maker.cell(CellKind::TrainReference { reference, task, seed }));
            }
        }
        cells.push(maker.cell(CellKind::RawPixels { task }));
    }
    // Seed by seed, so that an interrupted study has all networks at one seed before it has any at the next.
    for seed in 0..study.seeds.len() {
        for source in 0..study.sources.len() {
            cells.push(maker.cell(CellKind::TrainSource { source, seed }));
            for task in 0..study.tasks.len() {
                if twin_of(study, source) == source {
                    cells.push(maker.cell(CellKind::TwinTransfer { source, task, seed }));
                }
                cells.push(maker.cell(CellKind::Transfer { source, task, seed }));
                cells.push(maker.cell(CellKind::Pair { source, task, seed }));
            }
        }
    }
    for task in 0..study.tasks.len() {
        cells.push(maker.cell(CellKind::Examples { task }));
    }
    cells
}

/// The first source of the same architecture and width: their untrained twins are one. Of text networks of the zoo, those that
/// read the same training texts: the twin knows their words; the network of a folder knows its own.
#[must_use]
pub fn twin_of(study: &Study, source: usize) -> usize {
    let same = |one: &super::SourceNetwork| {
        let own = &study.sources[source];
        let same_texts = one.data.is_same(&own.data) && one.recipe.images == own.recipe.images;
        let same_words = !study.learns_words(&own.network) || same_texts;
        one.network == own.network && one.width.to_bits() == own.width.to_bits() && same_words
    };
    study.sources.iter().position(same).unwrap_or(source)
}

struct Maker<'a> {
    study: &'a Study,
    data: &'a Fingerprints,
    engine: &'a str,
}

impl Maker<'_> {
    fn cell(&self, kind: CellKind) -> Cell {
        let study = self.study;
        let source = match kind {
            CellKind::TrainSource { source, .. }
            | CellKind::Transfer { source, .. }
            | CellKind::TwinTransfer { source, .. }
            | CellKind::Pair { source, .. } => Some(source),
            _ => None,
        };
        let task = |task: usize| study.tasks[task].name.as_str();
        let name = match kind {
            CellKind::TrainReference { reference, task: at, seed } => {
                format!("reference-{}-{}-{}", study.references[reference].name, task(at), study.reference_seeds[seed])
            }
            CellKind::RawPixels { task: at } if study.reading.is_some() => format!("words-{}", task(at)),
            CellKind::RawPixels { task: at } => format!("pixels-{}", task(at)),
            CellKind::TrainSource { source, seed } => {
                format!("source-{}-{}", study.sources[source].name, study.seeds[seed])
            }
            CellKind::Transfer { source, task: at, seed } => {
                format!("transfer-{}-{}-{}", study.sources[source].name, task(at), study.seeds[seed])
            }
            CellKind::TwinTransfer { source, task: at, seed } => {
                format!("twin-{}-{}-{}", study.sources[source].name, task(at), study.seeds[seed])
            }
            CellKind::Pair { source, task: at, seed } => {
                format!("pair-{}-{}-{}", study.sources[source].name, task(at), study.seeds[seed])
            }
            CellKind::Examples { task: at } => format!("examples-{}", task(at)),
        };
        let mut inputs = json!({ "format": RECORD_FORMAT, "name": name, "inputs": self.inputs(kind) });
        if let Some(reading) = &study.reading {
            inputs["reading"] = json!(reading);
        }
        let hash = Sha256::digest(inputs.to_string()).iter().map(|byte| format!("{byte:02x}")).collect();
        Cell { kind, name, hash, source }
    }

    fn inputs(&self, kind: CellKind) -> serde_json::Value {
        let (study, data) = (self.study, self.data);
        // A network of the zoo is its name; one from a folder is what was found there.
        let network_of = |name: &str| match data.pretrained.get(name) {
            None => json!(name),
            Some(found) => json!({ "pretrained": found }),
        };
        let trained_source = |source: usize, seed: usize| {
            let network = &study.sources[source];
            json!({
                "network": network_of(&network.network), "width": network.width, "transform": network.transform,
                "untrained": network.untrained, "recipe": network.recipe, "seed": study.seeds[seed],
                "data": data.sources[source], "engine": self.engine,
            })
        };
        let trained_reference = |reference: usize, task: usize, seed: usize| {
            let network = &study.references[reference];
            json!({
                "network": network_of(&network.network), "width": network.width, "recipe": network.recipe,
                "seed": study.reference_seeds[seed], "data": data.tasks[task], "engine": self.engine,
            })
        };
        let images = |task: usize| json!({ "data": data.tasks[task], "alpha_images": study.alpha_images });
        let references = |task: usize| -> Vec<serde_json::Value> {
            (0..study.references.len())
                .flat_map(|one| (0..study.reference_seeds.len()).map(move |seed| trained_reference(one, task, seed)))
                .collect()
        };
        match kind {
            CellKind::TrainReference { reference, task, seed } => {
                json!({ "trained": trained_reference(reference, task, seed), "images": images(task) })
            }
            CellKind::RawPixels { task } => json!({ "images": images(task), "transfer": study.transfer }),
            CellKind::TrainSource { source, seed } => trained_source(source, seed),
            CellKind::Transfer { source, task, seed } => json!({
                "trained": trained_source(source, seed), "images": images(task), "transfer": study.transfer,
            }),
            CellKind::TwinTransfer { source, task, seed } => {
                let mut inputs = json!({
                    "network": network_of(&study.sources[source].network), "width": study.sources[source].width,
                    "seed": study.seeds[seed], "images": images(task), "transfer": study.transfer, "engine": self.engine,
                });
                if study.learns_words(&study.sources[source].network) {
                    inputs["words"] = json!([data.sources[source], study.sources[source].recipe.images]);
                }
                inputs
            }
            CellKind::Pair { source, task, seed } => json!({
                "source": trained_source(source, seed), "references": references(task), "images": images(task),
                "attack": study.attack,
            }),
            CellKind::Examples { task } => {
                let sources: Vec<serde_json::Value> =
                    (0..study.sources.len()).map(|source| trained_source(source, 0)).collect();
                json!({
                    "sources": sources, "references": references(task), "images": images(task),
                    "attack": study.attack, "eps": study.endpoint.eps,
                })
            }
        }
    }
}
