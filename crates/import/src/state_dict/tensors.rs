//! The weights of a file by name.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use transferscope_network::array::Array;

/// The weights of a file by name, with what was left out on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct StateDict {
    /// The file they come from.
    pub path: PathBuf,
    /// The weights.
    pub tensors: BTreeMap<String, Arc<Array<f32>>>,
    /// What was left out or renamed, one sentence each.
    pub notes: Vec<String>,
}

/// What PyTorch's wrappers put before every name of the network that they wrap.
const WRAPPER_PREFIXES: [&str; 2] = ["module.", "_orig_mod."];

impl StateDict {
    /// The same weights without the `module.` that data-parallel training puts before all names.
    ///
    /// A prefix that only some names carry is part of those names and stays.
    #[must_use]
    pub fn without_wrapper_prefixes(mut self) -> Self {
        for prefix in WRAPPER_PREFIXES {
            let everywhere = self.tensors.keys().all(|name| name.len() > prefix.len() && name.starts_with(prefix));
            if everywhere && !self.tensors.is_empty() {
                self.tensors =
                    self.tensors.into_iter().map(|(name, array)| (name[prefix.len()..].to_owned(), array)).collect();
                self.notes.push(format!("all names began with '{prefix}', which was left out"));
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_names(names: &[&str]) -> StateDict {
        let one = Arc::new(Array::filled(vec![1], 1.0));
        let tensors = names.iter().map(|&name| (name.to_owned(), Arc::clone(&one))).collect();
        StateDict { path: PathBuf::new(), tensors, notes: vec![] }
    }

    fn names(dict: &StateDict) -> Vec<&str> {
        dict.tensors.keys().map(String::as_str).collect()
    }

    #[test]
    fn a_prefix_goes_from_all_names_or_none() {
        assert_eq!(names(&with_names(&["module.a", "module.b"]).without_wrapper_prefixes()), ["a", "b"]);
        assert_eq!(names(&with_names(&["module.a", "b"]).without_wrapper_prefixes()), ["b", "module.a"]);
        assert_eq!(names(&with_names(&["module._orig_mod.a"]).without_wrapper_prefixes()), ["a"]);
        assert_eq!(names(&with_names(&["module."]).without_wrapper_prefixes()), ["module."]);
    }
}
