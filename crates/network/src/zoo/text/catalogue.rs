//! The text networks by name, and what can be set on each.

use std::ops::Deref;

use super::{
    bag, bert,
    convolutional::{self, WINDOWS},
};
use crate::{
    graph::{Graph, GraphError},
    zoo::{
        Settings, ZooError,
        layers::Layers,
        wanted::{Filling, Wanted},
    },
};

/// What of the last layer's tokens becomes the features of the sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextPooling {
    /// The mean over all tokens, as sentence encoders have it.
    Mean,
    /// The first token through a linear layer and a hyperbolic tangent: BERT's pooler.
    First,
}

/// What can be set on a text network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextSettings {
    /// Classes of the head.
    pub classes: usize,
    /// Rows of the embedding table: token numbers are below it.
    pub vocabulary: usize,
    /// Tokens of the input.
    pub length: usize,
    /// Numbers a token.
    pub width: usize,
    /// Layers of an encoder.
    pub layers: usize,
    /// Attention heads of an encoder; they divide the width.
    pub heads: usize,
    /// Width between the two linear layers of an encoder's block.
    pub hidden: usize,
    /// Rows of an encoder's table of positions, at least the length.
    pub positions: usize,
    /// What keeps the root of an encoder's normalization away from zero.
    pub epsilon: f64,
    /// How an encoder's tokens become features.
    pub pooling: TextPooling,
    /// The seed of the initial weights.
    pub seed: u64,
}

impl TextSettings {
    /// 64 numbers a token; encoders of two layers with four heads, mean pooling.
    #[must_use]
    pub fn small(classes: usize, vocabulary: usize, length: usize) -> Self {
        Self {
            classes,
            vocabulary,
            length,
            width: 64,
            layers: 2,
            heads: 4,
            hidden: 256,
            positions: length,
            epsilon: 1e-12,
            pooling: TextPooling::Mean,
            seed: 0,
        }
    }
}

/// Settings, and whether the weights matter; reads like the settings.
pub(super) struct WantedText {
    settings: TextSettings,
    filling: Filling,
}

impl Deref for WantedText {
    type Target = TextSettings;

    fn deref(&self) -> &TextSettings {
        &self.settings
    }
}

impl WantedText {
    pub(super) fn layers_of(&self, name: &str) -> Layers {
        let settings = Settings { classes: self.classes, width: 1.0, seed: self.seed };
        Layers::new(name, &Wanted { settings, filling: self.filling })
    }

    /// Gives tables uniform numbers in ±0.035, of standard deviation 0.02, as BERT's are; and ±1/√width for small forms.
    pub(super) fn fan_in(&self) -> usize {
        if self.layers > 0 && self.heads > 0 { 833 } else { self.width }
    }
}

/// A text network of the zoo.
#[derive(Clone, Copy, Debug)]
pub struct TextArchitecture {
    /// Its name on the command line.
    pub name: &'static str,
    /// The family it belongs to.
    pub family: &'static str,
    /// One line about it.
    pub about: &'static str,
    builder: fn(&WantedText) -> Result<Graph, GraphError>,
}

static ARCHITECTURES: [TextArchitecture; 3] = [
    TextArchitecture {
        name: "text-bag",
        family: "bag of words",
        about: "the mean of the words' vectors, one hidden layer (Iyyer et al. 2015)",
        builder: bag::graph,
    },
    TextArchitecture {
        name: "text-cnn",
        family: "convolutional",
        about: "windows of 3, 4 and 5 words, the largest answer of each filter (Kim 2014)",
        builder: convolutional::graph,
    },
    TextArchitecture {
        name: "bert",
        family: "transformer",
        about: "transformer encoder with Hugging Face's weight names (Devlin et al. 2019)",
        builder: bert::graph,
    },
];

/// The largest table of words.
const MOST_WORDS: usize = 1 << 20;
/// The longest text.
const LONGEST: usize = 4096;
const WIDEST: usize = 8192;
const DEEPEST: usize = 96;

