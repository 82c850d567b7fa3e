//! Readers on arbitrary and on damaged bytes: an error or a set, never a panic, and never much more memory than the file.
//!
//! Memory is watched by a counting allocator; it counts for the whole process, so readers run one at a time.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use peak_alloc::PeakAlloc;
use proptest::prelude::*;
use transferscope_lab::data::cifar100::LabelLevel;
use transferscope_lab::data::npz::Layout;
use transferscope_lab::data::{
    Compression, DataError, ImageSet, NpzFile, NpzWriter, cifar10, cifar100, idx, npz, stl10,
};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// What tests beside this one may hold at the same time: inputs of some tens of kilobytes each.
const OTHERS: usize = 2 << 20;

/// The most bytes held during `work` beyond those held before.
fn most_held<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let result = work();
    (result, ALLOCATOR.peak_usage().saturating_sub(before))
}

/// A set is a few copies of its file (inflated: at most 1,032 times, and 4 bytes of float or label for one); the rest is
/// buffers, tables of the inflater and the text of an error.
fn check(
    file_bytes: usize,
    inflation: usize,
    read: impl FnOnce() -> Result<ImageSet, DataError>,
) -> Result<(), TestCaseError> {
    const BUFFERS: usize = 2 << 20;
    let (result, held) = most_held(read);
    let allowed = BUFFERS + OTHERS + 32 * file_bytes * inflation;
    prop_assert!(held <= allowed, "{held} bytes held for a file of {file_bytes}");
    match result {
        Ok(set) => prop_assert!(
            set.decode(0..set.len()).is_ok_and(|pixels| pixels.iter().all(|pixel| (0.0..=1.0).contains(pixel)))
        ),
        Err(error) => prop_assert!(!error.to_string().is_empty()),
    }
    Ok(())
}

/// Some bytes changed, then cut or lengthened.
fn damaged(valid: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let length = valid.len();
    (prop::collection::vec((0..length, any::<u8>()), 0..6), 0..length + 16, any::<bool>()).prop_map(
        move |(changes, end, whole)| {
            let mut bytes = valid.clone();
            for (place, byte) in changes {
                bytes[place] = byte;
            }
            if !whole {
                bytes.resize(end, 0xff);
            }
            bytes
        },
    )
}

fn idx_file(sizes: &[u32], content: usize) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, sizes.len() as u8];
    bytes.extend(sizes.iter().flat_map(|size| size.to_be_bytes()));
    bytes.resize(bytes.len() + content, 7);
    bytes
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("writing to memory cannot fail")
}

fn npz_file(compression: Compression) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("x.npz");
    let write = || {
        let mut writer = NpzWriter::create(&path, compression)?;
        writer.array("images", &[4, 3, 2, 2], &vec![0.5_f32; 48])?;
        writer.array("labels", &[4], &[0_i64, 1, 0, 1][..])?;
        writer.finish()
    };
    write().expect("a valid npz");
    std::fs::read(path).expect("the npz just written")
}

