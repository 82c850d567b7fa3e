//! Pixels as PNG: lossless, so that what is saved is what was evaluated.

use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};

use crate::data::{DataError, ImageShape};

/// Grey levels from 0 to 255 of pixels in [0, 1]: the nearest level.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range of a byte")]
pub fn levels(pixels: &[f32]) -> Vec<u8> {
    pixels.iter().map(|pixel| (pixel.clamp(0.0, 1.0) * 255.0).round() as u8).collect()
}

/// A PNG file of one image: `levels` is channels x height x width, grey or red-green-blue.
///
/// ```
/// use transferscope_lab::data::{ImageShape, png};
/// let shape = ImageShape { channels: 1, height: 2, width: 2 };
/// let file = png::encode(shape, &png::levels(&[0.0, 1.0, 0.5, 0.2]))?;
/// assert_eq!(&file[1..4], b"PNG");
/// # Ok::<(), transferscope_lab::data::DataError>(())
/// ```
///
/// # Errors
/// Where the numbers are not those of the shape, or there are neither one nor three channels.
pub fn encode(shape: ImageShape, levels: &[u8]) -> Result<Vec<u8>, DataError> {
    let refuse = |expected: &str, found: String| DataError::Inconsistent {
        place: "an image for a PNG file".to_owned(),
        expected: expected.to_owned(),
        found,
    };
    if levels.len() != shape.values() {
        return Err(refuse("as many levels as the shape has", levels.len().to_string()));
    }
    let colour = match shape.channels {
        1 => ExtendedColorType::L8,
        3 => ExtendedColorType::Rgb8,
        other => return Err(refuse("one or three channels", other.to_string())),
    };
    let plane = shape.height * shape.width;
    let interleaved: Vec<u8> =
        (0..plane).flat_map(|place| (0..shape.channels).map(move |channel| levels[channel * plane + place])).collect();
    let too_large = |side: usize| u32::try_from(side).map_err(|_| refuse("sides below 2^32", side.to_string()));
    let mut file = Vec::new();
    PngEncoder::new(&mut file)
        .write_image(&interleaved, too_large(shape.width)?, too_large(shape.height)?, colour)
        .map_err(|error| refuse("an image that can be encoded", error.to_string()))?;
    Ok(file)
}