impl TextArchitecture {
    /// The graph with fresh weights, uniform by fan-in, from the seed.
    ///
    /// # Errors
    /// Where a setting is out of range.
    pub fn build(&self, settings: &TextSettings) -> Result<Graph, ZooError> {
        self.filled(settings, Filling::Fresh)
    }

    /// The graph with all learned weights zero, for filling in a file's.
    ///
    /// # Errors
    /// Where a setting is out of range.
    pub fn build_blank(&self, settings: &TextSettings) -> Result<Graph, ZooError> {
        self.filled(settings, Filling::Zeros)
    }

    fn filled(&self, settings: &TextSettings, filling: Filling) -> Result<Graph, ZooError> {
        let is_encoder = self.name == "bert";
        let shortest = if self.name == "text-cnn" { WINDOWS[WINDOWS.len() - 1] } else { 1 };
        let held = |fits: bool, setting, expected, found: usize| match fits {
            true => Ok(()),
            false => Err(ZooError::Setting { setting, expected, found: found.to_string() }),
        };
        let TextSettings { classes, vocabulary, length, width, layers, heads, hidden, positions, .. } = *settings;
        held((1..=MOST_WORDS).contains(&classes), "classes", "a whole number from 1", classes)?;
        held((2..=MOST_WORDS).contains(&vocabulary), "vocabulary", "from 2 to 1048576 words", vocabulary)?;
        held(
            (shortest..=LONGEST).contains(&length),
            "length",
            "from 1 (text-cnn: 5, its longest window) to 4096 tokens",
            length,
        )?;
        held((1..=WIDEST).contains(&width), "width", "from 1 to 8192 numbers a token", width)?;
        if is_encoder {
            held((1..=DEEPEST).contains(&layers), "layers", "from 1 to 96", layers)?;
            held(heads > 0 && width % heads == 0, "heads", "a divisor of the width", heads)?;
            held((1..=4 * WIDEST).contains(&hidden), "hidden", "from 1 to 32768", hidden)?;
            held((length..=MOST_WORDS).contains(&positions), "positions", "at least the length", positions)?;
        }
        let settings = if is_encoder { *settings } else { TextSettings { layers: 0, heads: 0, ..*settings } };
        Ok((self.builder)(&WantedText { settings, filling })?)
    }
}

/// All text networks, in the order in which they are listed.
#[must_use]
pub fn text_architectures() -> &'static [TextArchitecture] {
    &ARCHITECTURES
}

/// The text network of this name.
///
/// # Errors
/// Where there is none; the error lists all.
pub fn find_text(name: &str) -> Result<&'static TextArchitecture, ZooError> {
    ARCHITECTURES.iter().find(|architecture| architecture.name == name).ok_or_else(|| ZooError::UnknownName {
        name: name.to_owned(),
        known: ARCHITECTURES.iter().map(|architecture| architecture.name).collect::<Vec<_>>().join(", "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passes::cost;

    /// BERT-base with 30,522 word pieces has 109,482,240 parameters with its pooler (Devlin et al. count 110 M); a head of
    /// two classes adds 2 · 768 + 2.
    #[test]
    fn bert_base_has_the_published_number_of_parameters() {
        let base = TextSettings {
            width: 768,
            layers: 12,
            heads: 12,
            hidden: 3072,
            positions: 512,
            pooling: TextPooling::First,
            ..TextSettings::small(2, 30_522, 128)
        };
        let graph = find_text("bert").and_then(|found| found.build_blank(&base)).expect("the settings are in range");
        assert_eq!(cost(&graph).expect("it is checked").parameters, 109_482_240 + 1538);
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        let refused = |name: &str, settings: TextSettings| find_text(name).and_then(|it| it.build(&settings)).is_err();
        let good = TextSettings::small(2, 10, 8);
        assert!(refused("bert", TextSettings { heads: 5, ..good }));
        assert!(refused("bert", TextSettings { positions: 7, ..good }));
        assert!(refused("text-cnn", TextSettings { length: 4, ..good }));
        assert!(refused("text-bag", TextSettings { vocabulary: 1, ..good }));
        assert!(find_text("elmo").is_err_and(|error| error.to_string().contains("text-bag")));
    }
}
