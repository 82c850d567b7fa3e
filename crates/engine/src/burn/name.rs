//! The name of this engine in reports.

/// What `engine` says in every result.
pub const ENGINE: &str = "burn";
