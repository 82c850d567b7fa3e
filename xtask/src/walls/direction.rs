//! Wall: the crates of the workspace depend on each other in one direction.

use super::dependency::Dependency;
use crate::report::{Broken, Place};

/// Bottom first: each crate, and all that it may depend on.
const LAYERS: &[(&str, &[&str])] = &[
    ("transferscope-theory", &[]),
    ("transferscope-network", &[]),
    ("transferscope-import", &["transferscope-network"]),
    ("transferscope-engine", &["transferscope-network"]),
    ("transferscope-lab", &["transferscope-engine", "transferscope-network", "transferscope-theory"]),
    ("transferscope-study", &["transferscope-lab", "transferscope-network", "transferscope-theory"]),
    (
        "transferscope",
        &[
            "transferscope-theory",
            "transferscope-network",
            "transferscope-import",
            "transferscope-engine",
            "transferscope-lab",
            "transferscope-study",
        ],
    ),
    ("xtask", &[]),
];

/// Every dependency inside the workspace that goes another way.
pub fn hold(dependencies: &[Dependency]) -> Broken {
    let places = dependencies
        .iter()
        .filter(|one| one.is_ours && !is_allowed(one))
        .map(|one| Place::new(&one.manifest(), 0, format!("{} depends on {}", one.of, one.on)))
        .collect();
    Broken {
        rule: "theory and network depend on nothing of ours, import and engine on network, lab on engine, network and theory, study on lab, theory and network; tests may use any lower crate",
        why: "values flow one way, each step hands over a plain value; a layer that knows what is above it cannot be tested alone",
        remedy: "move what is shared to the lower crate, or hand the value over from the crate above",
        places,
    }
}

fn is_allowed(dependency: &Dependency) -> bool {
    let layer = |name: &str| LAYERS.iter().position(|(own, _)| *own == name);
    match (layer(&dependency.of), layer(&dependency.on)) {
        (Some(of), Some(on)) => LAYERS[of].1.contains(&LAYERS[on].0) || (dependency.is_for_tests && on < of),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(of: &str, on: &str, is_for_tests: bool) -> usize {
        hold(&[Dependency::between(of, on, is_for_tests)]).places.len()
    }

    #[test]
    fn a_dependency_upwards_or_sideways_is_found() {
        assert_eq!(count("transferscope-lab", "transferscope-engine", false), 0);
        assert_eq!(count("transferscope-theory", "serde", false), 0);
        for (of, on) in [
            ("theory", "network"),
            ("network", "theory"),
            ("engine", "lab"),
            ("import", "engine"),
            ("study", "engine"),
            ("lab", "study"),
        ] {
            assert_eq!(count(&format!("transferscope-{of}"), &format!("transferscope-{on}"), false), 1, "{of} on {on}");
        }
        assert_eq!(count("transferscope-lab", "transferscope-unheard-of", false), 1);
    }

    #[test]
    fn a_test_may_use_a_lower_crate_and_no_higher_one() {
        assert_eq!(count("transferscope-engine", "transferscope-import", true), 0);
        assert_eq!(count("transferscope-engine", "transferscope-lab", true), 1);
    }
}
