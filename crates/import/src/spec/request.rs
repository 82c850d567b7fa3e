//! A network that can be asked for: every word known, every value in its type.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

use transferscope_network::zoo::{self, Architecture};

use super::{NamedContract, NetworkSpec, SpecError, TypedNetwork, error::nearest};

/// A checked [`NetworkSpec`].
#[derive(Clone, Debug)]
pub struct NetworkRequest {
    /// What was typed.
    pub spec: NetworkSpec,
    /// Where the network comes from.
    pub source: NetworkSource,
    /// The contract that was asked for by name; it goes before any other.
    pub contract: Option<NamedContract>,
    /// Height and width of the image where an ONNX file leaves them open.
    pub size: Option<[usize; 2]>,
    /// Whether a softmax or sigmoid that ends the network is to be cut off.
    pub cut_to_logits: bool,
}

/// Where a network comes from.
#[derive(Clone, Debug)]
pub enum NetworkSource {
    /// An ONNX file, or a safetensors file with a graph.
    File(PathBuf),
    /// An architecture of the zoo.
    Zoo {
        /// Which.
        architecture: &'static Architecture,
        /// By what its channels are multiplied.
        width: f64,
        /// How many classes; absent: as many as the weight file has, else 10.
        classes: Option<usize>,
        /// Where its weights come from.
        weights: Weights,
    },
}

/// Where the weights of a zoo network come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Weights {
    /// Fresh from a seed.
    Fresh {
        /// The seed.
        seed: u64,
    },
    /// From a PyTorch or safetensors file.
    File(PathBuf),
    /// Trained on the spot on the embedded digits.
    TrainedOnDigits {
        /// The seed of the initial weights and of the order of images.
        seed: u64,
        /// Passes over the images; absent: as many as the trainer thinks right.
        epochs: Option<u32>,
    },
}

/// The word in the place of a weight file that asks for training on the embedded digits.
const DIGITS: &str = "digits";

const FILE_KEYS: &[&str] = &["contract", "outputs"];
const ONNX_KEYS: &[&str] = &["contract", "outputs", "size"];
const FRESH_KEYS: &[&str] = &["width", "classes", "seed", "contract"];
const WEIGHTS_KEYS: &[&str] = &["width", "classes", "contract"];
const DIGITS_KEYS: &[&str] = &["width", "seed", "epochs", "contract"];

impl NetworkSpec {
    /// Checks every word. The keys are
    /// `contract` (raw, half, imagenet) everywhere; `outputs` (logits: a final softmax or sigmoid is cut off) for files, and
    /// `size` (224, or 224x160: height x width) for ONNX files that leave it open; `width` (a multiplier) and `classes` for zoo networks;
    /// `seed` for fresh weights and for training on the digits; `epochs` for the latter.
    ///
    /// # Errors
    /// Where a name is not in the zoo, a key does not exist for this form, or a value is not what its key takes.
    pub fn check(self) -> Result<NetworkRequest, SpecError> {
        let settings = Settings(&self.settings);
        let source = match &self.network {
            TypedNetwork::File(path) => {
                let (kept, keys) = match ending(path).as_str() {
                    "safetensors" => Ok((NetworkSource::File(PathBuf::from(path)), FILE_KEYS)),
                    "onnx" => Ok((NetworkSource::File(PathBuf::from(path)), ONNX_KEYS)),
                    "pt" | "pth" | "th" | "bin" | "ckpt" => Err(SpecError::ArchitectureNeeded { path: path.clone() }),
                    _ => Err(SpecError::UnknownKind { path: path.clone() }),
                }?;
                settings.only("a network file", keys)?;
                kept
            }
            TypedNetwork::Zoo(name) => {
                let architecture = architecture(name)?;
                settings.only("a zoo network with fresh weights", FRESH_KEYS)?;
                settings.zoo(architecture, Weights::Fresh { seed: settings.seed()? })?
            }
            TypedNetwork::ZooWithWeights(name, weights) if weights == DIGITS => {
                let architecture = architecture(name)?;
                settings.only("a zoo network trained on the digits", DIGITS_KEYS)?;
                let epochs = settings
                    .number("epochs", "a whole number from 1 to 10000", |epochs: &u32| (1..=10_000).contains(epochs))?;
                settings.zoo(architecture, Weights::TrainedOnDigits { seed: settings.seed()?, epochs })?
            }
            TypedNetwork::ZooWithWeights(name, weights) => {
                let architecture = architecture(name)?;
                if ending(weights) == "onnx" {
                    return Err(SpecError::Onnx { path: weights.clone() });
                }
                settings.only("a zoo network with weights from a file", WEIGHTS_KEYS)?;
                settings.zoo(architecture, Weights::File(PathBuf::from(weights)))?
            }
        };
        let (contract, size, cut_to_logits) = (settings.contract()?, settings.size()?, settings.outputs()?);
        Ok(NetworkRequest { source, contract, size, cut_to_logits, spec: self })
    }
}

/// The ending of a file name in small letters.
pub(super) fn ending(path: impl AsRef<Path>) -> String {
    path.as_ref().extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default()
}

fn architecture(name: &str) -> Result<&'static Architecture, SpecError> {
    let names = || zoo::architectures().iter().map(|architecture| architecture.name);
    zoo::find(name).map_err(|_| SpecError::UnknownArchitecture {
        name: name.to_owned(),
        nearest: nearest(name, names()),
        known: names().collect::<Vec<_>>().join(", "),
    })
}

/// Typed settings on their way to values.
struct Settings<'spec>(&'spec [(String, String)]);

