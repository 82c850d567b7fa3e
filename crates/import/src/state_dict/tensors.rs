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

/// What PyTorch's wrappers, and that of Hugging Face Transformers for timm, put before every name of the network that
/// they wrap.
const WRAPPER_PREFIXES: [&str; 3] = ["module.", "_orig_mod.", "timm_model."];

/// Names of layers in torchvision's published files, and what torchvision has called them since: in what they stand, the
/// old, the new.
const OLD_NAMES: [(&str, &str, &str); 6] = [
    (".denselayer", ".norm.1.", ".norm1."),
    (".denselayer", ".norm.2.", ".norm2."),
    (".denselayer", ".conv.1.", ".conv1."),
    (".denselayer", ".conv.2.", ".conv2."),
    ("encoder_layer_", ".mlp.linear_1.", ".mlp.0."),
    ("encoder_layer_", ".mlp.linear_2.", ".mlp.3."),
];

impl StateDict {
    /// The same weights with the old names of torchvision's files of DenseNet (`denselayer1.norm.1`) and of the vision
    /// transformer (`mlp.linear_1`) made new (`denselayer1.norm1`, `mlp.0`).
    #[must_use]
    pub fn with_current_names(mut self) -> Self {
        let current = |name: &str| {
            let old = OLD_NAMES.iter().find(|(within, old, _)| name.contains(within) && name.contains(old))?;
            Some(name.replace(old.1, old.2))
        };
        let old = self.tensors.keys().find(|name| current(name).is_some()).cloned();
        if let Some(example) = old {
            let count = self.tensors.keys().filter(|name| current(name).is_some()).count();
            self.tensors =
                self.tensors.into_iter().map(|(name, array)| (current(&name).unwrap_or(name), array)).collect();
            self.notes.push(format!("{count} names in torchvision's old form were renamed (such as '{example}')"));
        }
        self
    }

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

    #[test]
    fn only_old_names_of_torchvision_are_renamed() {
        let dict = with_names(&["features.denseblock1.denselayer2.norm.1.weight", "layer.norm.1.weight"]);
        let renamed = dict.with_current_names();
        assert_eq!(names(&renamed), ["features.denseblock1.denselayer2.norm1.weight", "layer.norm.1.weight"]);
        assert_eq!(renamed.notes.len(), 1);
        let dict = with_names(&["encoder.layers.encoder_layer_0.mlp.linear_2.bias", "mlp.linear_2.bias"]);
        let renamed = dict.with_current_names();
        assert_eq!(names(&renamed), ["encoder.layers.encoder_layer_0.mlp.3.bias", "mlp.linear_2.bias"]);
    }
}
