//! One IDX file: its axes and its bytes, plain or gzipped, with every claimed size compared with the true one first.

use std::io::Read;

use flate2::read::MultiGzDecoder;

use crate::data::DataError;

/// The code of unsigned bytes in the third byte of a file.
const UNSIGNED_BYTE: u8 = 8;

/// Deflate never makes more than 1,032 bytes of one.
const MOST_INFLATION: u64 = 1032;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The axes and bytes of one IDX file. Nothing is allocated before the claimed size is compared with the true one.
pub(crate) fn read_array(place: &str, bytes: &[u8]) -> Result<(Vec<usize>, Vec<u8>), DataError> {
    if !bytes.starts_with(&GZIP_MAGIC) {
        let mut rest = bytes;
        let axes = read_header(place, &mut rest)?;
        let expected = product(place, &axes)?;
        if expected != rest.len() as u64 {
            return Err(wrong_size(place, &axes, expected, rest.len() as u64, bytes.len() as u64 - rest.len() as u64));
        }
        return Ok((axes, rest.to_vec()));
    }
    let mut decoder = MultiGzDecoder::new(bytes);
    let axes = read_header(place, &mut decoder)?;
    let expected = product(place, &axes)?;
    let most = (bytes.len() as u64).saturating_mul(MOST_INFLATION);
    if expected > most {
        return Err(wrong_size(place, &axes, expected, most, 0));
    }
    let mut content = Vec::new();
    // One byte more than expected, so that an oversized file is noticed.
    decoder
        .take(expected + 1)
        .read_to_end(&mut content)
        .map_err(|error| DataError::format(place, "gzip", error.to_string()))?;
    if content.len() as u64 != expected {
        return Err(wrong_size(place, &axes, expected, content.len() as u64, 0));
    }
    Ok((axes, content))
}

fn read_header(place: &str, reader: &mut impl Read) -> Result<Vec<usize>, DataError> {
    let short = |_| DataError::format(place, "IDX", "expected a header of 8 bytes or more, the file ends before");
    let mut magic = [0; 4];
    reader.read_exact(&mut magic).map_err(short)?;
    let [0, 0, element, axes @ 1..=4] = magic else {
        return Err(DataError::format(
            place,
            "IDX",
            format!("expected 0, 0, a type and 1 to 4 axes in the first four bytes, found {magic:?}"),
        ));
    };
    if element != UNSIGNED_BYTE {
        return Err(DataError::format(
            place,
            "IDX",
            format!("expected unsigned bytes (type {UNSIGNED_BYTE}), found type {element}"),
        ));
    }
    let mut sizes = Vec::with_capacity(usize::from(axes));
    for _ in 0..axes {
        let mut size = [0; 4];
        reader.read_exact(&mut size).map_err(short)?;
        sizes.push(usize::try_from(u32::from_be_bytes(size)).unwrap_or(usize::MAX));
    }
    Ok(sizes)
}

fn product(place: &str, axes: &[usize]) -> Result<u64, DataError> {
    axes.iter()
        .try_fold(1_u64, |product, size| product.checked_mul(*size as u64))
        .ok_or_else(|| DataError::format(place, "IDX", format!("expected sizes that fit a file, found {axes:?}")))
}

fn wrong_size(place: &str, axes: &[usize], expected: u64, found: u64, header: u64) -> DataError {
    DataError::FileSize {
        file: place.to_owned(),
        reason: format!("its header says sizes {axes:?}"),
        expected_bytes: expected.saturating_add(header),
        found_bytes: found.saturating_add(header),
    }
}
