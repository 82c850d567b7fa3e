//! The bytes of one array file inside an npz, inflated where deflated, counted and checked against the stored checksum.
//!
//! A reader owns its own handle, so that several arrays of one file can be streamed side by side.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

use flate2::Crc;
use flate2::read::DeflateDecoder;

/// Reading and seeking in one, so that files and bytes can stand in the same place.
pub(crate) trait ReadSeek: Read + Seek + Send {}

impl<R: Read + Seek + Send> ReadSeek for R {}

/// Where an npz lies.
#[derive(Debug, Clone)]
pub(crate) enum NpzSource {
    Path(PathBuf),
    Bytes(Arc<[u8]>),
}

impl NpzSource {
    /// A new handle, at the start.
    pub(crate) fn open(&self) -> io::Result<Box<dyn ReadSeek>> {
        match self {
            Self::Path(path) => Ok(Box::new(File::open(path)?)),
            Self::Bytes(bytes) => Ok(Box::new(Cursor::new(Arc::clone(bytes)))),
        }
    }
}

/// One array file as the directory of the npz lists it.
#[derive(Debug, Clone)]
pub(crate) struct NpzEntry {
    /// The array's name, without `.npy`.
    pub(crate) name: String,
    /// Where its bytes start.
    pub(crate) start: u64,
    /// How many bytes it takes in the file.
    pub(crate) stored_bytes: u64,
    /// How many it has when inflated.
    pub(crate) bytes: u64,
    pub(crate) crc: u32,
    pub(crate) deflated: bool,
}

/// A reader of exactly the bytes of one array file.
pub(crate) type EntryReader = BufReader<CheckedReader>;

impl NpzEntry {
    pub(crate) fn reader(&self, source: &NpzSource) -> io::Result<EntryReader> {
        let mut handle = source.open()?;
        handle.seek(SeekFrom::Start(self.start))?;
        let stored = BufReader::new(handle).take(self.stored_bytes);
        let inner: Box<dyn Read + Send> =
            if self.deflated { Box::new(DeflateDecoder::new(stored)) } else { Box::new(stored) };
        Ok(BufReader::with_capacity(
            1 << 16,
            CheckedReader { inner, left: self.bytes, crc: Crc::new(), expected: self.crc },
        ))
    }
}

/// Reads as many bytes as the directory promises, and fails at the last one if they are not the bytes that were written.
pub(crate) struct CheckedReader {
    inner: Box<dyn Read + Send>,
    left: u64,
    crc: Crc,
    expected: u32,
}

impl Read for CheckedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let read = self.inner.read(&mut buffer[..most])?;
        if read == 0 {
            let problem = format!("the array ends {} bytes before its promised end", self.left);
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, problem));
        }
        self.crc.update(&buffer[..read]);
        self.left -= read as u64;
        if self.left == 0 && self.crc.sum() != self.expected {
            let problem =
                format!("expected checksum {:08x}, found {:08x}: the file is damaged", self.expected, self.crc.sum());
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        }
        Ok(read)
    }
}
