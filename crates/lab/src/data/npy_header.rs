//! The header of one array in an npz, checked before the parser sees it.
//!
//! The parser allocates what the length field claims, recurses on brackets and multiplies the sizes unchecked; so length,
//! nesting and sizes are bounded here first, by a scan that knows nothing of the grammar.

use std::io::Read;

use npyz::{DType, NpyHeader, Order, TypeChar};

/// numpy refuses longer headers by default too (`max_header_size` of `numpy.lib.format.read_array`).
const MOST_HEADER_BYTES: usize = 10_000;

/// A dictionary with a tuple in it nests two brackets deep; record types, which are refused later, a few more.
const DEEPEST_NESTING: usize = 8;

/// More numbers than any disk holds, and few enough that their bytes still count in 64 bits.
const MOST_NUMBERS: u64 = 1 << 48;

/// The type of the numbers of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Element {
    Bool,
    Signed(u64),
    Unsigned(u64),
    Float(u64),
}

impl Element {
    /// Bytes of one number.
    pub(crate) fn bytes(self) -> u64 {
        match self {
            Self::Bool => 1,
            Self::Signed(bytes) | Self::Unsigned(bytes) | Self::Float(bytes) => bytes,
        }
    }

    /// The name numpy gives it.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Bool => "bool".to_owned(),
            Self::Signed(bytes) => format!("int{}", bytes * 8),
            Self::Unsigned(bytes) => format!("uint{}", bytes * 8),
            Self::Float(bytes) => format!("float{}", bytes * 8),
        }
    }
}

/// A header that is known to be sound.
#[derive(Clone)]
pub(crate) struct CheckedHeader {
    pub(crate) header: NpyHeader,
    pub(crate) shape: Vec<usize>,
    pub(crate) element: Element,
    pub(crate) fortran: bool,
    /// Bytes from the start of the array file to its first number.
    pub(crate) header_bytes: u64,
}

impl CheckedHeader {
    /// How many numbers the array has.
    pub(crate) fn count(&self) -> usize {
        self.shape.iter().product()
    }
}

/// Reads a header, and leaves the reader at the first number.
pub(crate) fn read_header(reader: &mut impl Read) -> Result<CheckedHeader, String> {
    let mut start = vec![0; 8];
    reader.read_exact(&mut start).map_err(|error| format!("the npy header cannot be read: {error}"))?;
    let length_bytes = match start[6] {
        1 => 2,
        _ => 4,
    };
    let mut length = [0; 4];
    reader.read_exact(&mut length[..length_bytes]).map_err(|error| error.to_string())?;
    let text_bytes = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
    if text_bytes > MOST_HEADER_BYTES {
        return Err(format!("expected an npy header of at most {MOST_HEADER_BYTES} bytes, found {text_bytes}"));
    }
    let mut text = vec![0; text_bytes];
    reader.read_exact(&mut text).map_err(|error| error.to_string())?;
    check_text(&text)?;
    let header_bytes = (8 + length_bytes + text_bytes) as u64;
    start.extend_from_slice(&length[..length_bytes]);
    start.extend_from_slice(&text);
    let header = NpyHeader::from_reader(start.as_slice()).map_err(|error| error.to_string())?;
    let element = element(&header.dtype())?;
    let shape = header
        .shape()
        .iter()
        .map(|size| usize::try_from(*size))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| error.to_string())?;
    Ok(CheckedHeader { fortran: header.order() == Order::Fortran, header, shape, element, header_bytes })
}

fn element(dtype: &DType) -> Result<Element, String> {
    if let DType::Plain(plain) = dtype {
        match (plain.type_char(), plain.size_field()) {
            (TypeChar::Bool, 1) => return Ok(Element::Bool),
            (TypeChar::Int, bytes @ (1 | 2 | 4 | 8)) => return Ok(Element::Signed(bytes)),
            (TypeChar::Uint, bytes @ (1 | 2 | 4 | 8)) => return Ok(Element::Unsigned(bytes)),
            (TypeChar::Float, bytes @ (2 | 4 | 8)) => return Ok(Element::Float(bytes)),
            _ => {}
        }
    }
    Err(format!("expected plain numbers (bool, integers, or floats of 16 to 64 bits), found type {}", dtype.descr()))
}

