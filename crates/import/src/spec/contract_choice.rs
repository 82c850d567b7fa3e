//! Contracts by name, for networks that cannot say their own, and contracts in a file beside them.

use std::path::{Path, PathBuf};

use transferscope_network::{
    contract::{ChannelOrder, Contract},
    graph::Graph,
};

use crate::{ImportError, input_file};

/// A contract by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedContract {
    /// Pixels in `[0,1]` as they are.
    Raw,
    /// Mean and std 0.5.
    Half,
    /// Mean and std of ImageNet.
    Imagenet,
}

/// The longest sidecar: class names of the largest sets fit many times over.
const LARGEST_SIDECAR: u64 = 16 * 1024 * 1024;

impl NamedContract {
    /// The contract of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        [Self::Raw, Self::Half, Self::Imagenet].into_iter().find(|contract| contract.name() == name)
    }

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Half => "half",
            Self::Imagenet => "imagenet",
        }
    }

    /// The contract for a graph's own input size and output.
    ///
    /// # Errors
    /// Where the graph's input is no image of one or three channels, its output no row of classes, or the statistics
    /// of ImageNet are asked for a single channel.
    pub fn for_graph(self, graph: &Graph, network: &str) -> Result<Contract, ImportError> {
        let refuse = |reason: String| {
            Err(ImportError::ContractShape { contract: self.name(), network: network.to_owned(), reason })
        };
        let output = graph.output_shape()?;
        let &[classes] = output.as_slice() else {
            return refuse(format!("its output has shape {output:?}, and one row of classes is wanted"));
        };
        let &[channels, height, width] = graph.input_shape() else {
            return refuse(format!("its input has shape {:?}, and an image is wanted", graph.input_shape()));
        };
        let rgb = match self {
            Self::Raw => Contract::raw(height, width, classes),
            Self::Half => Contract::half(height, width, classes),
            Self::Imagenet => Contract::imagenet(height, width, classes),
        };
        match (channels, self) {
            (3, _) => Ok(rgb),
            (1, Self::Raw | Self::Half) => {
                Ok(Contract { channels: ChannelOrder::Grey, mean: vec![rgb.mean[0]], std: vec![rgb.std[0]], ..rgb })
            }
            _ => refuse(format!("its input has {channels} channels")),
        }
    }
}

/// Where the contract of a file may be described: `NAME.contract.toml` beside `NAME.ending`.
pub(super) fn sidecar_path(path: &Path) -> PathBuf {
    path.with_extension("contract.toml")
}

/// The contract beside a file, where there is one.
///
/// # Errors
/// Where the sidecar is there but is no contract.
pub(super) fn sidecar(path: &Path) -> Result<Option<Contract>, ImportError> {
    let path = sidecar_path(path);
    let size = match input_file::size(&path) {
        Ok(size) => size,
        Err(ImportError::Missing { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let unreadable = |reason: String| ImportError::Unreadable { path: path.clone(), kind: "a contract", reason };
    if size > LARGEST_SIDECAR {
        return Err(unreadable(format!("it has {size} bytes; at most {LARGEST_SIDECAR} are read")));
    }
    let text = String::from_utf8(input_file::read(&path)?).map_err(|error| unreadable(error.to_string()))?;
    toml::from_str(&text).map(Some).map_err(|error| unreadable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use transferscope_network::graph::Builder;

    use super::*;

    fn flat(shape: &[usize]) -> Graph {
        let mut builder = Builder::new("flat");
        let image = builder.input("image", shape);
        let output = builder.flatten("flat", image);
        builder.finish(output).expect("any shape can be flattened")
    }

    #[test]
    fn named_contracts_take_the_graphs_size() {
        let grey = NamedContract::Half.for_graph(&flat(&[1, 4, 5]), "x").expect("one channel is grey");
        assert_eq!((grey.channels, grey.height, grey.width, grey.classes), (ChannelOrder::Grey, 4, 5, 20));
        assert_eq!((grey.mean, grey.std), (vec![0.5], vec![0.5]));
        assert!(NamedContract::Imagenet.for_graph(&flat(&[1, 4, 5]), "x").is_err());
        assert!(NamedContract::Raw.for_graph(&flat(&[7]), "x").is_err());
    }
}
