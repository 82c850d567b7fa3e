//! What a set of images holds, as one plain value: counts, classes, channel statistics and a fingerprint of the content.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::data::{ImageSet, ImageShape, Pixels};

/// How many images a class has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClassCount {
    /// The class.
    pub name: String,
    /// Its images.
    pub count: usize,
}

/// One channel over all images and pixels, in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ChannelSummary {
    /// Mean.
    pub mean: f64,
    /// Standard deviation (of the population: divided by the number of pixels).
    pub std: f64,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
}

/// What a set holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspection {
    /// Kind and split.
    pub name: String,
    /// Number of images.
    pub count: usize,
    /// Channels, height and width.
    pub shape: ImageShape,
    /// How pixels are held: `uint8` or `float32`.
    pub storage: &'static str,
    /// Images of every class, in label order; `None` without labels.
    pub classes: Option<Vec<ClassCount>>,
    /// Every channel; empty without images.
    pub channels: Vec<ChannelSummary>,
    /// Smallest value of all channels, in [0, 1]; `None` without images.
    pub min: Option<f64>,
    /// Largest value of all channels, in [0, 1]; `None` without images.
    pub max: Option<f64>,
    /// SHA-256 of shape, pixels and labels as held: equal for equal content, whatever file it came from.
    pub sha256: String,
    /// What was missing or left out.
    pub notes: Vec<String>,
}

/// Looks through a set.
///
/// ```
/// use transferscope_lab::data::{inspect, load};
///
/// let found = inspect(&load("digits")?);
/// assert_eq!((found.count, found.shape.height), (1797, 8));
/// assert_eq!((found.min, found.max), (Some(0.0), Some(1.0)));
/// # Ok::<(), transferscope_lab::data::DataError>(())
/// ```
pub fn inspect(set: &ImageSet) -> Inspection {
    let channels = channels(set);
    let extreme =
        |value: fn(&ChannelSummary) -> f64, pick: fn(f64, f64) -> f64| channels.iter().map(value).reduce(pick);
    Inspection {
        name: set.name().to_owned(),
        count: set.len(),
        shape: set.shape(),
        storage: match set.pixels() {
            Pixels::U8(_) => "uint8",
            Pixels::F32(_) => "float32",
        },
        classes: set.class_names().zip(set.class_counts()).map(|(names, counts)| {
            names.iter().zip(counts).map(|(name, count)| ClassCount { name: name.clone(), count }).collect()
        }),
        min: extreme(|channel| channel.min, f64::min),
        max: extreme(|channel| channel.max, f64::max),
        channels,
        sha256: fingerprint(set),
        notes: set.notes().to_vec(),
    }
}

fn channels(set: &ImageSet) -> Vec<ChannelSummary> {
    if set.is_empty() {
        return Vec::new();
    }
    let shape = set.shape();
    let plane = shape.height * shape.width;
    let planes_of = |channel: usize| (0..set.len()).map(move |image| (image * shape.channels + channel) * plane);
    (0..shape.channels)
        .map(|channel| match set.pixels() {
            Pixels::U8(levels) => summary_of_levels(planes_of(channel).map(|start| &levels[start..start + plane])),
            Pixels::F32(values) => summary_of_values(planes_of(channel).map(|start| &values[start..start + plane])),
        })
        .collect()
}

/// Exact, from the counts of the 256 levels.
fn summary_of_levels<'a>(planes: impl Iterator<Item = &'a [u8]>) -> ChannelSummary {
    let mut counts = [0_u64; 256];
    for level in planes.flatten() {
        counts[usize::from(*level)] += 1;
    }
    let present = || {
        counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
            .map(|(level, count)| (level as f64 / 255.0, *count as f64))
    };
    let pixels: f64 = present().map(|(_, count)| count).sum();
    let mean = present().map(|(value, count)| value * count).sum::<f64>() / pixels;
    let variance = present().map(|(value, count)| (value - mean).powi(2) * count).sum::<f64>() / pixels;
    let min = present().map(|(value, _)| value).fold(f64::INFINITY, f64::min);
    let max = present().map(|(value, _)| value).fold(f64::NEG_INFINITY, f64::max);
    ChannelSummary { mean, std: variance.sqrt(), min, max }
}

