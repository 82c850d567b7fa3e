//! Safetensors files: whole networks with graph and contract as metadata, or weights alone.

mod metadata;
mod read;
mod write;

pub use metadata::{CONTRACT_KEY, FORMAT_VERSION, GRAPH_KEY, VERSION_KEY};
pub use read::{Contents, SavedNetwork, read, read_state_dict};
pub use write::write;
