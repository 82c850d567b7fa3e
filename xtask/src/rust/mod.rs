//! Rust sources as the rules see them: tokens, attributes and paths instead of raw text.

pub mod paths;
pub mod source;
