//! What is typed for a text network: a name of the zoo with settings, or a folder.

use std::path::{Path, PathBuf};

use transferscope_network::zoo::text::{TextArchitecture, TextPooling, TextSettings, find_text, text_architectures};

use crate::spec::{NetworkSpec, SpecError, TypedNetwork};

/// A text network as it was typed, checked.
#[derive(Clone, Debug)]
pub enum TextRequest {
    /// A fresh network.
    Zoo(TextZooRequest),
    /// A folder, and what of it is set anew.
    Folder {
        /// The folder.
        path: PathBuf,
        /// Tokens of the input (Hugging Face's folders; ours have theirs).
        length: Option<usize>,
        /// How tokens become features (Hugging Face's folders).
        pooling: Option<TextPooling>,
    },
}

/// A fresh text network; what is absent has its default.
#[derive(Clone, Debug)]
pub struct TextZooRequest {
    /// Which.
    pub architecture: &'static TextArchitecture,
    numbers: Vec<(&'static str, usize)>,
    pooling: Option<TextPooling>,
}

const NUMBERS: [&str; 6] = ["length", "width", "layers", "heads", "hidden", "seed"];
/// Tokens of the input where nothing else is said.
const LENGTH: usize = 64;

impl TextRequest {
    /// Makes sense of what was typed.
    ///
    /// ```
    /// use transferscope_import::text::TextRequest;
    /// let TextRequest::Zoo(request) = TextRequest::parse("text-cnn#width=32&length=40")? else { panic!("it is the zoo's") };
    /// assert_eq!((request.settings(2, 100).width, request.settings(2, 100).length), (32, 40));
    /// # Ok::<(), transferscope_import::spec::SpecError>(())
    /// ```
    ///
    /// # Errors
    /// Where it names neither an architecture nor a folder, or a setting is none.
    pub fn parse(typed: &str) -> Result<Self, SpecError> {
        let spec = NetworkSpec::parse(typed)?;
        let zoo = match &spec.network {
            TypedNetwork::Zoo(name) => find_text(name).ok(),
            TypedNetwork::File(_) | TypedNetwork::ZooWithWeights(..) => None,
        };
        if let Some(architecture) = zoo {
            let numbers = numbers(&spec, &NUMBERS, "a text network of the zoo")?;
            return Ok(Self::Zoo(TextZooRequest { architecture, numbers, pooling: pooling(&spec)? }));
        }
        let path = match &spec.network {
            TypedNetwork::File(path) | TypedNetwork::Zoo(path) => Path::new(path).to_owned(),
            TypedNetwork::ZooWithWeights(name, weights) => PathBuf::from(format!("{name}@{weights}")),
        };
        if !path.is_dir() {
            let known = text_architectures().iter().map(|it| it.name).collect::<Vec<_>>().join(", ");
            return Err(SpecError::UnknownTextNetwork { typed: path.display().to_string(), known });
        }
        let numbers = numbers(&spec, &NUMBERS[..1], "a folder of a text network")?;
        let length = numbers.first().map(|&(_, length)| length);
        Ok(Self::Folder { path, length, pooling: pooling(&spec)? })
    }
}

fn numbers(
    spec: &NetworkSpec,
    valid: &[&'static str],
    form: &'static str,
) -> Result<Vec<(&'static str, usize)>, SpecError> {
    let mut found = Vec::new();
    for (key, value) in spec.settings.iter().filter(|(key, _)| key != "pooling") {
        let Some(&key) = valid.iter().find(|known| *known == key) else {
            let valid = format!("{}, pooling", valid.join(", "));
            return Err(SpecError::UnknownKey { key: key.clone(), form, nearest: None, valid });
        };
        let number =
            value.parse().map_err(|_| SpecError::Value { key, expected: "a whole number", found: value.clone() })?;
        found.push((key, number));
    }
    Ok(found)
}

fn pooling(spec: &NetworkSpec) -> Result<Option<TextPooling>, SpecError> {
    match spec.settings.iter().find(|(key, _)| key == "pooling").map(|(_, value)| value.as_str()) {
        None => Ok(None),
        Some("mean") => Ok(Some(TextPooling::Mean)),
        Some("first") => Ok(Some(TextPooling::First)),
        Some(found) => Err(SpecError::Value { key: "pooling", expected: "mean or first", found: found.to_owned() }),
    }
}

impl TextZooRequest {
    /// The settings for so many classes and words. A seed that was not typed is 0.
    #[must_use]
    pub fn settings(&self, classes: usize, vocabulary: usize) -> TextSettings {
        let number = |key: &str| self.numbers.iter().find(|(found, _)| *found == key).map(|&(_, number)| number);
        let small = TextSettings::small(classes, vocabulary, self.length());
        let width = number("width").unwrap_or(small.width);
        TextSettings {
            width,
            layers: number("layers").unwrap_or(small.layers),
            heads: number("heads").unwrap_or(small.heads),
            hidden: number("hidden").unwrap_or(width.saturating_mul(4)),
            pooling: self.pooling.unwrap_or(small.pooling),
            seed: self.seed().unwrap_or(0),
            ..small
        }
    }

    /// Tokens of the input.
    #[must_use]
    pub fn length(&self) -> usize {
        self.numbers.iter().find(|(key, _)| *key == "length").map_or(LENGTH, |&(_, length)| length)
    }

    /// The seed of the weights, where one was typed.
    #[must_use]
    pub fn seed(&self) -> Option<u64> {
        self.numbers.iter().find(|(key, _)| *key == "seed").map(|&(_, seed)| seed as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_no_text_network_is_refused_with_what_would() {
        let refused = |typed: &str| TextRequest::parse(typed).expect_err("it names none").to_string();
        assert!(refused("text-rnn").contains("text-bag, text-cnn, bert"));
        assert!(refused("text-bag#width=wide").contains("whole number"));
        assert!(refused("text-bag#depth=3").contains("length, width, layers"));
        assert!(refused("bert#pooling=last").contains("mean or first"));
        assert!(refused("no/such/folder").contains("no/such/folder"));
    }
}
