//! How a value lies in memory.

/// One image of a value, channels last: `height · width` pixels of `channels` numbers, each pixel padded to `stride`.
///
/// A row of features is an image of one pixel. A flattened image keeps the image's layout: the weights of the layer
/// behind it are put into that order instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Rows of pixels.
    pub height: usize,
    /// Columns of pixels.
    pub width: usize,
    /// Channels with a meaning.
    pub channels: usize,
    /// Numbers between pixels: whole vectors.
    pub stride: usize,
}

impl Layout {
    /// The layout of a value of this shape (without the batch axis) for vectors of so many lanes: `[C,H,W]` or `[F]`.
    pub(crate) fn of(shape: &[usize], lanes: usize) -> Option<Self> {
        match *shape {
            [channels, height, width] => {
                Some(Self { height, width, channels, stride: channels.next_multiple_of(lanes) })
            }
            [channels] => Some(Self { height: 1, width: 1, channels, stride: channels.next_multiple_of(lanes) }),
            _ => None,
        }
    }

    /// Pixels of an image.
    pub(crate) fn pixels(self) -> usize {
        self.height * self.width
    }

    /// Numbers of an image, with padding.
    pub(crate) fn numbers(self) -> usize {
        self.pixels() * self.stride
    }
}
