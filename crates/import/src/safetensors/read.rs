//! Reading a safetensors file: a network where it carries a graph, weights alone where it does not.

use std::{
    collections::{BTreeMap, HashMap},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
};

use half::{bf16, f16};
use safetensors::{
    SafeTensors,
    tensor::{Dtype, TensorView},
};
use transferscope_network::{
    array::Array,
    contract::Contract,
    graph::{Graph, Structure},
};

use super::{
    limits,
    metadata::{CONTRACT_KEY, FORMAT_VERSION, GRAPH_KEY, VERSION_KEY},
};
use crate::{
    ImportError, input_file,
    state_dict::{StateDict, check_variances},
};

const KIND: &str = "safetensors";

/// The largest header that is read: beyond it, parsing would cost more memory than the largest graph needs.
const LARGEST_HEADER: u64 = 64 * 1024 * 1024;

/// What a safetensors file holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Contents {
    /// Weights with the graph that uses them.
    Network(SavedNetwork),
    /// Weights alone.
    Weights(StateDict),
}

/// A network as it was saved.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedNetwork {
    /// The graph with its weights.
    pub graph: Graph,
    /// Its contract, where the file carries one; checked against the graph.
    pub contract: Option<Contract>,
    /// What was left out, one sentence each.
    pub notes: Vec<String>,
}

/// Reads a safetensors file.
///
/// # Errors
/// Where the file is missing, damaged or of a newer version, its graph does not fit together or claims sizes beyond
/// all use, its contract is not the graph's, or a weight is NaN or infinite.
pub fn read(path: &Path) -> Result<Contents, ImportError> {
    guarded(path, || read_contents(path))
}

/// The weights of a safetensors file by name, whether or not it carries a graph.
///
/// # Errors
/// Where the file is missing or damaged, or holds no floating point numbers.
pub fn read_state_dict(path: &Path) -> Result<StateDict, ImportError> {
    guarded(path, || Ok(read_tensors(path)?.0.without_wrapper_prefixes().with_current_names()))
}

/// Turns a panic into an error: the library adds the offsets of a header without a check, which overflows on some.
fn guarded<T>(path: &Path, reading: impl FnOnce() -> Result<T, ImportError>) -> Result<T, ImportError> {
    catch_unwind(AssertUnwindSafe(reading))
        .unwrap_or_else(|_| Err(unreadable(path, "the reader gave up on it; the file is damaged")))
}

fn read_contents(path: &Path) -> Result<Contents, ImportError> {
    let (dict, metadata) = read_tensors(path)?;
    let Some(text) = metadata.get(GRAPH_KEY) else { return Ok(Contents::Weights(dict)) };
    let version = metadata.get(VERSION_KEY).map(String::as_str);
    if version != Some(FORMAT_VERSION) {
        let found = version.unwrap_or("none");
        return Err(unreadable(
            path,
            &format!("its layout has version {found}, and this program reads version {FORMAT_VERSION}"),
        ));
    }
    let structure: Structure =
        serde_json::from_str(text).map_err(|error| unreadable(path, &format!("its graph: {error}")))?;
    let shapes: HashMap<&str, &[usize]> =
        dict.tensors.iter().map(|(name, array)| (name.as_str(), array.shape())).collect();
    limits::check(&structure, &shapes).map_err(|reason| unreadable(path, &reason))?;
    let refused = |source| ImportError::Graph { path: path.to_owned(), source };
    let graph = structure.with_weights(&dict.tensors).map_err(refused)?;
    check_variances(&graph, path)?;
    let contract = metadata
        .get(CONTRACT_KEY)
        .map(|text| serde_json::from_str::<Contract>(text))
        .transpose()
        .map_err(|error| unreadable(path, &format!("its contract: {error}")))?;
    if let Some(contract) = &contract {
        let network = format!("'{}'", path.display());
        contract.check(&graph).map_err(|source| ImportError::Contract { network, source })?;
    }
    let mut notes = dict.notes;
    let unused = dict.tensors.len() - graph.weights().count();
    if unused > 0 {
        notes.push(format!("{unused} weights of the file are read by no node and were left out"));
    }
    Ok(Contents::Network(SavedNetwork { graph, contract, notes }))
}

fn read_tensors(path: &Path) -> Result<(StateDict, HashMap<String, String>), ImportError> {
    let length = input_file::beginning(path, 8)?;
    let length =
        length.as_slice().try_into().map(u64::from_le_bytes).map_err(|_| unreadable(path, "it is cut short"))?;
    let size = input_file::size(path)?;
    if length > size {
        return Err(unreadable(path, &format!("its header claims {length} bytes, but the file has {size}")));
    }
    if length > LARGEST_HEADER {
        let reason = format!("its header has {length} bytes; at most {LARGEST_HEADER} are read");
        return Err(ImportError::TooLarge { path: path.to_owned(), reason });
    }
    let bytes = input_file::read(path)?;
    let refused = |error: safetensors::SafeTensorError| unreadable(path, &error.to_string());
    let (_, header) = SafeTensors::read_metadata(&bytes).map_err(refused)?;
    if header.data_len() > bytes.len() {
        return Err(unreadable(path, "its tensors lie beyond its end"));
    }
    let file = SafeTensors::deserialize(&bytes).map_err(refused)?;
    let mut tensors = BTreeMap::new();
    let mut left_out = Vec::new();
    for (name, view) in file.iter() {
        limits::check_value(name, view.shape()).map_err(|reason| unreadable(path, &reason))?;
        match numbers(&view) {
            Some(numbers) => {
                let array = Array::new(view.shape().to_vec(), numbers)
                    .map_err(|error| unreadable(path, &format!("tensor '{name}': {error}")))?;
                tensors.insert(name.to_owned(), Arc::new(array));
            }
            None => left_out.push(name),
        }
    }
    left_out.sort_unstable();
    let notes = left_out
        .first()
        .map(|name| {
            format!("{} tensors that hold no floating point numbers were left out (such as '{name}')", left_out.len())
        })
        .into_iter()
        .collect();
    if tensors.is_empty() {
        return Err(unreadable(path, "it holds no tensor of floating point numbers"));
    }
    let metadata = header.metadata().clone().unwrap_or_default();
    Ok((StateDict { path: path.to_owned(), tensors, notes }, metadata))
}

/// The numbers in single precision, or nothing where they are not floating point numbers of 16, 32 or 64 bits.
#[expect(clippy::cast_possible_truncation, reason = "weights are rounded to single precision")]
fn numbers(view: &TensorView<'_>) -> Option<Vec<f32>> {
    let bytes = view.data();
    let (pairs, quads, octets) = (bytes.as_chunks::<2>().0, bytes.as_chunks::<4>().0, bytes.as_chunks::<8>().0);
    match view.dtype() {
        Dtype::F64 => Some(octets.iter().map(|&eight| f64::from_le_bytes(eight) as f32).collect()),
        Dtype::F32 => Some(quads.iter().map(|&four| f32::from_le_bytes(four)).collect()),
        Dtype::F16 => Some(pairs.iter().map(|&two| f16::from_le_bytes(two).to_f32()).collect()),
        Dtype::BF16 => Some(pairs.iter().map(|&two| bf16::from_le_bytes(two).to_f32()).collect()),
        _ => None,
    }
}

fn unreadable(path: &Path, reason: &str) -> ImportError {
    ImportError::Unreadable { path: path.to_owned(), kind: KIND, reason: reason.to_owned() }
}
