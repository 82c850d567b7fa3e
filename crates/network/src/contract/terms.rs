//! The terms of an input contract.

use serde::{Deserialize, Serialize};

/// The meaning of a network's input channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelOrder {
    /// One channel.
    Grey,
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red.
    Bgr,
}

impl ChannelOrder {
    /// How many channels there are.
    #[must_use]
    pub fn channels(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb | Self::Bgr => 3,
        }
    }
}

/// The range of the pixels before normalisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PixelRange {
    /// From 0 to 1.
    Unit,
    /// From 0 to 255.
    Bytes,
}

/// What a network wants to be shown: its input is (range · resized pixels − mean) / std.
///
/// Pixels everywhere else in this project live in `[0,1]` at the data's own size; resizing and normalising
/// belong to the network and are differentiated through, so one perturbation serves networks of different sizes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// The channels, in their order.
    pub channels: ChannelOrder,
    /// Rows of the input.
    pub height: usize,
    /// Columns of the input.
    pub width: usize,
    /// The range of pixels that `mean` and `std` refer to.
    pub range: PixelRange,
    /// What is subtracted, for each channel.
    pub mean: Vec<f64>,
    /// What is divided by, for each channel.
    pub std: Vec<f64>,
    /// How many classes the output has.
    pub classes: usize,
    /// The names of the classes, where they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class_names: Option<Vec<String>>,
}

impl Contract {
    /// RGB pixels in `[0,1]`, mean and std 0.5: the paper's networks (paper.md Q17, Q24).
    #[must_use]
    pub fn half(height: usize, width: usize, classes: usize) -> Self {
        Self::rgb(height, width, classes, [0.5; 3], [0.5; 3])
    }

    /// RGB pixels in `[0,1]` as they are.
    #[must_use]
    pub fn raw(height: usize, width: usize, classes: usize) -> Self {
        Self::rgb(height, width, classes, [0.0; 3], [1.0; 3])
    }

    /// RGB pixels with the mean and std of ImageNet, as torchvision's networks want them.
    #[must_use]
    pub fn imagenet(height: usize, width: usize, classes: usize) -> Self {
        Self::rgb(height, width, classes, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    }

    fn rgb(height: usize, width: usize, classes: usize, mean: [f64; 3], std: [f64; 3]) -> Self {
        Self {
            channels: ChannelOrder::Rgb,
            height,
            width,
            range: PixelRange::Unit,
            mean: mean.to_vec(),
            std: std.to_vec(),
            classes,
            class_names: None,
        }
    }
}
