//! PyTorch's weight files: zip archives (since 1.6) and the legacy streams before them, read without executing a pickle.

mod nesting;
mod read;

pub use read::{read, read_tensors};