/// Refuses what numpy never writes for plain numbers and what could overwhelm the parser.
fn check_text(text: &[u8]) -> Result<(), String> {
    let mut quote = None;
    let mut nesting = 0_usize;
    let mut word = Vec::new();
    let mut sizes = 1_u64;
    for byte in text.iter().chain(b" ") {
        if let Some(end) = quote {
            match byte {
                b'\\' => return Err("expected a header without escapes".to_owned()),
                _ if *byte == end => quote = None,
                _ => {}
            }
            continue;
        }
        if byte.is_ascii_alphanumeric() || *byte == b'_' {
            word.push(*byte);
            continue;
        }
        sizes = check_word(&word, sizes)?;
        word.clear();
        match byte {
            b'\'' | b'"' => quote = Some(*byte),
            b'(' | b'[' | b'{' => nesting += 1,
            b')' | b']' | b'}' => nesting = nesting.saturating_sub(1),
            b',' | b':' | b' ' | b'\n' => {}
            _ => {
                return Err(format!("expected a header of names, sizes and brackets, found byte {byte}"));
            }
        }
        if nesting > DEEPEST_NESTING {
            return Err(format!("expected at most {DEEPEST_NESTING} nested brackets in the header"));
        }
    }
    Ok(())
}

/// A word outside quotes is True, False or a size; returns the product of the sizes so far.
fn check_word(word: &[u8], sizes: u64) -> Result<u64, String> {
    if word.is_empty() || word == b"True" || word == b"False" {
        return Ok(sizes);
    }
    let text = String::from_utf8_lossy(word);
    let size: u64 =
        text.parse().map_err(|_| format!("expected a size, True or False in the header, found `{text}`"))?;
    match sizes.checked_mul(size.max(1)) {
        Some(product) if product <= MOST_NUMBERS => Ok(product),
        _ => Err(format!("expected at most 2^48 numbers, the header claims more ({text} along one axis)")),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use super::*;

    fn npy(text: &str) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend_from_slice(&u16::try_from(text.len()).unwrap().to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
        bytes
    }

    fn read(text: &str) -> Result<CheckedHeader, String> {
        read_header(&mut npy(text).as_slice())
    }

    #[test]
    fn a_header_as_numpy_writes_it_is_understood() {
        let header = read("{'descr': '>f4', 'fortran_order': True, 'shape': (3, 2), }      \n").unwrap();
        assert_eq!((header.element, header.fortran), (Element::Float(4), true));
        assert_eq!((header.shape.clone(), header.count()), (vec![3, 2], 6));
        assert_eq!(read("{'descr': '|u1', 'fortran_order': False, 'shape': (), }").unwrap().count(), 1);
    }

    #[test]
    fn headers_that_would_overwhelm_the_parser_are_refused_first() {
        let with_shape = |shape: &str| read(&format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}"));
        assert!(with_shape("(4294967296, 4294967296, 4294967296)").is_err_and(|error| error.contains("2^48")));
        assert!(with_shape("(0xffffffffffffffff, 0xffffffffffffffff)").is_err());
        assert!(with_shape("(-1,)").is_err());
        assert!(
            with_shape(&format!("{}1{}", "(".repeat(3000), ")".repeat(3000)))
                .is_err_and(|error| error.contains("nested"))
        );
        let mut huge = b"\x93NUMPY\x02\x00".to_vec();
        huge.extend_from_slice(&u32::MAX.to_le_bytes());
        assert!(read_header(&mut huge.as_slice()).is_err_and(|error| error.contains("10000")));
    }

    #[test]
    fn types_that_are_no_plain_numbers_are_named() {
        for descr in ["'|O'", "'<c16'", "'<U9'", "'<M8[s]'", "[('a', '<f8')]"] {
            let error = read(&format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (1,), }}")).err().unwrap();
            assert!(error.contains("plain numbers"), "{descr}: {error}");
        }
    }
}
