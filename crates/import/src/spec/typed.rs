//! A network as it was typed: taken apart, not yet checked.

use std::{fmt, str::FromStr};

use super::SpecError;

/// A network as it was typed; printing it gives the same text again.
///
/// ```
/// use transferscope_import::spec::NetworkSpec;
/// let spec = NetworkSpec::parse("resnet20-cifar@weights.th#classes=10")?;
/// assert_eq!(spec.to_string(), "resnet20-cifar@weights.th#classes=10");
/// # Ok::<(), transferscope_import::spec::SpecError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkSpec {
    /// What names the network.
    pub network: TypedNetwork,
    /// The settings behind `#`, in the order in which they were typed.
    pub settings: Vec<(String, String)>,
}

/// The part of a [`NetworkSpec`] before `#`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypedNetwork {
    /// A file by its path: whatever has an ending or a folder.
    File(String),
    /// A name of the zoo.
    Zoo(String),
    /// A name of the zoo, and where its weights come from: a file, or the word `digits`.
    ZooWithWeights(String, String),
}

impl NetworkSpec {
    /// Takes apart what was typed.
    ///
    /// # Errors
    /// Where it is empty, or what stands behind `#` is not `key=value&key=value` with each key once.
    pub fn parse(typed: &str) -> Result<Self, SpecError> {
        // A folder may have # in its name, but settings always have =.
        let (body, settings) = match typed.rsplit_once('#') {
            Some((body, settings)) if settings.is_empty() || settings.contains('=') => (body, settings),
            _ => (typed, ""),
        };
        Ok(Self { network: TypedNetwork::parse(body, typed)?, settings: parse_settings(settings)? })
    }
}

impl TypedNetwork {
    fn parse(body: &str, typed: &str) -> Result<Self, SpecError> {
        let empty = || Err(SpecError::Empty { typed: typed.to_owned() });
        let is_path = |text: &str| text.contains(['/', '\\', '.']);
        match body.split_once('@') {
            // An @ further on in a path is part of the path.
            Some((name, weights)) if !is_path(name) => {
                if name.is_empty() || weights.is_empty() {
                    return empty();
                }
                Ok(Self::ZooWithWeights(name.to_owned(), weights.to_owned()))
            }
            _ if body.trim().is_empty() => empty(),
            _ if is_path(body) => Ok(Self::File(body.to_owned())),
            _ => Ok(Self::Zoo(body.to_owned())),
        }
    }
}

fn parse_settings(text: &str) -> Result<Vec<(String, String)>, SpecError> {
    let mut settings: Vec<(String, String)> = Vec::new();
    for setting in text.split('&').filter(|_| !text.is_empty()) {
        match setting.split_once('=') {
            Some((key, value)) if !key.is_empty() && !value.is_empty() => {
                if settings.iter().any(|(other, _)| other == key) {
                    return Err(SpecError::DuplicateKey { key: key.to_owned() });
                }
                settings.push((key.to_owned(), value.to_owned()));
            }
            _ => return Err(SpecError::Setting { setting: setting.to_owned() }),
        }
    }
    Ok(settings)
}

impl FromStr for NetworkSpec {
    type Err = SpecError;

    fn from_str(typed: &str) -> Result<Self, SpecError> {
        Self::parse(typed)
    }
}

impl fmt::Display for NetworkSpec {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.network {
            TypedNetwork::File(name) | TypedNetwork::Zoo(name) => write!(out, "{name}")?,
            TypedNetwork::ZooWithWeights(name, weights) => write!(out, "{name}@{weights}")?,
        }
        for (index, (key, value)) in self.settings.iter().enumerate() {
            write!(out, "{}{key}={value}", if index == 0 { '#' } else { '&' })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_printed_again() {
        for typed in [
            "lenet",
            "lenet#width=0.5&classes=7",
            "resnet20-cifar@resnet20-12fca82f.th",
            "resnet8-cifar@digits#seed=3&epochs=2",
            "folder/net.safetensors#contract=half",
            "run#3/net.safetensors",
            "./a@b.safetensors",
            "C:\\networks\\net.safetensors",
        ] {
            assert_eq!(NetworkSpec::parse(typed).expect("it is well formed").to_string(), typed);
        }
    }

    #[test]
    fn forms_are_told_apart() {
        let network = |typed: &str| NetworkSpec::parse(typed).expect("it is well formed").network;
        assert_eq!(network("lenet"), TypedNetwork::Zoo("lenet".to_owned()));
        assert_eq!(network("./lenet"), TypedNetwork::File("./lenet".to_owned()));
        assert_eq!(network("a/b@c.safetensors"), TypedNetwork::File("a/b@c.safetensors".to_owned()));
        let weights = TypedNetwork::ZooWithWeights("lenet".to_owned(), "w.safetensors".to_owned());
        assert_eq!(network("lenet@w.safetensors"), weights);
    }

    #[test]
    fn malformed_words_are_refused() {
        for typed in ["", " ", "@weights.pt", "lenet@", "lenet#width=", "lenet#=1", "lenet#a=1&&b=2", "lenet#a=1&b"] {
            assert!(NetworkSpec::parse(typed).is_err(), "{typed}");
        }
        let twice = NetworkSpec::parse("lenet#seed=1&seed=2").expect_err("one key twice");
        assert_eq!(twice, SpecError::DuplicateKey { key: "seed".to_owned() });
    }
}
