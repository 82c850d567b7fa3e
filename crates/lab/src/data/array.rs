//! An array of numbers with its shape, owned as read from an npz or borrowed as written to one.

/// Numbers with a shape, row-major (the last axis varies fastest).
#[derive(Debug, Clone, PartialEq)]
pub struct Array<T> {
    /// Length of every axis; empty for a single number.
    pub shape: Vec<usize>,
    /// The numbers; as many as the product of the shape.
    pub data: Vec<T>,
}

/// Numbers to write, of one of the element types that are written.
#[derive(Debug, Clone, Copy)]
pub enum ArrayRef<'a> {
    /// 64-bit floats.
    F64(&'a [f64]),
    /// 32-bit floats.
    F32(&'a [f32]),
    /// Bytes.
    U8(&'a [u8]),
    /// Signed 64-bit integers.
    I64(&'a [i64]),
    /// Unsigned 64-bit integers.
    U64(&'a [u64]),
}

impl ArrayRef<'_> {
    /// How many numbers.
    pub fn len(&self) -> usize {
        match self {
            Self::F64(values) => values.len(),
            Self::F32(values) => values.len(),
            Self::U8(values) => values.len(),
            Self::I64(values) => values.len(),
            Self::U64(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn bytes(&self) -> u64 {
        let element = match self {
            Self::U8(_) => 1,
            Self::F32(_) => 4,
            Self::F64(_) | Self::I64(_) | Self::U64(_) => 8,
        };
        self.len() as u64 * element
    }
}

macro_rules! from_slices {
    ($($element:ty => $variant:ident),*) => {$(
        impl<'a> From<&'a [$element]> for ArrayRef<'a> {
            fn from(values: &'a [$element]) -> Self {
                Self::$variant(values)
            }
        }

        impl<'a> From<&'a Vec<$element>> for ArrayRef<'a> {
            fn from(values: &'a Vec<$element>) -> Self {
                Self::$variant(values)
            }
        }
    )*};
}

from_slices!(f64 => F64, f32 => F32, u8 => U8, i64 => I64, u64 => U64);
