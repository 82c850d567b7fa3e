//! From a checked request to a network: graph, weights, contract, and where each came from.

use std::path::{Path, PathBuf};

use serde::Serialize;
use transferscope_network::{
    contract::Contract,
    graph::Graph,
    passes::{final_probabilities, without_final_probabilities},
    zoo::{self, Settings},
};

use super::{
    NetworkRequest, NetworkSource, NetworkSpec, Weights,
    contract_choice::{sidecar, sidecar_path},
    request::ending,
};
use crate::{
    ImportError, input_file, onnx, pytorch,
    safetensors::{self, Contents},
    state_dict::{default_classes, fill, with_zoo_names},
};

/// A network that is ready to be used.
#[derive(Clone, Debug)]
pub struct LoadedNetwork {
    /// A short name for tables: the zoo's, or the file's without its ending.
    pub name: String,
    /// What was typed.
    pub spec: NetworkSpec,
    /// The network itself; its input is what the contract describes.
    pub graph: Graph,
    /// What it wants to be shown; checked against the graph.
    pub contract: Contract,
    /// The family of its architecture, where it is one of the zoo.
    pub family: Option<String>,
    /// Where the weights come from.
    pub weights_origin: WeightsOrigin,
    /// What a person should know, one sentence each.
    pub notes: Vec<String>,
}

/// Where the weights of a network come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum WeightsOrigin {
    /// Fresh from a seed: never trained.
    Fresh {
        /// The seed.
        seed: u64,
    },
    /// A file.
    File {
        /// Its path as it was typed.
        path: PathBuf,
        /// SHA-256 of its bytes, in hexadecimal.
        sha256: String,
    },
    /// Trained by this program on the embedded digits.
    TrainedOnDigits {
        /// The seed of weights and order.
        seed: u64,
        /// Passes over the images.
        epochs: u32,
    },
}

/// As many classes as the public sets that the zoo was made for have.
const DEFAULT_CLASSES: usize = 10;

/// Loads a network.
///
/// # Errors
/// Where a file is missing, damaged, or holds another network's weights; where nobody says the contract; and for
/// [`Weights::TrainedOnDigits`], which must be trained by the caller from what [`load_fresh`] gives.
pub fn load(request: &NetworkRequest) -> Result<LoadedNetwork, ImportError> {
    match &request.source {
        NetworkSource::File(path) => from_file(request, path),
        NetworkSource::Zoo { weights: Weights::File(path), .. } => with_weights(request, path),
        NetworkSource::Zoo { weights: Weights::Fresh { .. }, .. } => load_fresh(request),
        NetworkSource::Zoo { weights: Weights::TrainedOnDigits { .. }, .. } => {
            Err(ImportError::NotTrained { network: request.spec.to_string() })
        }
    }
}

/// The architecture of a request with fresh weights, whatever weights were asked for: what training starts from.
///
/// The seed is the request's (0 where it has none), the classes those asked for, else 10.
///
/// # Errors
/// Where the request is for a file, which has no other weights than its own, or a setting is out of range.
pub fn load_fresh(request: &NetworkRequest) -> Result<LoadedNetwork, ImportError> {
    let NetworkSource::Zoo { architecture, width, classes, weights } = &request.source else {
        return Err(ImportError::NotTrained { network: request.spec.to_string() });
    };
    let seed = match weights {
        Weights::Fresh { seed } | Weights::TrainedOnDigits { seed, .. } => *seed,
        Weights::File(_) => 0,
    };
    let settings = Settings { classes: classes.unwrap_or(DEFAULT_CLASSES), width: *width, seed };
    let graph = architecture.build(&settings)?;
    let notes = vec![format!("the weights of {} are fresh from seed {seed}: it was never trained", request.spec)];
    let own = Some((architecture.contract(settings.classes), None));
    finished(request, architecture.name, graph, own, WeightsOrigin::Fresh { seed }, notes)
}