impl Settings<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other == key).map(|(_, value)| value.as_str())
    }

    fn only(&self, form: &'static str, valid: &[&str]) -> Result<(), SpecError> {
        match self.0.iter().find(|(key, _)| !valid.contains(&key.as_str())) {
            None => Ok(()),
            Some((key, _)) => Err(SpecError::UnknownKey {
                key: key.clone(),
                form,
                nearest: nearest(key, valid.iter().copied()),
                valid: valid.join(", "),
            }),
        }
    }

    fn number<T: FromStr>(
        &self,
        key: &'static str,
        expected: &'static str,
        in_range: impl Fn(&T) -> bool,
    ) -> Result<Option<T>, SpecError> {
        let Some(typed) = self.get(key) else { return Ok(None) };
        match typed.parse().ok().filter(in_range) {
            Some(number) => Ok(Some(number)),
            None => Err(SpecError::Value { key, expected, found: typed.to_owned() }),
        }
    }

    fn seed(&self) -> Result<u64, SpecError> {
        Ok(self.number("seed", "a whole number from 0 to 18446744073709551615", |_: &u64| true)?.unwrap_or(0))
    }

    fn contract(&self) -> Result<Option<NamedContract>, SpecError> {
        let Some(typed) = self.get("contract") else { return Ok(None) };
        let wrong = || SpecError::Value { key: "contract", expected: "raw, half or imagenet", found: typed.to_owned() };
        NamedContract::find(typed).map(Some).ok_or_else(wrong)
    }

    fn size(&self) -> Result<Option<[usize; 2]>, SpecError> {
        let Some(typed) = self.get("size") else { return Ok(None) };
        let (height, width) = typed.split_once('x').unwrap_or((typed, typed));
        let side = |text: &str| text.parse().ok().filter(|side| (1..=65_536).contains(side));
        match (side(height), side(width)) {
            (Some(height), Some(width)) => Ok(Some([height, width])),
            _ => Err(SpecError::Value {
                key: "size",
                expected: "a number of pixels, or HEIGHTxWIDTH",
                found: typed.to_owned(),
            }),
        }
    }

    fn outputs(&self) -> Result<bool, SpecError> {
        match self.get("outputs") {
            None => Ok(false),
            Some("logits") => Ok(true),
            Some(other) => Err(SpecError::Value { key: "outputs", expected: "logits", found: other.to_owned() }),
        }
    }

    fn zoo(&self, architecture: &'static Architecture, weights: Weights) -> Result<NetworkSource, SpecError> {
        let width =
            self.number("width", "a number above 0 and at most 8", |&width: &f64| width > 0.0 && width <= 8.0)?;
        let classes = self
            .number("classes", "a whole number from 1 to 100000", |classes: &usize| (1..=100_000).contains(classes))?;
        Ok(NetworkSource::Zoo { architecture, width: width.unwrap_or(1.0), classes, weights })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(typed: &str) -> String {
        NetworkSpec::parse(typed).and_then(NetworkSpec::check).expect_err("it is refused").to_string()
    }

    #[test]
    fn values_arrive() {
        let request = NetworkSpec::parse("lenet@digits#seed=5&epochs=3&width=0.5&contract=raw")
            .and_then(NetworkSpec::check)
            .expect("all words are known");
        let NetworkSource::Zoo { architecture, width, classes, weights } = request.source else {
            panic!("lenet is in the zoo")
        };
        assert_eq!((architecture.name, width, classes), ("lenet", 0.5, None));
        assert_eq!(weights, Weights::TrainedOnDigits { seed: 5, epochs: Some(3) });
        assert_eq!(request.contract, Some(NamedContract::Raw));
    }

    #[test]
    fn sizes_arrive() {
        let size = |typed: &str| NetworkSpec::parse(typed).and_then(NetworkSpec::check).map(|request| request.size);
        assert_eq!(size("net.onnx"), Ok(None));
        assert_eq!(size("net.onnx#size=224"), Ok(Some([224, 224])));
        assert_eq!(size("net.onnx#size=96x128&contract=raw"), Ok(Some([96, 128])));
    }

    #[test]
    fn each_mistake_has_its_sentence() {
        assert!(refused("resnet-18").contains("did you mean 'resnet18'?"));
        assert!(refused("LeNet").contains("did you mean 'lenet'?"));
        assert!(refused("lenet#widht=2").contains("did you mean 'width'?"));
        assert!(refused("lenet#epochs=2").contains("width, classes, seed, contract"));
        assert!(refused("lenet@w.pt#seed=1").contains("width, classes, contract"));
        assert!(refused("lenet@net.onnx").contains("give the file alone"));
        assert!(refused("net.onnx#size=big").starts_with("size must be a number of pixels"));
        assert!(refused("net.onnx#outputs=log").starts_with("outputs must be logits"));
        assert!(refused("net.safetensors#size=8").contains("contract, outputs"));
        assert!(refused("net.th").contains("ZOO_NAME@net.th"));
        assert!(refused("net.txt").contains(".safetensors"));
        assert!(refused("lenet#contract=none").contains("raw, half or imagenet"));
        for value in ["0", "-1", "nan", "9", "wide"] {
            assert!(refused(&format!("lenet#width={value}")).starts_with("width must be"));
        }
        assert!(refused("lenet#classes=0").starts_with("classes must be"));
        assert!(refused("lenet#seed=-1").starts_with("seed must be"));
        assert!(refused("lenet@digits#epochs=0").starts_with("epochs must be"));
    }
}
