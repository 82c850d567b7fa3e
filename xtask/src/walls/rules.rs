//! The list of all walls.

use anyhow::Result;

use super::{contents, dependency, direction, engine_alone, pinned};
use crate::report::Broken;

/// Asks cargo who depends on whom and holds every wall against the answer.
///
/// # Errors
/// When cargo cannot be asked.
pub fn run() -> Result<Vec<Broken>> {
    let dependencies = dependency::read()?;
    let table = std::fs::read_to_string(crate::root::root().join(pinned::TABLE)).unwrap_or_default();
    let mut broken = vec![
        direction::hold(&dependencies),
        engine_alone::hold(&dependencies),
        pinned::hold_versions(&dependencies),
        pinned::hold_table(&dependencies, &table),
    ];
    broken.extend(contents::hold_all()?);
    broken.retain(|wall| !wall.places.is_empty());
    Ok(broken)
}
