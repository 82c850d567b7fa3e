//! The wire format of protocol buffers: fields one after the other, each a number, or a run of bytes within the file.
//!
//! Nothing is copied and nothing is allocated here, so a message costs what its reader keeps of it, however the
//! file is made. That is why no general decoder is used: those build every message that a file claims to hold.

/// One field of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Field<'file> {
    /// A whole number.
    Varint(u64),
    /// Four bytes.
    Fixed32([u8; 4]),
    /// Eight bytes.
    Fixed64([u8; 8]),
    /// A string, a message, or packed numbers.
    Bytes(&'file [u8]),
}

/// What stands where a field should.
pub(super) const DAMAGED: &str = "a field is cut short or of no known kind; the file is damaged";

/// The fields of a message; an error ends them.
#[derive(Clone, Debug)]
pub(super) struct Fields<'file> {
    rest: &'file [u8],
}

impl<'file> Fields<'file> {
    /// The fields of these bytes.
    pub(super) fn new(bytes: &'file [u8]) -> Self {
        Self { rest: bytes }
    }

    fn next_field(&mut self) -> Option<(u64, Field<'file>)> {
        let key = varint(&mut self.rest)?;
        let field = match key & 7 {
            0 => Field::Varint(varint(&mut self.rest)?),
            1 => Field::Fixed64(*take(&mut self.rest, 8)?.first_chunk()?),
            2 => {
                let length = usize::try_from(varint(&mut self.rest)?).ok()?;
                Field::Bytes(take(&mut self.rest, length)?)
            }
            5 => Field::Fixed32(*take(&mut self.rest, 4)?.first_chunk()?),
            _ => return None,
        };
        Some((key >> 3, field))
    }
}

impl<'file> Iterator for Fields<'file> {
    type Item = Result<(u64, Field<'file>), String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.next_field();
        if field.is_none() {
            self.rest = &[];
        }
        Some(field.ok_or_else(|| DAMAGED.to_owned()))
    }
}

/// A whole number of at most ten bytes, seven bits a byte.
pub(super) fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for place in 0..10 {
        let (&byte, behind) = rest.split_first()?;
        *rest = behind;
        number |= u64::from(byte & 127) << (7 * place);
        if byte < 128 {
            return Some(number);
        }
    }
    None
}

fn take<'file>(rest: &mut &'file [u8], length: usize) -> Option<&'file [u8]> {
    let (taken, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the encoding guide of protocol buffers: field 1 is 150, field 2 is "testing".
    #[test]
    fn the_examples_of_the_guide_are_read() {
        let bytes = [0x08, 0x96, 0x01, 0x12, 0x07, b't', b'e', b's', b't', b'i', b'n', b'g'];
        let fields: Result<Vec<_>, _> = Fields::new(&bytes).collect();
        assert_eq!(fields, Ok(vec![(1, Field::Varint(150)), (2, Field::Bytes(b"testing"))]));
    }

    #[test]
    fn what_is_cut_short_is_an_error_and_the_end() {
        for bytes in [&[0x08_u8][..], &[0x12, 0x07, b't'], &[0x0b], &[0xff; 11], &[0x09, 1, 2]] {
            let mut fields = Fields::new(bytes);
            assert_eq!(fields.next(), Some(Err(DAMAGED.to_owned())), "{bytes:?}");
            assert_eq!(fields.next(), None);
        }
    }
}
