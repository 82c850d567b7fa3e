//! The metadata by which a safetensors file says that it is a network of this project.

/// The graph without its numbers: JSON of [`Structure`](transferscope_network::graph::Structure).
pub const GRAPH_KEY: &str = "transferscope.graph";
/// The input contract: JSON of [`Contract`](transferscope_network::contract::Contract); absent where there is none.
pub const CONTRACT_KEY: &str = "transferscope.contract";
/// The version of this layout.
pub const VERSION_KEY: &str = "transferscope.version";
/// The version that this program writes, and the only one it reads.
pub const FORMAT_VERSION: &str = "1";
