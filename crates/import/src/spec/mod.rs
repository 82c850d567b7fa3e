//! Naming networks: what is typed where a NETWORK is asked for, checked, and loaded.
//!
//! | typed | means |
//! | --- | --- |
//! | `FILE.onnx` | the network of an ONNX file, with a contract that is asked for or stands beside it |
//! | `FILE.safetensors` | a network that this program saved: graph, contract and weights |
//! | `ZOO_NAME` | an architecture of the zoo with fresh weights |
//! | `ZOO_NAME@FILE` | the same with the weights of a PyTorch or safetensors file |
//! | `ZOO_NAME@digits` | the same, to be trained on the embedded digits (by whoever can train) |
//!
//! followed by settings: `#key=value&key=value`. Which keys there are depends on the form; see [`NetworkSpec::check`].

mod contract_choice;
mod error;
mod load;
mod request;
mod typed;

pub use contract_choice::NamedContract;
pub use error::SpecError;
pub use load::{LoadedNetwork, WeightsOrigin, load, load_fresh};
pub use request::{NetworkRequest, NetworkSource, Weights};
pub use typed::{NetworkSpec, TypedNetwork};
