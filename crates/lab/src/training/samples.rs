//! What is learned from: labelled rows that can be fetched by batch.

use sha2::{Digest, Sha256};
use transferscope_network::array::Array;

use super::{Augmentation, FitError, checkpoint::hexadecimal};
use crate::data::{DataError, ImageSet, inspect};

/// Labelled samples.
pub trait Samples: Sync {
    /// The label of each.
    fn labels(&self) -> &[u32];

    /// How many classes there are.
    fn classes(&self) -> usize;

    /// A hash of everything about the samples that decides what is learned from them: a checkpoint is gone on from only where
    /// it is the same.
    fn fingerprint(&self) -> String;

    /// The chosen samples, batch axis first, as they are.
    ///
    /// # Errors
    /// Where there is no such sample.
    fn batch(&self, indices: &[usize]) -> Result<Array<f32>, DataError>;

    /// The same as they are learned from in an epoch (counted from 0): augmented.
    ///
    /// # Errors
    /// As [`Samples::batch`].
    fn training_batch(&self, indices: &[usize], _epoch: usize) -> Result<Array<f32>, DataError> {
        self.batch(indices)
    }
}

/// The images of a set.
pub(super) struct Images<'a> {
    set: &'a ImageSet,
    labels: &'a [u32],
    augmentation: Augmentation,
    seed: u64,
}

impl<'a> Images<'a> {
    /// Images that something can be learned from: their labels are of at least two classes.
    pub(super) fn new(set: &'a ImageSet, augmentation: Augmentation, seed: u64) -> Result<Self, FitError> {
        let images = Self { augmentation, seed, ..Self::for_judging(set)? };
        let counts = set.class_counts().unwrap_or_default();
        if counts.iter().filter(|&&count| count > 0).count() < 2 {
            return Err(FitError::OneClass(set.name().to_owned()));
        }
        Ok(images)
    }

    /// Images with labels, as they are.
    pub(super) fn for_judging(set: &'a ImageSet) -> Result<Self, FitError> {
        let labels = set.labels().ok_or_else(|| FitError::NoLabels(set.name().to_owned()))?;
        Ok(Self { set, labels, augmentation: Augmentation::default(), seed: 0 })
    }
}

impl Samples for Images<'_> {
    fn labels(&self) -> &[u32] {
        self.labels
    }

    fn classes(&self) -> usize {
        self.set.class_count().unwrap_or(0)
    }

    /// The content and the identities of the images: augmentation goes by the latter.
    fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(inspect(self.set).sha256);
        self.set.ids().iter().for_each(|id| hash.update(id.to_le_bytes()));
        hexadecimal(hash)
    }

    fn batch(&self, indices: &[usize]) -> Result<Array<f32>, DataError> {
        let shape = self.set.shape();
        let pixels = self.set.decode_at(indices)?;
        array(self.set.name(), vec![indices.len(), shape.channels, shape.height, shape.width], pixels)
    }

    fn training_batch(&self, indices: &[usize], epoch: usize) -> Result<Array<f32>, DataError> {
        let mut batch = self.batch(indices)?;
        let shape = self.set.shape();
        for (pixels, &index) in batch.data_mut().chunks_mut(shape.values()).zip(indices) {
            self.augmentation.apply(pixels, shape, self.seed, self.set.ids()[index], epoch);
        }
        Ok(batch)
    }
}

/// Rows of features with the labels of their images.
#[derive(Clone, Debug)]
pub struct FeatureRows {
    /// What they are called in messages.
    pub name: String,
    /// `[N, width]`.
    pub rows: Array<f32>,
    /// One label a row.
    pub labels: Vec<u32>,
    /// How many classes there are.
    pub classes: usize,
}

impl Samples for FeatureRows {
    fn labels(&self) -> &[u32] {
        &self.labels
    }

    fn classes(&self) -> usize {
        self.classes
    }

    fn fingerprint(&self) -> String {
        of_rows(&self.rows, &self.labels)
    }

    fn batch(&self, indices: &[usize]) -> Result<Array<f32>, DataError> {
        let count = self.rows.rows();
        if let Some(&index) = indices.iter().find(|index| **index >= count) {
            return Err(DataError::Index { set: self.name.clone(), index, count });
        }
        let numbers = indices.iter().flat_map(|&index| self.rows.row(index)).copied().collect();
        array(&self.name, vec![indices.len(), self.rows.row_length()], numbers)
    }
}

/// The fingerprint of numbers with a label a row.
pub(crate) fn of_rows(rows: &Array<f32>, labels: &[u32]) -> String {
    let mut hash = Sha256::new();
    rows.shape().iter().for_each(|&axis| hash.update((axis as u64).to_le_bytes()));
    rows.data().iter().for_each(|number| hash.update(number.to_le_bytes()));
    labels.iter().for_each(|label| hash.update(label.to_le_bytes()));
    hexadecimal(hash)
}

fn array(place: &str, shape: Vec<usize>, numbers: Vec<f32>) -> Result<Array<f32>, DataError> {
    Array::new(shape, numbers).map_err(|error| DataError::Inconsistent {
        place: place.to_owned(),
        expected: "as many numbers as the images have".to_owned(),
        found: error.to_string(),
    })
}
