//! Writing a network to a safetensors file: the same bytes for the same network, and never half a file.

use std::{
    collections::{BTreeMap, HashMap},
    io::{self, Write},
    path::Path,
};

use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value;
use tempfile::NamedTempFile;
use transferscope_network::{contract::Contract, graph::Graph};

use super::metadata::{CONTRACT_KEY, FORMAT_VERSION, GRAPH_KEY, VERSION_KEY};
use crate::ImportError;

/// The length of the header stands in the first bytes.
const LENGTH_BYTES: usize = 8;

/// Writes a network: weights by name, graph and contract as metadata.
///
/// The bytes depend on the network alone. They go to a temporary file in the same folder that takes the final name
/// once it is complete, so a reader never meets half a network. A file of that name is replaced.
///
/// ```
/// use transferscope_import::safetensors;
/// use transferscope_network::zoo::{Settings, find};
/// let lenet = find("lenet")?;
/// let graph = lenet.build(&Settings::with_classes(10))?;
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("lenet.safetensors");
/// safetensors::write(&path, &graph, Some(&lenet.contract(10)))?;
/// let safetensors::Contents::Network(again) = safetensors::read(&path)? else { panic!("it has a graph") };
/// assert_eq!(again.contract, Some(lenet.contract(10)));
/// assert_eq!(again.graph.structure(), graph.structure());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Where the folder is missing or cannot be written, or the contract is not the graph's.
pub fn write(path: &Path, graph: &Graph, contract: Option<&Contract>) -> Result<(), ImportError> {
    if let Some(contract) = contract {
        let network = format!("'{}'", graph.name());
        contract.check(graph).map_err(|source| ImportError::Contract { network, source })?;
    }
    let refused = |source| ImportError::Io { action: "write", path: path.to_owned(), source };
    let bytes = bytes_of(graph, contract).map_err(refused)?;
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut file = NamedTempFile::new_in(folder).map_err(refused)?;
    file.write_all(&bytes).map_err(refused)?;
    file.as_file().sync_all().map_err(refused)?;
    file.persist(path).map_err(|error| refused(error.error))?;
    Ok(())
}

fn bytes_of(graph: &Graph, contract: Option<&Contract>) -> io::Result<Vec<u8>> {
    let arrays: Vec<(&str, &[usize], Vec<u8>)> = graph
        .weights()
        .map(|(_, name, array)| {
            (name, array.shape(), array.data().iter().flat_map(|number| number.to_le_bytes()).collect())
        })
        .collect();
    let mut views = Vec::with_capacity(arrays.len());
    for (name, shape, bytes) in &arrays {
        views.push((*name, TensorView::new(Dtype::F32, shape.to_vec(), bytes).map_err(io::Error::other)?));
    }
    let mut metadata = HashMap::from([
        (VERSION_KEY.to_owned(), FORMAT_VERSION.to_owned()),
        (GRAPH_KEY.to_owned(), serde_json::to_string(&graph.structure())?),
    ]);
    if let Some(contract) = contract {
        metadata.insert(CONTRACT_KEY.to_owned(), serde_json::to_string(contract)?);
    }
    sorted_header(&safetensors::serialize(views, Some(metadata)).map_err(io::Error::other)?)
}

/// The same file with the keys of its header in order: the library writes metadata in the order of a hash map, which
/// differs from run to run.
fn sorted_header(file: &[u8]) -> io::Result<Vec<u8>> {
    let cut = || io::Error::other("the header that was just written is cut short");
    let (length, rest) = file.split_first_chunk::<LENGTH_BYTES>().ok_or_else(cut)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(io::Error::other)?;
    let (header, data) = rest.split_at_checked(length).ok_or_else(cut)?;
    let mut entries: BTreeMap<String, Value> = serde_json::from_slice(header)?;
    if let Some(metadata) = entries.get_mut("__metadata__") {
        let sorted: BTreeMap<String, Value> = serde_json::from_value(metadata.take())?;
        *metadata = serde_json::to_value(sorted)?;
    }
    let mut header = serde_json::to_vec(&entries)?;
    // Data start at a multiple of eight bytes, as the format recommends.
    header.resize(header.len().next_multiple_of(LENGTH_BYTES), b' ');
    let mut result = Vec::with_capacity(LENGTH_BYTES + header.len() + data.len());
    result.extend((header.len() as u64).to_le_bytes());
    result.extend(header);
    result.extend(data);
    Ok(result)
}
