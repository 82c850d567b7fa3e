//! Known whole numbers that may differ from image to image: what a `Range` up to the batch makes, and what is repeated for
//! each image.
//!
//! PyTorch's exporters write some views as a gather from one long row, at places that they compute from the batch:
//! `Range(0, N) · 32 + [0 … 31]`. Such places are known for every batch as soon as it is known where image 0 has them, and
//! how far they move from one image to the next.

use std::sync::Arc;

use transferscope_network::{
    array::{Array, strides},
    operator::{Arithmetic, Operator},
};

use super::{
    count::Count,
    held::Held,
    movement::{broadcast, moved},
    refusal::{Made, unsupported},
};

/// The number `first + step · n` of image n.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub first: i64,
    pub step: i64,
}

/// Numbers for each image along one axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ImageIndices {
    /// Those of one image; size 1 along the axis.
    numbers: Array<Place>,
    axis: usize,
}

/// Numbers on their way through an operator: with the axis of the images, where they have one.
type Part = (Array<Place>, Option<usize>);

impl ImageIndices {
    /// 0, 1, … N − 1.
    pub(super) fn all() -> Self {
        Self { numbers: Array::filled(vec![1], Place { first: 0, step: 1 }), axis: 0 }
    }

    /// The same numbers for each image; `None` where the array is no single one along the axis, or depends on the batch.
    pub(super) fn alike(array: &Array<Count>, axis: usize) -> Option<Self> {
        let is_single = array.shape().get(axis) == Some(&1);
        Some(Self { numbers: fixed(array).filter(|_| is_single)?, axis })
    }

    /// Numbers that a file with a fixed batch writes out for each of its images, where they move by these steps: the first
    /// axis as long as the batch along which they do.
    pub(super) fn of_written(array: &Array<Count>, batch: i64, step: impl Fn(usize) -> i64) -> Option<Self> {
        let batch = usize::try_from(batch).ok()?;
        let along = |axis: usize| {
            let inner = strides(array.shape())[axis];
            let mut shape = array.shape().to_vec();
            shape[axis] = 1;
            let at = |image: usize, place: usize| {
                array.data()[(place / inner * batch + image) * inner + place % inner].as_fixed()
            };
            let count = array.len().checked_div(batch)?;
            let is_so = |image: usize, place: usize| {
                let moved = i64::try_from(image).ok()?.checked_mul(step(place))?;
                Some(at(image, place)? == at(0, place)?.checked_add(moved)?)
            };
            let all = (0..batch).all(|image| (0..count).all(|place| is_so(image, place) == Some(true)));
            let number = |place: usize| Some(Place { first: at(0, place)?, step: step(place) });
            let numbers = (0..count).map(number).collect::<Option<_>>().filter(|_| all)?;
            Some(Self { numbers: Array::new(shape, numbers).ok()?, axis })
        };
        (0..array.shape().len()).filter(|&axis| array.shape()[axis] == batch).find_map(along)
    }

    pub(super) fn numbers(&self) -> &Array<Place> {
        &self.numbers
    }

    pub(super) fn axis(&self) -> usize {
        self.axis
    }

    /// Those of one image, where all have the same; size 1 along the axis.
    pub(super) fn same_for_all(&self) -> Option<Array<Count>> {
        let is_same = self.numbers.data().iter().all(|place| place.step == 0);
        is_same.then(|| self.numbers.map(|place| Count::fixed(place.first)))
    }

    pub(super) fn shape(&self) -> Vec<Count> {
        let size = |(axis, &size): (usize, &usize)| if axis == self.axis { Count::BATCH } else { Count::of(size) };
        self.numbers.shape().iter().enumerate().map(size).collect()
    }

    pub(super) fn rank(&self) -> usize {
        self.numbers.shape().len()
    }

    /// The same numbers under another shape, the images an axis of their own in both.
    fn reshaped(&self, shape: &[Count]) -> Option<Self> {
        let axis = shape.iter().position(|&size| size == Count::BATCH)?;
        let one = |(place, size): (usize, &Count)| {
            if place == axis { Some(1) } else { usize::try_from(size.as_fixed()?).ok() }
        };
        let sizes = shape.iter().enumerate().map(one).collect::<Option<Vec<usize>>>()?;
        let outside = |sizes: &[usize], axis: usize| sizes[..axis].iter().product::<usize>();
        let is_same = outside(&sizes, axis) == outside(self.numbers.shape(), self.axis);
        let numbers = Array::new(sizes, self.numbers.data().to_vec()).ok().filter(|_| is_same)?;
        Some(Self { numbers, axis })
    }