fn with_weights(request: &NetworkRequest, path: &Path) -> Result<LoadedNetwork, ImportError> {
    let NetworkSource::Zoo { architecture, width, classes, .. } = &request.source else {
        return from_file(request, path);
    };
    let dict = match ending(path).as_str() {
        "safetensors" => safetensors::read_state_dict(path)?,
        _ => pytorch::read(path)?,
    };
    let dict = with_zoo_names(dict, architecture);
    let classes = classes.or_else(|| default_classes(architecture, &dict)).unwrap_or(DEFAULT_CLASSES);
    let graph = fill(architecture, &Settings { classes, width: *width, seed: 0 }, &dict)?;
    let origin = WeightsOrigin::File { path: path.to_owned(), sha256: input_file::sha256(path)? };
    let own = match sidecar(path)? {
        Some(contract) => Some((contract, Some(sidecar_path(path)))),
        None => Some((architecture.contract(classes), None)),
    };
    finished(request, architecture.name, graph, own, origin, dict.notes)
}

fn from_file(request: &NetworkRequest, path: &Path) -> Result<LoadedNetwork, ImportError> {
    let beside = || sidecar(path).map(|contract| contract.map(|contract| (contract, Some(sidecar_path(path)))));
    let no_contract = || ImportError::NoContract { path: path.to_owned(), sidecar: sidecar_path(path) };
    let (graph, own, mut notes) = if ending(path) == "onnx" {
        let own = beside()?;
        // Said before the file is read, which may take a while.
        input_file::size(path)?;
        if own.is_none() && request.contract.is_none() {
            return Err(no_contract());
        }
        let size = request.size.or(own.as_ref().map(|(contract, _)| [contract.height, contract.width]));
        let network = onnx::read(path, size)?;
        (network.graph, own, network.notes)
    } else {
        let network = match safetensors::read(path)? {
            Contents::Network(network) => network,
            Contents::Weights(_) => return Err(ImportError::WeightsAlone { path: path.to_owned() }),
        };
        let own = network.contract.map_or_else(beside, |contract| Ok(Some((contract, None))))?;
        (network.graph, own, network.notes)
    };
    let origin = WeightsOrigin::File { path: path.to_owned(), sha256: input_file::sha256(path)? };
    if own.is_none() && request.contract.is_none() {
        return Err(no_contract());
    }
    let graph = logits(request, graph, &mut notes)?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    finished(request, &name, graph, own, origin, notes)
}

/// Notices a network that ends in probabilities, and cuts it to logits where that was asked for.
fn logits(request: &NetworkRequest, graph: Graph, notes: &mut Vec<String>) -> Result<Graph, ImportError> {
    match (final_probabilities(&graph), request.cut_to_logits) {
        (Some(ending), true) => {
            notes.push(format!("the {ending} at the end was cut off, as outputs=logits asks for"));
            Ok(without_final_probabilities(&graph)?)
        }
        (Some(ending), false) => {
            notes.push(format!(
                "the network ends in a {ending}: its outputs are probabilities, not logits, and measures of deviations \
                 mean something else on them; add outputs=logits to the settings to use what stands before it, which is \
                 their logarithm up to one number an image"
            ));
            Ok(graph)
        }
        (None, true) => {
            notes
                .push("the network does not end in a softmax or sigmoid, so outputs=logits changed nothing".to_owned());
            Ok(graph)
        }
        (None, false) => Ok(graph),
    }
}

/// Settles the contract: the one asked for by name goes before the network's own (with the sidecar it comes from).
fn finished(
    request: &NetworkRequest,
    name: &str,
    graph: Graph,
    own: Option<(Contract, Option<PathBuf>)>,
    weights_origin: WeightsOrigin,
    mut notes: Vec<String>,
) -> Result<LoadedNetwork, ImportError> {
    let network = request.spec.to_string();
    let contract = match (request.contract, own) {
        (Some(named), own) => {
            let contract = named.for_graph(&graph, &network)?;
            if own.is_some_and(|(own, _)| own != contract) {
                notes.push(format!("contract={} was asked for in place of the network's own contract", named.name()));
            }
            contract
        }
        (None, Some((contract, sidecar))) => {
            if let Some(sidecar) = sidecar {
                notes.push(format!("the contract is that of '{}'", sidecar.display()));
            }
            contract
        }
        (None, None) => {
            let path = PathBuf::from(&network);
            return Err(ImportError::NoContract { sidecar: sidecar_path(&path), path });
        }
    };
    contract.check(&graph).map_err(|source| ImportError::Contract { network, source })?;
    let family = zoo::find(graph.name()).ok().map(|architecture| architecture.family.to_owned());
    Ok(LoadedNetwork {
        name: name.to_owned(),
        spec: request.spec.clone(),
        graph,
        contract,
        family,
        weights_origin,
        notes,
    })
}
