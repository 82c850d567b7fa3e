//! The door between formats and the rest: what a split lists, before any pixel is read, and the reading of chosen records.

use crate::data::{DataError, ImageShape, ImageSize, Pixels};

/// What a split holds, known from labels, file sizes and folder names alone.
///
/// Classes and limits are chosen on it, so that a format reads (and decodes) only the records that are wanted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Catalogue {
    /// Kind and split, as results print it.
    pub(crate) name: String,
    /// Number of records.
    pub(crate) count: usize,
    /// The label of every record, below the number of class names.
    pub(crate) labels: Option<Vec<u32>>,
    /// The class of every label; empty without labels.
    pub(crate) class_names: Vec<String>,
    /// What a reader of results should know.
    pub(crate) notes: Vec<String>,
}

/// One split of one data set, opened.
pub(crate) trait RecordReader {
    /// What it lists.
    fn catalogue(&self) -> &Catalogue;

    /// The pixels of the records at `positions` (ascending, each below the count), channels first.
    ///
    /// `size` is what the images will be brought to later; only a format whose images differ in size applies it while reading.
    fn read(&mut self, positions: &[usize], size: Option<ImageSize>) -> Result<(ImageShape, Pixels), DataError>;
}