/// Bytes of the headers and of the directory are hit more often than pixels would let them be.
fn structure_damaged(valid: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let length = valid.len();
    let directory = length.saturating_sub(160);
    (prop::collection::vec(
        (prop_oneof![0..length.min(200), directory..length], prop_oneof![Just(0), Just(0xff), any::<u8>()]),
        1..8,
    ))
    .prop_map(move |changes| {
        let mut bytes = valid.clone();
        for (place, byte) in changes {
            bytes[place] = byte;
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_refused_by_every_reader(bytes in prop::collection::vec(any::<u8>(), 0..8192), labels in prop::collection::vec(any::<u8>(), 0..64)) {
        let size = bytes.len() + labels.len();
        check(size, 1, || cifar10::from_bytes(bytes.clone()))?;
        check(size, 1, || cifar100::from_bytes(bytes.clone(), LabelLevel::Fine))?;
        check(size, 1, || stl10::from_bytes(bytes.clone(), Some(&labels)))?;
        check(size, 1, || idx::from_bytes(&bytes, Some(&labels)))?;
        check(size, 1, || npz::from_bytes(bytes.clone(), None))?;
    }

    #[test]
    fn damaged_cifar_records(bytes in damaged(vec![3; 3 * 3073]), coarse in any::<bool>()) {
        check(bytes.len(), 1, || cifar10::from_bytes(bytes.clone()))?;
        let level = if coarse { LabelLevel::Coarse } else { LabelLevel::Fine };
        check(bytes.len(), 1, || cifar100::from_bytes(bytes.clone(), level))?;
    }

    #[test]
    fn damaged_stl_records(images in damaged(vec![9; 2 * 27648]), labels in damaged(vec![1, 10])) {
        check(images.len() + labels.len(), 1, || stl10::from_bytes(images.clone(), Some(&labels)))?;
    }

    #[test]
    fn damaged_idx_files(images in damaged(idx_file(&[5, 2, 3], 30)), labels in damaged(idx_file(&[5], 5))) {
        check(images.len() + labels.len(), 1, || idx::from_bytes(&images, Some(&labels)))?;
    }

    #[test]
    fn damaged_gzipped_idx_files(images in damaged(gzipped(&idx_file(&[5, 2, 3], 30)))) {
        check(images.len(), 1032, || idx::from_bytes(&images, None))?;
    }

    #[test]
    fn idx_headers_that_claim_anything(sizes in prop::collection::vec(any::<u32>(), 1..5), content in 0_usize..64, packed in any::<bool>()) {
        let file = idx_file(&sizes, content);
        let file = if packed { gzipped(&file) } else { file };
        check(file.len(), if packed { 1032 } else { 1 }, || idx::from_bytes(&file, None))?;
    }

    #[test]
    fn damaged_stored_npz(bytes in prop_oneof![damaged(npz_file(Compression::Stored)), structure_damaged(npz_file(Compression::Stored))]) {
        check(bytes.len(), 1, || npz::from_bytes(bytes.clone(), Some(Layout::ChannelsFirst)))?;
    }

    #[test]
    fn damaged_deflated_npz(bytes in prop_oneof![damaged(npz_file(Compression::Deflated)), structure_damaged(npz_file(Compression::Deflated))]) {
        check(bytes.len(), 1032, || npz::from_bytes(bytes.clone(), Some(Layout::ChannelsFirst)))?;
    }

    #[test]
    fn npy_headers_that_claim_anything(text in "(\\{'descr': '[<>|][a-zA-Z][0-9]{1,12}', 'fortran_order': (True|False), 'shape': \\(([0-9]{1,20}, ?){0,5}\\), \\})|[ -~]{0,80}|[(\\[{]{0,9000}", version in 0_u8..5) {
        let file = npz_with_header(text.as_bytes(), version);
        let size = file.len();
        let (result, held) = most_held(|| {
            let npz = NpzFile::from_bytes(file)?;
            let streamed = npz.stream_f64("x").and_then(|mut rows| rows.next_rows(usize::MAX));
            npz.array_f64("x").map(|array| (array, streamed))
        });
        prop_assert!(held <= (4 << 20) + OTHERS + 32 * size, "{held} bytes held for a file of {size}");
        if let Err(error) = result {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}

/// An npz with one array file whose header text is given.
fn npz_with_header(text: &[u8], version: u8) -> Vec<u8> {
    let mut npy = b"\x93NUMPY".to_vec();
    npy.extend_from_slice(&[version, 0]);
    match version {
        0 | 1 => npy.extend_from_slice(&(text.len() as u16).to_le_bytes()),
        _ => npy.extend_from_slice(&(text.len() as u32).to_le_bytes()),
    }
    npy.extend_from_slice(text);
    npy.extend_from_slice(&[0; 64]);
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    archive.start_file("x.npy", options).expect("writing to memory cannot fail");
    archive.write_all(&npy).expect("writing to memory cannot fail");
    archive.finish().expect("writing to memory cannot fail").into_inner()
}
