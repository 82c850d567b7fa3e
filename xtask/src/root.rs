//! Where the workspace is: the folder above this crate.

use std::path::PathBuf;

/// The folder that holds the root `Cargo.toml`.
///
/// Cargo sets `CARGO_MANIFEST_DIR` for what it runs; the path of the build serves a program that is started by hand.
pub fn root() -> PathBuf {
    let own =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    own.parent().map_or_else(|| own.clone(), |parent| parent.to_path_buf())
}
