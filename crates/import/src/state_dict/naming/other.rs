//! Which naming a file has, and the same weights under the zoo's names.

use std::collections::BTreeMap;

use transferscope_network::zoo::Architecture;

use super::{
    hugging_face,
    merged::{Part, merged},
    timm,
};
use crate::state_dict::StateDict;

/// A rule: the zoo's name for a weight of the file, where it has one.
pub(super) type Rename<'dict> = Box<dyn Fn(&str) -> Option<Part> + 'dict>;

/// The same weights under the zoo's names, where the file names them as timm or Hugging Face Transformers do.
///
/// Names that no rule knows stay as they are, and are told as unexpected when the weights are put in. Where the zoo has one
/// weight for several of the file (queries, keys and values), they are joined; a weight of 1x1 pixels that is a matrix in the
/// zoo becomes one.
#[must_use]
pub fn with_zoo_names(dict: StateDict, architecture: &Architecture) -> StateDict {
    let Some((library, rename)) = rule(&dict, architecture) else { return dict };
    let mut known = BTreeMap::new();
    let mut tensors = BTreeMap::new();
    for (name, array) in &dict.tensors {
        match rename(name) {
            Some(part) => {
                known.insert(part, array.clone());
            }
            None => {
                tensors.insert(name.clone(), array.clone());
            }
        }
    }
    drop(rename);
    let count = known.len();
    for (name, array) in merged(known) {
        tensors.entry(name).or_insert(array);
    }
    let mut notes = dict.notes;
    notes.push(format!("{count} weights have {library}'s names and were given those of {}", architecture.name));
    StateDict { path: dict.path, tensors, notes }
}

fn rule<'dict>(dict: &'dict StateDict, architecture: &Architecture) -> Option<(&'static str, Rename<'dict>)> {
    timm::rule(dict, architecture)
        .map(|rename| ("timm", rename))
        .or_else(|| hugging_face::rule(dict, architecture).map(|rename| ("Hugging Face Transformers", rename)))
}
