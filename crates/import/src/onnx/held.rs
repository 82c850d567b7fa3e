//! What is known of a value while a file is read: its numbers, or the wire that will carry them.

use std::sync::Arc;

use transferscope_network::{array::Array, graph::Wire};

use super::{count::Count, image_indices::ImageIndices, rows::Rows};

/// A value of the file.
#[derive(Clone, Debug)]
pub(super) enum Held {
    /// Real numbers that are known.
    Floats(Arc<Array<f32>>),
    /// Whole numbers and truth values (1, 0) that are known, up to the batch.
    Counts(Arc<Array<Count>>),
    /// Whole numbers that are known, one part for each image of the batch.
    Images(Arc<ImageIndices>),
    /// Real numbers that the graph computes.
    Computed(Computed),
}

/// A value that the graph computes.
#[derive(Clone, Debug)]
pub(super) struct Computed {
    pub wire: Wire,
    pub rows: Rows,
    /// Whether it is 1 or 0 everywhere: a mask.
    pub is_truth: bool,
}

impl Held {
    pub(super) fn shape(&self) -> Vec<Count> {
        match self {
            Self::Floats(array) => array.shape().iter().copied().map(Count::of).collect(),
            Self::Counts(array) => array.shape().iter().copied().map(Count::of).collect(),
            Self::Images(images) => images.shape(),
            Self::Computed(computed) => computed.rows.shape.clone(),
        }
    }

    /// Its shape with the order of the images in it.
    pub(super) fn rows(&self) -> Rows {
        match self {
            Self::Floats(_) | Self::Counts(_) | Self::Images(_) => Rows { shape: self.shape(), outside: 1 },
            Self::Computed(computed) => computed.rows.clone(),
        }
    }

    pub(super) fn rank(&self) -> usize {
        match self {
            Self::Floats(array) => array.shape().len(),
            Self::Counts(array) => array.shape().len(),
            Self::Images(images) => images.rank(),
            Self::Computed(computed) => computed.rows.shape.len(),
        }
    }

    /// The sizes of the axes where none depends on the batch.
    pub(super) fn fixed_shape(&self) -> Option<Vec<usize>> {
        self.shape().iter().map(|count| count.as_fixed().and_then(|size| usize::try_from(size).ok())).collect()
    }

    /// The size of an axis that does not depend on the batch.
    pub(super) fn fixed_size(&self, axis: usize) -> Option<usize> {
        usize::try_from(self.shape().get(axis)?.as_fixed()?).ok()
    }

    pub(super) fn is_computed(&self) -> bool {
        matches!(self, Self::Computed(_))
    }

    /// Whether every number is 1 or 0.
    pub(super) fn is_truth(&self) -> bool {
        match self {
            Self::Floats(array) => array.data().iter().all(|number| [0.0, 1.0].contains(number)),
            Self::Counts(array) => array.data().iter().all(|count| [0, 1].map(Count::fixed).contains(count)),
            Self::Images(_) => false,
            Self::Computed(computed) => computed.is_truth,
        }
    }

    /// Known numbers that are the same for every image as those of one: beside what has the batch they stand for all.
    pub(super) fn one_for_all(&self) -> Self {
        match self {
            Self::Images(images) => images.same_for_all().map_or_else(|| self.clone(), Self::of_counts),
            Self::Floats(_) | Self::Counts(_) | Self::Computed(_) => self.clone(),
        }
    }

    /// Known real numbers; whole numbers count as such.
    #[expect(clippy::cast_precision_loss, reason = "shapes and indices are far below 2^24")]
    pub(super) fn floats(&self) -> Option<Arc<Array<f32>>> {
        match self {
            Self::Floats(array) => Some(Arc::clone(array)),
            Self::Counts(array) => {
                let fixed: Option<Vec<f32>> =
                    array.data().iter().map(|count| count.as_fixed().map(|number| number as f32)).collect();
                Array::new(array.shape().to_vec(), fixed?).ok().map(Arc::new)
            }
            Self::Images(_) | Self::Computed(_) => None,
        }
    }

    /// Known whole numbers.
    pub(super) fn counts(&self) -> Option<&Array<Count>> {
        match self {
            Self::Counts(array) => Some(array),
            Self::Floats(_) | Self::Images(_) | Self::Computed(_) => None,
        }
    }

    /// The one known number of a value that holds one.
    pub(super) fn scalar(&self) -> Option<f64> {
        match self.floats()?.data() {
            &[number] => Some(f64::from(number)),
            _ => None,
        }
    }

    pub(super) fn of_floats(array: Array<f32>) -> Self {
        Self::Floats(Arc::new(array))
    }

    pub(super) fn of_counts(array: Array<Count>) -> Self {
        Self::Counts(Arc::new(array))
    }

    /// A row of whole numbers.
    pub(super) fn row(numbers: Vec<Count>) -> Self {
        let mut array = Array::filled(vec![numbers.len()], Count::fixed(0));
        array.data_mut().copy_from_slice(&numbers);
        Self::of_counts(array)
    }

    /// One real number, with no axis.
    pub(super) fn number(number: f64) -> Self {
        Self::of_floats(Array::filled(vec![], number).to_f32())
    }
}
