//! A set of images: pixels held as they were stored, decoded to [0, 1] by batch, each with its label and its identity.

use std::ops::Range;

use crate::data::pixels::gather;
use crate::data::{DataError, ImageShape, Pixels};

/// Images with, where known, their labels and class names.
///
/// Every image keeps a **global id**: its index in the file order of the split it was read from. Class subsets and
/// limits keep it, so results on two subsets of one split can be paired.
///
/// ```
/// use transferscope_lab::data::{ImageSet, ImageShape, Pixels};
///
/// let shape = ImageShape { channels: 1, height: 1, width: 2 };
/// let names = vec!["left".to_owned(), "right".to_owned()];
/// let set = ImageSet::new("two dots", shape, Pixels::U8(vec![255, 0, 0, 51]), Some((vec![0, 1], names)), vec![7, 9])?;
/// assert_eq!(set.len(), 2);
/// assert_eq!(set.decode(1..2)?, vec![0.0, 0.2]);
/// assert_eq!(set.ids(), &[7, 9]);
/// assert_eq!(set.class_counts(), Some(vec![1, 1]));
/// # Ok::<(), transferscope_lab::data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ImageSet {
    name: String,
    shape: ImageShape,
    pixels: Pixels,
    labels: Option<Vec<u32>>,
    class_names: Vec<String>,
    ids: Vec<u64>,
    notes: Vec<String>,
}

impl ImageSet {
    /// Puts a set together.
    ///
    /// `labels` are the label of every image and the name of every class (label i is `names[i]`); `ids` are the global ids.
    ///
    /// # Errors
    /// When the parts differ in length, a label has no name, or a float pixel is outside [0, 1] or not a number.
    pub fn new(
        name: impl Into<String>,
        shape: ImageShape,
        pixels: Pixels,
        labels: Option<(Vec<u32>, Vec<String>)>,
        ids: Vec<u64>,
    ) -> Result<Self, DataError> {
        let name = name.into();
        let misfit = |expected: String, found: String| DataError::Inconsistent { place: name.clone(), expected, found };
        let count = ids.len();
        if shape.values() == 0 {
            return Err(misfit(
                "at least one channel, row and column".into(),
                format!("{}x{}x{}", shape.channels, shape.height, shape.width),
            ));
        }
        if count.checked_mul(shape.values()) != Some(pixels.len()) {
            return Err(misfit(
                format!("{} numbers for each of {count} images", shape.values()),
                format!("{} numbers", pixels.len()),
            ));
        }
        if let Pixels::F32(values) = &pixels
            && let Some(place) = values.iter().position(|value| !(0.0..=1.0).contains(value))
        {
            return Err(DataError::PixelValue {
                place: name,
                image: place / shape.values(),
                found: values[place].to_string(),
            });
        }
        let (labels, class_names) = match labels {
            None => (None, Vec::new()),
            Some((labels, names)) => {
                if labels.len() != count {
                    return Err(misfit(
                        format!("{count} labels, one for each image"),
                        format!("{} labels", labels.len()),
                    ));
                }
                if let Some(label) = labels.iter().find(|label| **label as usize >= names.len()) {
                    return Err(misfit(format!("labels below the {} classes", names.len()), format!("label {label}")));
                }
                (Some(labels), names)
            }
        };
        Ok(Self { name, shape, pixels, labels, class_names, ids, notes: Vec::new() })
    }

    pub(crate) fn with_notes(mut self, notes: Vec<String>) -> Self {
        self.notes = notes;
        self
    }

    /// What the set is called in results: kind and split.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Channels, height and width of every image.
    pub fn shape(&self) -> ImageShape {
        self.shape
    }

    /// The pixels as stored.
    pub fn pixels(&self) -> &Pixels {
        &self.pixels
    }

    /// The label of every image; `None` for an unlabelled set.
    pub fn labels(&self) -> Option<&[u32]> {
        self.labels.as_deref()
    }

    /// The name of every class, in label order; `None` for an unlabelled set. Where the data has no names, they are the labels as text.
    pub fn class_names(&self) -> Option<&[String]> {
        self.labels.as_ref().map(|_| self.class_names.as_slice())
    }

    /// Number of classes, with or without images; `None` for an unlabelled set.
    pub fn class_count(&self) -> Option<usize> {
        self.class_names().map(<[String]>::len)
    }

    /// Number of images of every class, in label order; `None` for an unlabelled set.
    pub fn class_counts(&self) -> Option<Vec<usize>> {
        let labels = self.labels.as_ref()?;
        let mut counts = vec![0; self.class_names.len()];
        for label in labels {
            if let Some(count) = counts.get_mut(*label as usize) {
                *count += 1;
            }
        }
        Some(counts)
    }

    /// The global id of every image: its index in the file order of its split.
    pub fn ids(&self) -> &[u64] {
        &self.ids
    }