    /// What an operator makes of these numbers and of those that are the same for every batch.
    pub(super) fn applied(operator: &Operator, inputs: &[Held]) -> Option<Held> {
        let parts = inputs.iter().map(part).collect::<Option<Vec<Part>>>()?;
        let made = match (operator, parts.as_slice()) {
            (Operator::Arithmetic(kind), [a, b]) => combined(*kind, a, b),
            (Operator::Concatenate { axis } | Operator::Slice { axis, .. } | Operator::Select { axis, .. }, _) => {
                apart(operator, *axis, &parts)
            }
            _ => None,
        }?;
        Some(Held::Images(Arc::new(made)))
    }

    /// The numbers under another shape.
    pub(super) fn with_shape(&self, shape: &[Count]) -> Made<Held> {
        match self.reshaped(shape) {
            Some(made) => Ok(Held::Images(Arc::new(made))),
            None => unsupported("it reshapes numbers that count the images of a batch"),
        }
    }

    /// The numbers broadcast to a shape, which is 1 at the axis of the images.
    pub(super) fn widened(&self, sizes: &[usize]) -> Option<Self> {
        let axis = self.axis + sizes.len().checked_sub(self.rank())?;
        let is_single = sizes[axis] == 1;
        Some(Self { numbers: broadcast(&self.numbers, sizes).filter(|_| is_single)?, axis })
    }
}

fn fixed(array: &Array<Count>) -> Option<Array<Place>> {
    let place = |count: &Count| Some(Place { first: count.as_fixed()?, step: 0 });
    Array::new(array.shape().to_vec(), array.data().iter().map(place).collect::<Option<_>>()?).ok()
}

fn part(held: &Held) -> Option<Part> {
    match held {
        Held::Images(images) => Some((images.numbers.clone(), Some(images.axis))),
        Held::Counts(array) => Some((fixed(array)?, None)),
        Held::Floats(_) | Held::Computed(_) => None,
    }
}

/// Arithmetic number by number, the images on the same axis wherever they have one.
fn combined(kind: Arithmetic, a: &Part, b: &Part) -> Option<ImageIndices> {
    let rank = a.0.shape().len().max(b.0.shape().len());
    let axis = |(array, axis): &Part| axis.map(|axis| axis + rank - array.shape().len());
    let axis = match (axis(a), axis(b)) {
        (Some(a), Some(b)) => Some(a).filter(|_| a == b),
        (a, b) => a.or(b),
    }?;
    let size = |shape: &[usize], place: usize| (place + shape.len()).checked_sub(rank).map_or(1, |place| shape[place]);
    let shape: Vec<usize> = (0..rank).map(|place| size(a.0.shape(), place).max(size(b.0.shape(), place))).collect();
    if shape[axis] != 1 {
        return None;
    }
    let (a, b) = (broadcast(&a.0, &shape)?, broadcast(&b.0, &shape)?);
    let numbers = a.data().iter().zip(b.data()).map(|(&a, &b)| place_of(kind, a, b)).collect::<Option<_>>()?;
    Some(ImageIndices { numbers: Array::new(shape, numbers).ok()?, axis })
}

/// The result for one number, where it still moves by equal steps.
fn place_of(kind: Arithmetic, a: Place, b: Place) -> Option<Place> {
    let (first, step) = match kind {
        Arithmetic::Add => (a.first.checked_add(b.first)?, a.step.checked_add(b.step)?),
        Arithmetic::Subtract => (a.first.checked_sub(b.first)?, a.step.checked_sub(b.step)?),
        Arithmetic::Multiply => {
            let (place, factor) = match (a.step, b.step) {
                (_, 0) => (a, b.first),
                (0, _) => (b, a.first),
                _ => return None,
            };
            (place.first.checked_mul(factor)?, place.step.checked_mul(factor)?)
        }
        Arithmetic::Maximum if a.step == b.step => (a.first.max(b.first), a.step),
        Arithmetic::Minimum if a.step == b.step => (a.first.min(b.first), a.step),
        Arithmetic::Divide | Arithmetic::Maximum | Arithmetic::Minimum => return None,
    };
    Some(Place { first, step })
}

