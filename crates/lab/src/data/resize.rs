//! Antialiased bilinear resize, as Pillow does it: the triangle filter is widened by the factor of reduction.
//!
//! Every output pixel is a weighted mean of the input pixels under a triangle of half-width max(1, input / output), first along
//! rows and then along columns. On bytes the result is within one grey level of Pillow's `resize(…, BILINEAR)`.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{F32, U8};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};

use crate::data::{DataError, ImageSet, ImageShape, ImageSize, Pixels};

/// The largest side that is asked for; more is a slip of the keyboard.
pub(crate) const LARGEST_SIDE: usize = 16_384;

impl ImageSet {
    /// The same set with every image brought to `size` (antialiased bilinear; the aspect ratio is not kept).
    ///
    /// # Errors
    /// When a side of `size` is 0 or above 16,384.
    pub fn resized(&self, size: ImageSize) -> Result<Self, DataError> {
        let pixels = resize_planes(self.pixels(), self.shape().size(), size)?;
        let shape = ImageShape { channels: self.shape().channels, height: size.height, width: size.width };
        Ok(self.with_pixels(shape, pixels))
    }
}

/// Resizes planes (one channel of one image each) that lie one after another.
///
/// ```
/// use transferscope_lab::data::{ImageSize, Pixels, resize_planes};
///
/// let two_by_two = Pixels::U8(vec![0, 100, 100, 200]);
/// let mean = resize_planes(&two_by_two, ImageSize { height: 2, width: 2 }, ImageSize { height: 1, width: 1 })?;
/// assert_eq!(mean, Pixels::U8(vec![100]));
/// # Ok::<(), transferscope_lab::data::DataError>(())
/// ```
///
/// # Errors
/// When a side is 0 or above 16,384, or the pixels are no whole number of planes.
pub fn resize_planes(pixels: &Pixels, from: ImageSize, to: ImageSize) -> Result<Pixels, DataError> {
    match pixels {
        Pixels::U8(levels) => Ok(Pixels::U8(resize_planes_u8(levels, from, to)?)),
        Pixels::F32(values) => {
            let planes: Vec<F32> = values.iter().copied().map(F32::new).collect();
            let resized = resize_typed(&planes, from, to)?;
            // Weights are positive and sum to one, but rounding may leave [0, 1] by one unit in the last place.
            Ok(Pixels::F32(resized.into_iter().map(|pixel| pixel.0.clamp(0.0, 1.0)).collect()))
        }
    }
}

/// The same for bytes.
pub(crate) fn resize_planes_u8(levels: &[u8], from: ImageSize, to: ImageSize) -> Result<Vec<u8>, DataError> {
    let planes: Vec<U8> = levels.iter().copied().map(U8::new).collect();
    Ok(resize_typed(&planes, from, to)?.into_iter().map(|pixel| pixel.0).collect())
}

fn resize_typed<P: PixelTrait + Copy>(planes: &[P], from: ImageSize, to: ImageSize) -> Result<Vec<P>, DataError> {
    let described = format!("{}x{} to {}x{} (height x width)", from.height, from.width, to.height, to.width);
    let refused = |found: String| DataError::Inconsistent {
        place: "resize".to_owned(),
        expected: format!("sides from 1 to {LARGEST_SIDE} and whole planes"),
        found,
    };
    if [from.height, from.width, to.height, to.width].iter().any(|side| *side == 0 || *side > LARGEST_SIDE) {
        return Err(refused(described));
    }
    let plane_values = from.height * from.width;
    if !planes.len().is_multiple_of(plane_values) {
        return Err(refused(format!("{} values for planes of {plane_values}", planes.len())));
    }
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).use_alpha(false);
    let mut resizer = Resizer::new();
    let mut target = TypedImage::<P>::new(to.width as u32, to.height as u32);
    let mut resized = Vec::with_capacity(planes.len() / plane_values * to.height * to.width);
    for plane in planes.chunks_exact(plane_values) {
        let failed = |error: String| refused(format!("{described}: {error}"));
        let source = TypedImageRef::new(from.width as u32, from.height as u32, plane)
            .map_err(|error| failed(error.to_string()))?;
        resizer.resize_typed(&source, &mut target, &options).map_err(|error| failed(error.to_string()))?;
        resized.extend_from_slice(target.pixels());
    }
    Ok(resized)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use super::*;

    #[test]
    fn a_constant_image_stays_what_it_is_at_any_size() {
        let from = ImageSize { height: 5, width: 7 };
        for to in [(1, 1), (3, 9), (32, 2), (5, 7)].map(|(height, width)| ImageSize { height, width }) {
            assert_eq!(resize_planes_u8(&[77; 35], from, to).unwrap(), vec![77; to.height * to.width]);
            let Pixels::F32(values) = resize_planes(&Pixels::F32(vec![1.0; 35]), from, to).unwrap() else {
                panic!("floats stay floats")
            };
            // A weighted mean in f32: a few units in the last place.
            assert!(values.iter().all(|value| (value - 1.0).abs() < 1e-6));
        }
    }

    #[test]
    fn planes_are_kept_apart() {
        let from = ImageSize { height: 2, width: 2 };
        let planes = Pixels::F32(vec![0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
        let Pixels::F32(values) = resize_planes(&planes, from, ImageSize { height: 1, width: 1 }).unwrap() else {
            panic!("floats stay floats")
        };
        assert_eq!(values, vec![0.0, 1.0]);
    }

    #[test]
    fn impossible_sizes_are_refused() {
        let one = ImageSize { height: 1, width: 1 };
        for to in [ImageSize { height: 0, width: 1 }, ImageSize { height: 1, width: LARGEST_SIDE + 1 }] {
            assert!(resize_planes_u8(&[0], one, to).is_err());
        }
        assert!(resize_planes_u8(&[0; 3], ImageSize { height: 2, width: 1 }, one).is_err());
    }
}
