//! The input contract: what a network wants to be shown, and the graph that makes it from pixels.

mod attach;
mod terms;
mod text;

pub use attach::ContractError;
pub use terms::{ChannelOrder, Contract, PixelRange};
pub use text::{TextContract, TextContractError, TokenizerKind};
