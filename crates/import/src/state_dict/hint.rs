//! Which architecture of the zoo a weight file looks like, when it is not the one that was asked for.

use std::collections::BTreeSet;

use transferscope_network::{
    graph::Graph,
    zoo::{Architecture, Settings, architectures},
};

use super::{StateDict, default_classes, with_zoo_names};

/// A sentence about what the file looks like, where it looks like anything of the zoo.
pub(super) fn hint(asked: &Architecture, settings: &Settings, dict: &StateDict) -> Option<String> {
    // Another library's names are read by the rules of each architecture.
    let named = |other| (other, with_zoo_names(dict.clone(), other));
    let fitting: Vec<(&Architecture, StateDict)> =
        architectures().iter().map(named).filter(|(other, dict)| same_names(other, dict)).collect();
    if fitting.is_empty() {
        return Some(
            "The names are those of no architecture of the zoo; 'networks list' shows all there are.".to_owned(),
        );
    }
    // The same names in two architectures (basic blocks of one depth) are told apart by shapes, at the file's own classes.
    for (other, dict) in &fitting {
        let classes = default_classes(other, dict).unwrap_or(settings.classes);
        for width in [Some(settings.width), Some(1.0), width_of(other, dict)].into_iter().flatten() {
            let tried = Settings { classes, width, seed: 0 };
            if other.build_blank(&tried).is_ok_and(|graph| same_shapes(&graph, dict)) {
                return Some(found(asked, other, &tried));
            }
        }
    }
    let names: Vec<&str> = fitting.iter().map(|(other, _)| other.name).collect();
    Some(format!("The names are those of {}, but no width gives the file's shapes.", names.join(" or ")))
}

fn found(asked: &Architecture, other: &Architecture, settings: &Settings) -> String {
    let mut keys = vec![format!("classes={}", settings.classes)];
    if settings.width != 1.0 {
        keys.insert(0, format!("width={}", settings.width));
    }
    let is = if asked.name == other.name { "still" } else { "instead" };
    format!("Names and shapes are {is} those of {}#{}: ask for that.", other.name, keys.join("&"))
}

fn same_names(architecture: &Architecture, dict: &StateDict) -> bool {
    // Names do not depend on width, so the thinnest network is enough.
    let thinnest = Settings { width: 0.01, ..Settings::with_classes(1) };
    architecture.build_blank(&thinnest).is_ok_and(|graph| {
        let names: BTreeSet<&str> = graph.weights().map(|(_, name, _)| name).collect();
        names.len() == dict.tensors.len() && dict.tensors.keys().all(|name| names.contains(name.as_str()))
    })
}

fn same_shapes(graph: &Graph, dict: &StateDict) -> bool {
    graph.weights().all(|(_, name, array)| dict.tensors.get(name).is_some_and(|found| found.shape() == array.shape()))
}

/// The width multiplier that the first layer of the file tells, from its ratio to the full one; at most 2, so that a
/// file cannot ask for a network of any size.
#[expect(clippy::cast_precision_loss, reason = "channel counts are small")]
fn width_of(architecture: &Architecture, dict: &StateDict) -> Option<f64> {
    let full = architecture.build_blank(&Settings::with_classes(1)).ok()?;
    let (_, name, array) = full.weights().next()?;
    let width = dict.tensors.get(name)?.rows() as f64 / array.rows() as f64;
    (width > 0.0 && width <= 2.0).then_some(width)
}
