//! The input contract: what a network wants to be shown, and the graph that makes it from pixels.

mod attach;
mod terms;

pub use attach::ContractError;
pub use terms::{ChannelOrder, Contract, PixelRange};
