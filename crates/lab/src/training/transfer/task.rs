//! What is to be learned: training and test images of the same classes.

use crate::{
    data::ImageSet,
    training::{FitError, transfer::TransferError},
};

/// Training images, and test images that nothing is chosen on.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    train: &'a ImageSet,
    test: &'a ImageSet,
}

impl<'a> Task<'a> {
    /// A task, checked: both sets have labels, the same classes and the same image shape.
    ///
    /// # Errors
    /// Where they differ, or labels are missing.
    pub fn new(train: &'a ImageSet, test: &'a ImageSet) -> Result<Self, TransferError> {
        for set in [train, test] {
            if set.labels().is_none() {
                return Err(FitError::NoLabels(set.name().to_owned()).into());
            }
        }
        if train.class_counts().unwrap_or_default().iter().filter(|&&count| count > 0).count() < 2 {
            return Err(FitError::OneClass(train.name().to_owned()).into());
        }
        let names = |set: &ImageSet| set.class_names().unwrap_or_default().join(", ");
        if train.class_names() != test.class_names() {
            return Err(TransferError::TestData { what: "classes", train: names(train), test: names(test) });
        }
        let shape = |set: &ImageSet| {
            let shape = set.shape();
            format!("{}x{}x{}", shape.channels, shape.height, shape.width)
        };
        if train.shape() != test.shape() {
            let what = "image shape (channels x height x width; size= in the data's settings changes it)";
            return Err(TransferError::TestData { what, train: shape(train), test: shape(test) });
        }
        Ok(Self { train, test })
    }

    /// What is learned from.
    #[must_use]
    pub fn train(&self) -> &'a ImageSet {
        self.train
    }

    /// What the outcome is measured on.
    #[must_use]
    pub fn test(&self) -> &'a ImageSet {
        self.test
    }

    /// How many classes there are.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.train.class_count().unwrap_or(0)
    }
}
