//! Wall: the engine alone depends on Burn.

use super::contents::matches;
use super::dependency::Dependency;
use crate::report::{Broken, Place};

const HOME: &str = "transferscope-engine";

/// Every direct dependency on Burn outside of the engine, tests included.
pub fn hold(dependencies: &[Dependency]) -> Broken {
    let places = dependencies
        .iter()
        .filter(|one| one.of != HOME && matches("burn*", &one.on))
        .map(|one| Place::new(&one.manifest(), 0, format!("{} depends on {}", one.of, one.on)))
        .collect();
    Broken {
        rule: "only transferscope-engine has Burn in its Cargo.toml",
        why: "a framework that leaks through one door must be followed through all of them when it changes",
        remedy: "go through the engine's door, which speaks plain arrays",
        places,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn burn_outside_of_the_engine_is_found() {
        assert!(hold(&[Dependency::between(HOME, "burn", false)]).places.is_empty());
        assert_eq!(hold(&[Dependency::between("transferscope-lab", "burn", true)]).places.len(), 1);
        assert_eq!(hold(&[Dependency::between("transferscope-study", "burn-store", false)]).places.len(), 1);
    }
}
