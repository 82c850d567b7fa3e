//! Records of label bytes followed by pixel bytes, one after another: the layout of CIFAR-10, CIFAR-100 and the embedded digits.

use crate::data::catalogue::{Catalogue, RecordReader};
use crate::data::{DataError, ImageShape, ImageSize, Pixels};

/// How one record is laid out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecordLayout {
    /// Label bytes at the start of a record.
    pub(crate) label_bytes: usize,
    /// Which of them is the label that counts.
    pub(crate) label_at: usize,
    /// The image that follows, channels first.
    pub(crate) shape: ImageShape,
}

impl RecordLayout {
    fn record_bytes(self) -> usize {
        self.label_bytes + self.shape.values()
    }
}

/// One file of a split: where it came from and its bytes.
pub(crate) struct RecordFile {
    pub(crate) place: String,
    pub(crate) bytes: Vec<u8>,
}

/// The records of one split, all held.
pub(crate) struct LabelRecords {
    layout: RecordLayout,
    bytes: Vec<u8>,
    catalogue: Catalogue,
}

impl LabelRecords {
    /// Joins the files of a split, in order.
    ///
    /// # Errors
    /// When a file's size is no multiple of the record's, a label has no class, or there is no record.
    pub(crate) fn new(
        name: String,
        layout: RecordLayout,
        files: Vec<RecordFile>,
        class_names: Vec<String>,
        notes: Vec<String>,
    ) -> Result<Self, DataError> {
        let record_bytes = layout.record_bytes();
        let mut labels = Vec::new();
        for file in &files {
            if file.bytes.len() % record_bytes != 0 {
                return Err(DataError::RecordSize {
                    file: file.place.clone(),
                    record: format!("{} label and {} pixel bytes a record", layout.label_bytes, layout.shape.values()),
                    record_bytes: record_bytes as u64,
                    found_bytes: file.bytes.len() as u64,
                });
            }
            labels.reserve(file.bytes.len() / record_bytes);
            for (record, bytes) in file.bytes.chunks_exact(record_bytes).enumerate() {
                let label = bytes[layout.label_at];
                if usize::from(label) >= class_names.len() {
                    return Err(DataError::Label {
                        file: file.place.clone(),
                        record,
                        found: i64::from(label),
                        expected: format!(
                            "0 to {} ({} classes)",
                            class_names.len().saturating_sub(1),
                            class_names.len()
                        ),
                    });
                }
                labels.push(u32::from(label));
            }
        }
        if labels.is_empty() {
            let places: Vec<&str> = files.iter().map(|file| file.place.as_str()).collect();
            return Err(DataError::Empty {
                place: format!("`{}`", places.join("`, `")),
                expected: format!("expected records of {record_bytes} bytes"),
            });
        }
        let mut files = files.into_iter();
        let mut bytes = files.next().map(|file| file.bytes).unwrap_or_default();
        for file in files {
            bytes.extend_from_slice(&file.bytes);
        }
        let catalogue = Catalogue { name, count: labels.len(), labels: Some(labels), class_names, notes };
        Ok(Self { layout, bytes, catalogue })
    }
}

impl RecordReader for LabelRecords {
    fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn read(&mut self, positions: &[usize], _size: Option<ImageSize>) -> Result<(ImageShape, Pixels), DataError> {
        let record_bytes = self.layout.record_bytes();
        let mut pixels = Vec::with_capacity(positions.len() * self.layout.shape.values());
        for position in positions {
            let start = position * record_bytes + self.layout.label_bytes;
            pixels.extend_from_slice(&self.bytes[start..start + self.layout.shape.values()]);
        }
        Ok((self.layout.shape, Pixels::U8(pixels)))
    }
}
