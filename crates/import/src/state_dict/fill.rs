//! Putting weights into an architecture by name.

use std::{path::Path, sync::Arc};

use transferscope_network::{
    graph::Graph,
    operator::Operator,
    passes::{find_head, reweighted},
    zoo::{Architecture, Settings},
};

use super::{Mismatch, Misshaped, StateDict, hint::hint};
use crate::ImportError;

/// The architecture with the weights of a file.
///
/// # Errors
/// Where names or shapes are not the architecture's ([`Mismatch`]), a number is NaN or infinite, a variance is not
/// positive, or a setting is out of range.
pub fn fill(architecture: &Architecture, settings: &Settings, dict: &StateDict) -> Result<Graph, ImportError> {
    let graph = architecture.build_blank(settings)?;
    if let Some(mismatch) = compare(architecture, settings, &graph, dict) {
        return Err(ImportError::Mismatch(Box::new(mismatch)));
    }
    let weights = dict.tensors.iter().map(|(name, array)| (name.clone(), Arc::clone(array)));
    let filled =
        reweighted(&graph, weights).map_err(|source| ImportError::Graph { path: dict.path.clone(), source })?;
    check_variances(&filled, &dict.path)?;
    Ok(filled)
}

/// How many classes the head of a file's weights has, where the file has a head of the architecture's name.
#[must_use]
pub fn default_classes(architecture: &Architecture, dict: &StateDict) -> Option<usize> {
    let smallest = Settings { width: 0.01, ..Settings::with_classes(1) };
    let graph = architecture.build_blank(&smallest).ok()?;
    let head = find_head(&graph).ok()?;
    let weight = dict.tensors.get(&graph.value(head.weight).name)?;
    weight.shape().first().copied().filter(|&classes| classes > 0)
}

/// That every batch normalization divides by the root of a positive number: otherwise outputs would be NaN.
///
/// # Errors
/// Where variance + epsilon is not above zero somewhere.
pub(crate) fn check_variances(graph: &Graph, path: &Path) -> Result<(), ImportError> {
    for node in graph.nodes() {
        let (Operator::BatchNormalization { epsilon }, Some(&variance)) = (&node.operator, node.inputs.get(4)) else {
            continue;
        };
        let Some(array) = graph.weight(variance) else { continue };
        if let Some(position) = array.data().iter().position(|&number| f64::from(number) + epsilon <= 0.0) {
            let name = graph.value(variance).name.clone();
            return Err(ImportError::Variance { path: path.to_owned(), name, position });
        }
    }
    Ok(())
}

fn compare(architecture: &Architecture, settings: &Settings, graph: &Graph, dict: &StateDict) -> Option<Mismatch> {
    let mut missing = Vec::new();
    let mut misshaped = Vec::new();
    let mut expected = 0;
    for (_, name, array) in graph.weights() {
        expected += 1;
        match dict.tensors.get(name) {
            None => missing.push(name.to_owned()),
            Some(found) if found.shape() != array.shape() => misshaped.push(Misshaped {
                name: name.to_owned(),
                expected: array.shape().to_vec(),
                found: found.shape().to_vec(),
            }),
            Some(_) => {}
        }
    }
    let is_weight = |name: &str| graph.find(name).is_some_and(|id| graph.weight(id).is_some());
    let unexpected: Vec<String> = dict.tensors.keys().filter(|name| !is_weight(name)).cloned().collect();
    if missing.is_empty() && unexpected.is_empty() && misshaped.is_empty() {
        return None;
    }
    missing.sort();
    misshaped.sort_by(|a, b| a.name.cmp(&b.name));
    Some(Mismatch {
        path: dict.path.clone(),
        architecture: described(architecture, settings),
        expected,
        found: dict.tensors.len(),
        missing,
        unexpected,
        misshaped,
        hint: hint(architecture, settings, dict),
    })
}

fn described(architecture: &Architecture, settings: &Settings) -> String {
    let width = if settings.width == 1.0 { String::new() } else { format!(", width {}", settings.width) };
    format!("{} ({} classes{width})", architecture.name, settings.classes)
}
