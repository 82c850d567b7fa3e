//! A network that can be measured: behind the engine's door, with a name and what its outputs mean.

use transferscope_engine::{EngineError, Feed, Frozen};
use transferscope_network::array::Array;

use crate::data::ImageSet;

/// Which outputs deviations are taken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outputs {
    /// The network's answer.
    Logits,
    /// The answer less its mean over classes: softmax does not see that mean.
    Centred,
    /// The penultimate features.
    Features,
}

impl Outputs {
    /// Its name on the command line and in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Logits => "logits",
            Self::Centred => "centred",
            Self::Features => "features",
        }
    }
}

impl std::str::FromStr for Outputs {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Logits, Self::Centred, Self::Features]
            .into_iter()
            .find(|outputs| outputs.name() == text)
            .ok_or_else(|| format!("expected the outputs 'logits', 'centred' or 'features', found '{text}'"))
    }
}

/// A network behind the engine's door, from pixels in `[0,1]` at the data's size to logits `[N, classes]`.
pub struct Subject {
    name: String,
    network: Box<dyn Frozen>,
    features: Option<String>,
    class_names: Option<Vec<String>>,
}

/// Why a network cannot be a subject, or could not answer.
#[derive(Debug, thiserror::Error)]
pub enum SubjectError {
    /// The output is not one row of logits an image.
    #[error(
        "the network '{name}' must give one row of logits for each image, but its output has shape {found:?} behind the batch axis"
    )]
    OutputShape {
        /// The network.
        name: String,
        /// The shape.
        found: Vec<usize>,
    },
    /// Features were asked for where there are none.
    #[error("the network '{name}' has no linear head, so it has no penultimate features; use --outputs logits")]
    NoFeatures {
        /// The network.
        name: String,
    },
    /// An output is no number.
    #[error(
        "the network '{name}' gave NaN or infinity for image {image} of the batch; its weights or inputs are out of range"
    )]
    NotFinite {
        /// The network.
        name: String,
        /// The row.
        image: usize,
    },
    /// The engine failed.
    #[error("the network '{name}': {source}")]
    Engine {
        /// The network.
        name: String,
        /// What it said.
        source: EngineError,
    },
}

impl Subject {
    /// A subject of this name; `features` is the name of the penultimate features.
    ///
    /// # Errors
    /// Where the output is not a row of logits.
    pub fn new(name: &str, network: Box<dyn Frozen>, features: Option<String>) -> Result<Self, SubjectError> {
        let found = network.value_shape(network.output()).unwrap_or_default();
        if found.len() != 1 {
            return Err(SubjectError::OutputShape { name: name.to_owned(), found });
        }
        Ok(Self { name: name.to_owned(), network, features, class_names: None })
    }

    /// The same, with the names of its classes.
    #[must_use]
    pub fn with_class_names(mut self, names: Option<Vec<String>>) -> Self {
        self.class_names = names;
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many classes it knows.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.network.value_shape(self.network.output()).and_then(|shape| shape.first().copied()).unwrap_or(0)
    }

    /// The names of its classes, where they are known.
    #[must_use]
    pub fn class_names(&self) -> Option<&[String]> {
        self.class_names.as_deref()
    }

    /// Why the data's labels say nothing about this network's classes, or `None` where they do: the numbers of
    /// classes must be equal, and the names too where both are known.
    #[must_use]
    pub fn label_mismatch(&self, data: &ImageSet) -> Option<String> {
        let Some(classes) = data.class_count() else {
            return Some(format!("the data '{}' have no labels", data.name()));
        };
        if classes != self.classes() {
            return Some(format!(
                "the network '{}' knows {} classes and the data '{}' have {classes}",
                self.name,
                self.classes(),
                data.name()
            ));
        }
        match (self.class_names(), data.class_names()) {
            (Some(own), Some(theirs)) if own != theirs => {
                Some(format!("the classes of the network '{}' are not those of the data '{}'", self.name, data.name()))
            }
            _ => None,
        }
    }

    /// The door itself.
    #[must_use]
    pub fn network(&self) -> &dyn Frozen {
        self.network.as_ref()
    }

    /// Logits for a batch of images, `[N, classes]`, checked to be finite.
    ///
    /// # Errors
    /// Where the engine fails or an output is not finite.
    pub fn logits(&self, images: &Array<f32>) -> Result<Array<f64>, SubjectError> {
        let output = self.network.output().to_owned();
        self.values(images, &[&output]).map(|mut values| values.swap_remove(0))
    }

    /// Logits and the outputs that deviations are taken of.
    ///
    /// # Errors
    /// As [`Subject::logits`], and where there are no features.
    pub fn observe(&self, images: &Array<f32>, outputs: Outputs) -> Result<Observation, SubjectError> {
        let answer = self.network.output().to_owned();
        match outputs {
            Outputs::Logits => {
                let logits = self.logits(images)?;
                Ok(Observation { outputs: logits.clone(), logits })
            }
            Outputs::Centred => {
                let logits = self.logits(images)?;
                Ok(Observation { outputs: centred(&logits), logits })
            }
            Outputs::Features => {
                let features =
                    self.features.clone().ok_or_else(|| SubjectError::NoFeatures { name: self.name.clone() })?;
                let mut values = self.values(images, &[&answer, &features])?;
                let outputs = values.swap_remove(1);
                Ok(Observation { logits: values.swap_remove(0), outputs })
            }
        }
    }

    /// The name of the value that these outputs are read from; centred outputs are read from the logits.
    ///
    /// # Errors
    /// Where features are asked for and there are none.
    pub fn value_name(&self, outputs: Outputs) -> Result<String, SubjectError> {
        match outputs {
            Outputs::Logits | Outputs::Centred => Ok(self.network.output().to_owned()),
            Outputs::Features => {
                self.features.clone().ok_or_else(|| SubjectError::NoFeatures { name: self.name.clone() })
            }
        }
    }

    /// Wraps an engine's error with the network's name.
    pub(crate) fn failed(&self, source: EngineError) -> SubjectError {
        SubjectError::Engine { name: self.name.clone(), source }
    }

    fn values(&self, images: &Array<f32>, want: &[&str]) -> Result<Vec<Array<f64>>, SubjectError> {
        let values = self.network.forward(&Feed::batch(images.clone()), want).map_err(|source| self.failed(source))?;
        for value in &values {
            for row in 0..value.rows() {
                if value.row(row).iter().any(|number| !number.is_finite()) {
                    return Err(SubjectError::NotFinite { name: self.name.clone(), image: row });
                }
            }
        }
        Ok(values.iter().map(|value| flat(value.to_f64())).collect())
    }
}

/// What a network said about a batch.
#[derive(Clone, Debug)]
pub struct Observation {
    /// The answer, `[N, classes]`.
    pub logits: Array<f64>,
    /// The outputs that deviations are taken of, `[N, d]`.
    pub outputs: Array<f64>,
}

fn flat(array: Array<f64>) -> Array<f64> {
    let shape = vec![array.rows(), array.row_length()];
    array.clone().reshaped(shape).unwrap_or(array)
}

#[expect(clippy::cast_precision_loss, reason = "class counts are small")]
fn centred(logits: &Array<f64>) -> Array<f64> {
    let mut result = logits.clone();
    let classes = result.row_length();
    for row in result.data_mut().chunks_mut(classes.max(1)) {
        let mean = row.iter().sum::<f64>() / classes as f64;
        row.iter_mut().for_each(|number| *number -= mean);
    }
    result
}
