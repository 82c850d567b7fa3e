//! The numbers of an array as the type that is asked for, whatever type they are stored in, where that loses nothing.

use std::io;

use half::f16;
use npyz::{Deserialize, NpyFile, NpyReader};

use crate::data::npy_header::{CheckedHeader, Element};
use crate::data::npz_entry::EntryReader;

/// A number as stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    Float(f64),
    Signed(i64),
    Unsigned(u64),
}

/// A type that arrays can be asked for as.
pub(crate) trait Wanted: Copy + Default + 'static {
    /// The type's name in messages.
    const NAME: &'static str;

    /// The number as this type; `None` where it has no such value.
    fn from_number(number: Number) -> Option<Self>;
}

/// f64 counts every integer up to here.
const EXACT_IN_F64: u64 = 1 << 53;

/// f32 counts every integer up to here.
const EXACT_IN_F32: u64 = 1 << 24;

impl Wanted for f64 {
    const NAME: &'static str = "float64";

    fn from_number(number: Number) -> Option<Self> {
        match number {
            Number::Float(value) => Some(value),
            Number::Signed(value) => (value.unsigned_abs() <= EXACT_IN_F64).then_some(value as f64),
            Number::Unsigned(value) => (value <= EXACT_IN_F64).then_some(value as f64),
        }
    }
}

impl Wanted for f32 {
    const NAME: &'static str = "float32";

    /// A wider float is rounded; one that is too large for f32 has no value here.
    fn from_number(number: Number) -> Option<Self> {
        match number {
            Number::Float(value) => Some(value as f32).filter(|rounded| rounded.is_finite() || !value.is_finite()),
            Number::Signed(value) => (value.unsigned_abs() <= EXACT_IN_F32).then_some(value as f32),
            Number::Unsigned(value) => (value <= EXACT_IN_F32).then_some(value as f32),
        }
    }
}

macro_rules! wanted_integers {
    ($($integer:ty => $name:literal),*) => {$(
        impl Wanted for $integer {
            const NAME: &'static str = $name;

            fn from_number(number: Number) -> Option<Self> {
                match number {
                    Number::Float(_) => None,
                    Number::Signed(value) => Self::try_from(value).ok(),
                    Number::Unsigned(value) => Self::try_from(value).ok(),
                }
            }
        }
    )*};
}

wanted_integers!(u8 => "uint8", i64 => "int64", u64 => "uint64");

/// Why the next numbers could not be had.
#[derive(Debug)]
pub(crate) enum NumberError {
    Read(io::Error),
    /// The number that the wanted type does not have, and its index in the array as stored.
    NoSuchValue {
        number: Number,
        index: u64,
    },
}

/// The numbers of one array, one after another in the order they are stored.
pub(crate) trait Numbers<T>: Send {
    /// Appends the next `count` numbers.
    fn extend(&mut self, numbers: &mut Vec<T>, count: usize) -> Result<(), NumberError>;
}

struct Typed<S: Deserialize> {
    reader: NpyReader<S, EntryReader>,
    to_number: fn(S) -> Number,
    index: u64,
}

impl<T: Wanted, S: Deserialize> Numbers<T> for Typed<S>
where
    NpyReader<S, EntryReader>: Send,
{
    fn extend(&mut self, numbers: &mut Vec<T>, count: usize) -> Result<(), NumberError> {
        for _ in 0..count {
            let Some(stored) = self.reader.next() else {
                return Err(NumberError::Read(io::ErrorKind::UnexpectedEof.into()));
            };
            let number = (self.to_number)(stored.map_err(NumberError::Read)?);
            let value = T::from_number(number).ok_or(NumberError::NoSuchValue { number, index: self.index })?;
            numbers.push(value);
            self.index += 1;
        }
        Ok(())
    }
}

/// The numbers that follow a header, as the wanted type.
pub(crate) fn numbers<T: Wanted>(header: &CheckedHeader, reader: EntryReader) -> io::Result<Box<dyn Numbers<T>>> {
    let npy = NpyFile::with_header(header.header.clone(), reader);
    let signed = |value: i64| Number::Signed(value);
    Ok(match header.element {
        Element::Bool => typed::<T, bool>(npy, |value| Number::Unsigned(u64::from(value)))?,
        Element::Signed(1) => typed::<T, i8>(npy, |value| Number::Signed(i64::from(value)))?,
        Element::Signed(2) => typed::<T, i16>(npy, |value| Number::Signed(i64::from(value)))?,
        Element::Signed(4) => typed::<T, i32>(npy, |value| Number::Signed(i64::from(value)))?,
        Element::Signed(_) => typed::<T, i64>(npy, signed)?,
        Element::Unsigned(1) => typed::<T, u8>(npy, |value| Number::Unsigned(u64::from(value)))?,
        Element::Unsigned(2) => typed::<T, u16>(npy, |value| Number::Unsigned(u64::from(value)))?,
        Element::Unsigned(4) => typed::<T, u32>(npy, |value| Number::Unsigned(u64::from(value)))?,
        Element::Unsigned(_) => typed::<T, u64>(npy, Number::Unsigned)?,
        Element::Float(2) => typed::<T, f16>(npy, |value| Number::Float(value.to_f64()))?,
        Element::Float(4) => typed::<T, f32>(npy, |value| Number::Float(f64::from(value)))?,
        Element::Float(_) => typed::<T, f64>(npy, Number::Float)?,
    })
}

fn typed<T: Wanted, S: Deserialize + 'static>(
    npy: NpyFile<EntryReader>,
    to_number: fn(S) -> Number,
) -> io::Result<Box<dyn Numbers<T>>>
where
    NpyReader<S, EntryReader>: Send,
{
    let reader = npy.data::<S>().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
    Ok(Box::new(Typed { reader, to_number, index: 0 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_become_floats_only_where_floats_count_them() {
        assert_eq!(f64::from_number(Number::Signed(-3)), Some(-3.0));
        assert_eq!(f64::from_number(Number::Unsigned((1 << 53) + 1)), None);
        assert_eq!(f32::from_number(Number::Signed((1 << 24) + 1)), None);
        assert_eq!(f32::from_number(Number::Float(1e300)), None);
        assert_eq!(f32::from_number(Number::Float(0.1)), Some(0.1_f32));
    }

    #[test]
    fn floats_never_become_integers_and_integers_only_in_range() {
        assert_eq!(u8::from_number(Number::Float(1.0)), None);
        assert_eq!(u8::from_number(Number::Signed(-1)), None);
        assert_eq!(u8::from_number(Number::Unsigned(255)), Some(255));
        assert_eq!(i64::from_number(Number::Unsigned(u64::MAX)), None);
        assert_eq!(u64::from_number(Number::Unsigned(u64::MAX)), Some(u64::MAX));
    }
}
