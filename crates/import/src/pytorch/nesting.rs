//! Where in a checkpoint the weights are: training scripts put them beside optimizer states and epoch counts.

use pytorch_reader::PickleValue;

/// The keys under which training scripts keep the weights, most telling first.
const WEIGHT_KEYS: [&str; 9] =
    ["state_dict", "model_state_dict", "model_state", "model", "net", "network", "params", "weights", "module"];

/// How deep weights are looked for: deeper than any training script puts them.
const DEEPEST: usize = 8;

/// The keys that lead from the root of a checkpoint to the dictionary of weights; empty where the root is it.
///
/// Known keys are followed first. Where none is there, a dictionary whose only tensors are all in one nested
/// dictionary is entered too.
pub(super) fn path_to_weights(root: &PickleValue) -> Vec<String> {
    let mut path = Vec::new();
    let mut value = root;
    while let (PickleValue::Dict(entries), true) = (value, path.len() < DEEPEST) {
        let is_nested = |value: &PickleValue| matches!(value, PickleValue::Dict(_)) && holds_tensor(value, DEEPEST);
        let known = WEIGHT_KEYS.iter().find(|&&key| entries.get(key).is_some_and(is_nested)).map(|&key| key.to_owned());
        let only = || {
            let mut with_tensors = entries.iter().filter(|(_, value)| holds_tensor(value, DEEPEST));
            match (with_tensors.next(), with_tensors.next()) {
                (Some((key, value)), None) if is_nested(value) => Some(key.clone()),
                _ => None,
            }
        };
        let Some(key) = known.or_else(only) else { break };
        value = &entries[&key];
        path.push(key);
    }
    path
}

/// Whether there is a tensor in it, no more than `depth` levels down. The reader shows tensors as values it does not
/// interpret, named after their Python type.
fn holds_tensor(value: &PickleValue, depth: usize) -> bool {
    match value {
        PickleValue::Unsupported(kind) => kind.to_lowercase().contains("tensor"),
        PickleValue::Dict(entries) if depth > 0 => entries.values().any(|value| holds_tensor(value, depth - 1)),
        PickleValue::List(entries) if depth > 0 => entries.iter().any(|value| holds_tensor(value, depth - 1)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor() -> PickleValue {
        PickleValue::Unsupported("torch.Tensor".to_owned())
    }

    fn dict(entries: Vec<(&str, PickleValue)>) -> PickleValue {
        PickleValue::Dict(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    #[test]
    fn flat_dictionaries_are_not_entered() {
        assert!(path_to_weights(&dict(vec![("a.weight", tensor()), ("model", tensor())])).is_empty());
    }

    #[test]
    fn known_keys_win_over_other_dictionaries_of_tensors() {
        let optimizer = dict(vec![("state", dict(vec![("0", tensor())]))]);
        let inner = dict(vec![("net", dict(vec![("a.weight", tensor())]))]);
        assert_eq!(path_to_weights(&dict(vec![("model", inner), ("optimizer", optimizer)])), ["model", "net"]);
    }

    #[test]
    fn the_only_dictionary_with_tensors_is_entered() {
        let weights = dict(vec![("a.weight", tensor())]);
        assert_eq!(path_to_weights(&dict(vec![("mine", weights), ("epoch", PickleValue::Int(3))])), ["mine"]);
    }
}