    /// What a reader of results on this set should know (what was read, what was missing).
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The pixels of neighbouring images in [0, 1], (range length) x channels x height x width.
    ///
    /// # Errors
    /// When the range reaches past the end.
    pub fn decode(&self, range: Range<usize>) -> Result<Vec<f32>, DataError> {
        if range.end > self.len() {
            return Err(self.no_such_image(range.end - 1));
        }
        let mut decoded = Vec::with_capacity(range.len() * self.shape.values());
        if !range.is_empty() {
            self.decode_into(range.start, range.end, &mut decoded);
        }
        Ok(decoded)
    }

    /// The pixels of chosen images in [0, 1], in the order of `indices`, (number of indices) x channels x height x width.
    ///
    /// # Errors
    /// When an index is past the end.
    pub fn decode_at(&self, indices: &[usize]) -> Result<Vec<f32>, DataError> {
        if let Some(index) = indices.iter().find(|index| **index >= self.len()) {
            return Err(self.no_such_image(*index));
        }
        let mut decoded = Vec::with_capacity(indices.len() * self.shape.values());
        for index in indices {
            self.decode_into(*index, index + 1, &mut decoded);
        }
        Ok(decoded)
    }

    fn decode_into(&self, first: usize, end: usize, decoded: &mut Vec<f32>) {
        let numbers = first * self.shape.values()..end * self.shape.values();
        match &self.pixels {
            // Divided, not multiplied by a reciprocal: the nearest f32 to level / 255, as every other program has it.
            Pixels::U8(levels) => decoded.extend(levels[numbers].iter().map(|level| f32::from(*level) / 255.0)),
            Pixels::F32(values) => decoded.extend_from_slice(&values[numbers]),
        }
    }

    /// The set of the chosen images, in the order of `indices`, with their labels and ids; all classes stay.
    ///
    /// # Errors
    /// When an index is past the end.
    pub fn select(&self, indices: &[usize]) -> Result<Self, DataError> {
        if let Some(index) = indices.iter().find(|index| **index >= self.len()) {
            return Err(self.no_such_image(*index));
        }
        let values = self.shape.values();
        let pixels = match &self.pixels {
            Pixels::U8(levels) => Pixels::U8(gather(levels, indices, values)),
            Pixels::F32(numbers) => Pixels::F32(gather(numbers, indices, values)),
        };
        Ok(Self {
            name: self.name.clone(),
            shape: self.shape,
            pixels,
            labels: self.labels.as_ref().map(|labels| indices.iter().map(|index| labels[*index]).collect()),
            class_names: self.class_names.clone(),
            ids: indices.iter().map(|index| self.ids[*index]).collect(),
            notes: self.notes.clone(),
        })
    }

    pub(crate) fn with_pixels(&self, shape: ImageShape, pixels: Pixels) -> Self {
        Self {
            name: self.name.clone(),
            shape,
            pixels,
            labels: self.labels.clone(),
            class_names: self.class_names.clone(),
            ids: self.ids.clone(),
            notes: self.notes.clone(),
        }
    }

    fn no_such_image(&self, index: usize) -> DataError {
        DataError::Index { set: self.name.clone(), index, count: self.len() }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use super::*;

    const DOT: ImageShape = ImageShape { channels: 1, height: 1, width: 1 };

    fn three_dots() -> ImageSet {
        let names = vec!["a".to_owned(), "b".to_owned()];
        ImageSet::new("dots", DOT, Pixels::U8(vec![0, 51, 255]), Some((vec![1, 0, 1], names)), vec![0, 1, 2]).unwrap()
    }

    #[test]
    fn bytes_decode_to_level_over_255_by_range_and_by_index() {
        let set = three_dots();
        assert_eq!(set.decode(0..3).unwrap(), vec![0.0, 0.2, 1.0]);
        assert_eq!(set.decode_at(&[2, 0]).unwrap(), vec![1.0, 0.0]);
        assert_eq!(set.decode(3..3).unwrap(), Vec::<f32>::new());
        assert!(matches!(set.decode(2..4), Err(DataError::Index { index: 3, count: 3, .. })));
        assert!(matches!(set.decode_at(&[3]), Err(DataError::Index { index: 3, .. })));
    }

    #[test]
    fn a_selection_keeps_labels_ids_and_all_classes() {
        let chosen = three_dots().select(&[2, 1]).unwrap();
        assert_eq!(chosen.labels(), Some(&[1, 0][..]));
        assert_eq!(chosen.ids(), &[2, 1]);
        assert_eq!(chosen.class_counts(), Some(vec![1, 1]));
    }

    #[test]
    fn parts_that_do_not_fit_and_values_outside_the_unit_interval_are_refused() {
        let fits = |pixels, ids| ImageSet::new("dots", DOT, pixels, None, ids);
        assert!(matches!(fits(Pixels::U8(vec![0, 1]), vec![0]), Err(DataError::Inconsistent { .. })));
        for bad in [1.5, -0.1, f32::NAN, f32::INFINITY] {
            assert!(
                matches!(fits(Pixels::F32(vec![0.5, bad]), vec![0, 1]), Err(DataError::PixelValue { image: 1, .. })),
                "{bad}"
            );
        }
        let label = ImageSet::new("dots", DOT, Pixels::U8(vec![0]), Some((vec![2], vec!["a".into()])), vec![0]);
        assert!(matches!(label, Err(DataError::Inconsistent { .. })));
    }
}