/// Two passes in f64, plane by plane in order.
fn summary_of_values<'a>(planes: impl Iterator<Item = &'a [f32]> + Clone) -> ChannelSummary {
    let values = || planes.clone().flatten().map(|value| f64::from(*value));
    let pixels = values().count() as f64;
    let mean = values().sum::<f64>() / pixels;
    let variance = values().map(|value| (value - mean).powi(2)).sum::<f64>() / pixels;
    ChannelSummary {
        mean,
        std: variance.sqrt(),
        min: values().fold(f64::INFINITY, f64::min),
        max: values().fold(f64::NEG_INFINITY, f64::max),
    }
}

/// SHA-256 over a version line, N, C, H, W (64-bit little-endian), the pixels as held, and the labels (32-bit little-endian).
fn fingerprint(set: &ImageSet) -> String {
    let mut hash = Sha256::new();
    hash.update(b"transferscope images 1\n");
    for length in [set.len(), set.shape().channels, set.shape().height, set.shape().width] {
        hash.update((length as u64).to_le_bytes());
    }
    match set.pixels() {
        Pixels::U8(levels) => {
            hash.update(b"uint8\n");
            hash.update(levels);
        }
        Pixels::F32(values) => {
            hash.update(b"float32\n");
            for value in values {
                hash.update(value.to_le_bytes());
            }
        }
    }
    if let Some(labels) = set.labels() {
        hash.update(b"labels\n");
        for label in labels {
            hash.update(label.to_le_bytes());
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use super::*;

    const SHAPE: ImageShape = ImageShape { channels: 2, height: 1, width: 2 };

    fn set(pixels: Pixels) -> ImageSet {
        ImageSet::new("two channels", SHAPE, pixels, Some((vec![0], vec!["a".into(), "b".into()])), vec![3]).unwrap()
    }

    #[test]
    fn bytes_and_floats_of_the_same_picture_have_the_same_statistics() {
        let bytes = inspect(&set(Pixels::U8(vec![0, 255, 51, 51])));
        let floats = inspect(&set(Pixels::F32(vec![0.0, 1.0, 0.2, 0.2])));
        // First channel 0 and 1: mean 1/2, deviation 1/2. Second channel 0.2 twice: deviation 0.
        assert_eq!((bytes.channels[0].mean, bytes.channels[0].std), (0.5, 0.5));
        assert_eq!((bytes.channels[1].mean, bytes.channels[1].std), (0.2, 0.0));
        assert_eq!((bytes.min, bytes.max), (Some(0.0), Some(1.0)));
        for (byte, float) in bytes.channels.iter().zip(&floats.channels) {
            // 0.2 is not exact in f32: relative 6e-8.
            assert!((byte.mean - float.mean).abs() < 1e-8 && (byte.std - float.std).abs() < 1e-8);
        }
        assert_ne!(bytes.sha256, floats.sha256);
        assert_eq!(bytes.classes.unwrap().iter().map(|class| class.count).collect::<Vec<_>>(), [1, 0]);
    }

    #[test]
    fn the_fingerprint_is_of_the_content_and_not_of_names_or_ids() {
        let one = set(Pixels::U8(vec![0, 255, 51, 51]));
        let renamed =
            ImageSet::new("other", SHAPE, one.pixels().clone(), Some((vec![0], vec!["c".into()])), vec![9]).unwrap();
        assert_eq!(inspect(&one).sha256, inspect(&renamed).sha256);
        assert_ne!(inspect(&one).sha256, inspect(&set(Pixels::U8(vec![0, 255, 51, 52]))).sha256);
    }
}
