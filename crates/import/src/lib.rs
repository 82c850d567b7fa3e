//! Networks from files and back: PyTorch state dicts, safetensors with the graph inside, and the words that name a network.
//!
//! - [`spec`]: what is typed where a NETWORK is asked for, checked and then loaded; start here.
//! - [`pytorch`]: the weights of a PyTorch file by name; no pickle is ever executed.
//! - [`safetensors`]: whole networks (weights, graph, contract) to a file and back; plain weights from one.
//! - [`onnx`]: whole networks from ONNX files, differentiable as any other.
//! - [`text`]: text networks in folders, ours and Hugging Face's BERT.
//! - [`state_dict`]: weights by name put into an architecture, and a clear answer where they do not fit.
//!
//! Files are somebody else's: a damaged or hostile one gives an error, never a panic, and costs no more memory than
//! a small multiple of its own size.
//!
//! ```
//! use transferscope_import::spec::{NetworkSpec, load};
//! let request = NetworkSpec::parse("lenet#classes=4&seed=7")?.check()?;
//! let network = load(&request)?;
//! assert_eq!(network.contract.classes, 4);
//! assert_eq!(network.graph.output_shape()?, vec![4]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod input_file;
mod limits;
pub mod onnx;
pub mod pytorch;
pub mod safetensors;
pub mod spec;
pub mod state_dict;
pub mod text;

pub use error::ImportError;
