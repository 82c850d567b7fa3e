//! What is changed at random in an image each time it is learned from.

use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::{data::ImageShape, seed::stream};

/// Random crop and flip of training images; every image of every epoch has a random stream of its own, so neither the
/// batch nor the number of threads changes a bit.
///
/// ```
/// use transferscope_lab::training::Augmentation;
/// let usual = Augmentation { crop_padding: 4, flip: true };
/// assert!(!usual.is_none() && Augmentation::default().is_none());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Augmentation {
    /// Black pixels added at each side before an image of the old size is cut out at random; 0 cuts nothing. The paper
    /// and most CIFAR recipes have 4 (paper.md Q24).
    pub crop_padding: usize,
    /// Whether one image in two is mirrored left to right.
    pub flip: bool,
}

impl Augmentation {
    /// Four pixels of padding, and flips: `RandomCrop(32, padding=4)` and `RandomHorizontalFlip()`.
    pub const CROP_AND_FLIP: Self = Self { crop_padding: 4, flip: true };

    /// Whether images stay as they are.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.crop_padding == 0 && !self.flip
    }

    /// Changes one image in place: numbers of `shape`, of the image with this identity, in this epoch.
    pub(super) fn apply(&self, pixels: &mut [f32], shape: ImageShape, seed: u64, image: u64, epoch: usize) {
        if self.is_none() {
            return;
        }
        let mut random = stream(seed, "augmentation", image, epoch as u64);
        // Drawn in this order whether used or not, so that switching one off does not change the other.
        let [down, right] = [0, 1].map(|_| random.random_range(0..=2 * self.crop_padding));
        let mirrored: bool = random.random();
        moved(pixels, shape, [down, right].map(|shift| shift as isize - self.crop_padding as isize));
        if self.flip && mirrored {
            pixels.chunks_mut(shape.width.max(1)).for_each(<[f32]>::reverse);
        }
    }
}

/// The window of an image that starts `shift` rows below and columns right of its corner; what lies outside is 0.
fn moved(pixels: &mut [f32], shape: ImageShape, [down, right]: [isize; 2]) {
    if [down, right] == [0, 0] {
        return;
    }
    let old = pixels.to_vec();
    let (height, width) = (shape.height, shape.width);
    let inside = |at: usize, shift: isize, size: usize| at.checked_add_signed(shift).filter(|&place| place < size);
    for (plane, old) in pixels.chunks_mut(height * width).zip(old.chunks(height * width)) {
        for row in 0..height {
            for column in 0..width {
                plane[row * width + column] = match (inside(row, down, height), inside(column, right, width)) {
                    (Some(row), Some(column)) => old[row * width + column],
                    _ => 0.0,
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const SHAPE: ImageShape = ImageShape { channels: 1, height: 2, width: 3 };

    fn image() -> Vec<f32> {
        vec![0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    }

    #[test]
    fn a_moved_window_shows_black_outside() {
        let mut pixels = image();
        moved(&mut pixels, SHAPE, [1, -1]);
        assert_eq!(pixels, [0.0, 0.4, 0.5, 0.0, 0.0, 0.0]);
    }

    /// With padding 1 there are 3 x 3 windows, each mirrored or not: 18 pictures, all of which come up in 400 draws
    /// (a given one stays away with probability (17/18)^400 < 2e-10).
    #[test]
    fn every_window_and_its_mirror_image_comes_up_and_nothing_else() {
        let augmentation = Augmentation { crop_padding: 1, flip: true };
        let picture = |image_id: u64, epoch: usize| {
            let mut pixels = image();
            augmentation.apply(&mut pixels, SHAPE, 5, image_id, epoch);
            pixels.iter().map(|pixel| pixel.to_bits()).collect::<Vec<_>>()
        };
        let seen: BTreeSet<Vec<u32>> = (0..400).map(|draw| picture(draw % 20, (draw / 20) as usize)).collect();
        let mut expected = BTreeSet::new();
        for (down, right) in (-1..=1).flat_map(|down| (-1..=1).map(move |right| (down, right))) {
            let mut pixels = image();
            moved(&mut pixels, SHAPE, [down, right]);
            expected.insert(pixels.iter().map(|pixel| pixel.to_bits()).collect::<Vec<_>>());
            pixels.chunks_mut(3).for_each(<[f32]>::reverse);
            expected.insert(pixels.iter().map(|pixel| pixel.to_bits()).collect());
        }
        assert_eq!(seen, expected);
        assert_eq!(picture(3, 2), picture(3, 2));
    }

    #[test]
    fn a_flip_is_the_same_with_and_without_the_crop() {
        // A row of one pixel more than the padding cannot tell; a symmetric image cannot either: use the corners.
        let flips = |crop_padding: usize| -> Vec<bool> {
            (0..64)
                .map(|id| {
                    let shape = ImageShape { channels: 1, height: 1, width: 9 };
                    let mut pixels: Vec<f32> = (1..=9).map(|pixel| pixel as f32).collect();
                    Augmentation { crop_padding, flip: true }.apply(&mut pixels, shape, 1, id, 0);
                    let inner: Vec<f32> = pixels.into_iter().filter(|pixel| *pixel > 0.0).collect();
                    // All rows may have moved out of sight: then nothing is said.
                    inner.len() > 1 && inner[0] > inner[1]
                })
                .collect()
        };
        assert!(flips(0).iter().filter(|flipped| **flipped).count() > 16);
        assert!(flips(0).iter().any(|flipped| !flipped));
    }
}
