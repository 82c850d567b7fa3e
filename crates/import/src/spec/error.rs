//! Why words do not name a network.

/// Why words do not name a network: a mistake in what was typed, found before any file is touched.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum SpecError {
    /// Nothing was typed.
    #[error("a network is wanted: FILE.onnx, FILE.safetensors, ZOO_NAME or ZOO_NAME@WEIGHTS, and '{typed}' names none")]
    Empty {
        /// What was typed.
        typed: String,
    },
    /// A setting that is not `key=value`.
    #[error("'{setting}' is no setting; write key=value, and & between two of them")]
    Setting {
        /// What stands there.
        setting: String,
    },
    /// One key twice.
    #[error("'{key}' is set twice")]
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// A key that this form of network does not have.
    #[error("'{key}' cannot be set on {form}{}; its settings are {valid}", suggestion(.nearest))]
    UnknownKey {
        /// The key.
        key: String,
        /// The form of the network in words.
        form: &'static str,
        /// The most similar key there is.
        nearest: Option<String>,
        /// All keys there are.
        valid: String,
    },
    /// A value that is not what its key takes.
    #[error("{key} must be {expected}, but '{found}' was given")]
    Value {
        /// The key.
        key: &'static str,
        /// What it takes.
        expected: &'static str,
        /// What was given.
        found: String,
    },
    /// A name that is not in the zoo.
    #[error("there is no architecture named '{name}'{}; the zoo has {known}, and a file must end in .onnx or .safetensors", suggestion(.nearest))]
    UnknownArchitecture {
        /// The name.
        name: String,
        /// The most similar name there is.
        nearest: Option<String>,
        /// All names there are.
        known: String,
    },
    /// Neither a text network of the zoo nor a folder.
    #[error(
        "'{typed}' is no text network: expected one of {known}, or a folder that `transferscope text train` wrote, or one with \
         Hugging Face's config.json, model.safetensors and tokenizer"
    )]
    UnknownTextNetwork {
        /// What was typed.
        typed: String,
        /// The text networks of the zoo.
        known: String,
    },
    /// A file of weights without the name of an architecture.
    #[error("'{path}' holds weights but not the network they belong to; write ZOO_NAME@{path}")]
    ArchitectureNeeded {
        /// The file.
        path: String,
    },
    /// A file of a kind that is not read.
    #[error(
        "'{path}' is not a kind of file that holds a network; give a .onnx or .safetensors file, ZOO_NAME or ZOO_NAME@WEIGHTS"
    )]
    UnknownKind {
        /// The file.
        path: String,
    },
    /// An ONNX file as weights of an architecture.
    #[error("'{path}' brings its own graph, so it cannot be the weights of an architecture; give the file alone")]
    Onnx {
        /// The file.
        path: String,
    },
}

fn suggestion(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or_else(String::new, |name| format!(" (did you mean '{name}'?)"))
}

/// How alike two words must be, from 0 to 1, for one to be offered in place of the other (Jaro-Winkler similarity).
const ALIKE: f64 = 0.8;

/// The name most like the one that was typed, where one is alike at all.
pub(super) fn nearest<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    names
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&typed.to_lowercase(), name), name))
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .filter(|&(likeness, _)| likeness >= ALIKE)
        .map(|(_, name)| name.to_owned())
}