/// An operator that moves numbers along another axis than that of the images.
fn apart(operator: &Operator, along: usize, parts: &[Part]) -> Option<ImageIndices> {
    let (_, axis) = parts.first()?;
    let axis = (*axis)?;
    if axis == along || parts.iter().any(|(_, other)| *other != Some(axis)) {
        return None;
    }
    let arrays: Vec<&Array<Place>> = parts.iter().map(|(array, _)| array).collect();
    let shapes: Vec<&[usize]> = arrays.iter().map(|array| array.shape()).collect();
    let shape = operator.output_shape(&shapes).ok()?;
    Some(ImageIndices { numbers: moved(operator, &arrays, shape)?, axis })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(shape: &[usize], numbers: &[i64]) -> Held {
        let numbers = numbers.iter().copied().map(Count::fixed).collect();
        Held::of_counts(Array::new(shape.to_vec(), numbers).expect("as many as the shape says"))
    }

    fn images(held: Option<Held>) -> Option<ImageIndices> {
        match held? {
            Held::Images(images) => Some(images.as_ref().clone()),
            _ => None,
        }
    }

    fn computed(kind: Arithmetic, a: &ImageIndices, b: Held) -> Option<ImageIndices> {
        images(ImageIndices::applied(&Operator::Arithmetic(kind), &[Held::Images(Arc::new(a.clone())), b]))
    }

    fn places(shape: &[usize], places: &[(i64, i64)]) -> Array<Place> {
        let places = places.iter().map(|&(first, step)| Place { first, step }).collect();
        Array::new(shape.to_vec(), places).expect("as many as the shape says")
    }

    /// Range(0, N) · 3 as [N, 1], plus [0 1 2]: the places of a matrix [N, 3] in its row.
    #[test]
    fn places_are_known_for_every_batch() {
        let starts = computed(Arithmetic::Multiply, &ImageIndices::all(), counts(&[], &[3])).expect("one factor");
        let column = starts.reshaped(&[Count::BATCH, Count::fixed(1)]).expect("the images keep their axis");
        let found = computed(Arithmetic::Add, &column, counts(&[3], &[0, 1, 2])).expect("they broadcast");
        assert_eq!(found, ImageIndices { numbers: places(&[1, 3], &[(0, 3), (1, 3), (2, 3)]), axis: 0 });
        assert_eq!(found.shape(), [Count::BATCH, Count::fixed(3)]);
    }

    /// Coordinates of a matrix [N, 2]: the image beside the place in it.
    #[test]
    fn images_and_places_stand_side_by_side() {
        let column =
            ImageIndices::all().reshaped(&[Count::BATCH, Count::fixed(1), Count::fixed(1)]).expect("as before");
        let row = column.widened(&[1, 2, 1]).expect("one number an image");
        let Held::Counts(along) = counts(&[1, 2, 1], &[0, 1]) else { panic!("it was just made") };
        let along = ImageIndices::alike(&along, 0).expect("one row for all");
        let both = [&row, &along].map(|images| Held::Images(Arc::new(images.clone())));
        let found = images(ImageIndices::applied(&Operator::Concatenate { axis: 2 }, &both)).expect("they fit");
        assert_eq!(found.numbers, places(&[1, 2, 2], &[(0, 1), (0, 0), (0, 1), (1, 0)]));
        assert!(ImageIndices::applied(&Operator::Concatenate { axis: 0 }, &both).is_none());
        // The larger of an image's number and a place is no number of equal steps.
        assert!(computed(Arithmetic::Maximum, &row, both[1].clone()).is_none());
        let Held::Counts(written) = counts(&[2, 2, 2], &[0, 0, 0, 1, 1, 0, 1, 1]) else { panic!("it was just made") };
        let step = |place: usize| i64::from(place.is_multiple_of(2));
        assert_eq!(ImageIndices::of_written(&written, 2, step), Some(found));
        assert_eq!(ImageIndices::of_written(&written, 2, |_| 1), None);
    }

    #[test]
    fn what_moves_along_the_images_is_not_had() {
        let all = ImageIndices::all();
        // Added along the images' own axis: as many numbers as images.
        assert!(computed(Arithmetic::Add, &all, counts(&[2], &[1, 2])).is_none());
        let wide = computed(Arithmetic::Add, &all, counts(&[2, 1], &[0, 5])).expect("two rows of images");
        assert!(wide.reshaped(&[Count::BATCH, Count::fixed(2)]).is_none());
        let other = Held::Images(Arc::new(all.clone()));
        assert!(computed(Arithmetic::Multiply, &all, other).is_none());
    }
}
