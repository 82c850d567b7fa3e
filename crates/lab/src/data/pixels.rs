//! Pixels as they are held, and the shape of the images they make up.

/// Height and width of an image, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ImageSize {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

/// Channels, height and width of one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct ImageShape {
    /// 1 (grey) or 3 (red, green, blue).
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl ImageShape {
    /// Numbers in one image: channels · height · width (the largest usize where that is too much to count).
    pub fn values(self) -> usize {
        self.channels.saturating_mul(self.height).saturating_mul(self.width)
    }

    /// Height and width alone.
    pub fn size(self) -> ImageSize {
        ImageSize { height: self.height, width: self.width }
    }
}

/// The pixels of a set, N x channels x height x width, row-major, channels first.
#[derive(Debug, Clone, PartialEq)]
pub enum Pixels {
    /// Grey levels 0 to 255, decoded as level / 255.
    U8(Vec<u8>),
    /// Values in [0, 1] as they were given.
    F32(Vec<f32>),
}

impl Pixels {
    /// How many numbers are held.
    pub fn len(&self) -> usize {
        match self {
            Self::U8(levels) => levels.len(),
            Self::F32(values) => values.len(),
        }
    }

    /// Whether none are held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The runs of `values` numbers that belong to the chosen images, one after another. Every index is known to be inside.
pub(crate) fn gather<T: Copy>(numbers: &[T], indices: &[usize], values: usize) -> Vec<T> {
    let mut gathered = Vec::with_capacity(indices.len() * values);
    for index in indices {
        gathered.extend_from_slice(&numbers[index * values..(index + 1) * values]);
    }
    gathered
}
