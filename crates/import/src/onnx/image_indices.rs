//! Known whole numbers that count the images of a batch: what a `Range` up to the batch makes.
//!
//! PyTorch's newer exporter writes some views as a gather from one long row, at places that it computes from the batch:
//! `Range(0, N) · 32 + [0 … 31]`. Such places are known for every batch as soon as it is known where image 0 has them, and
//! how far they move from one image to the next.

use std::sync::Arc;

use transferscope_network::{
    array::Array,
    operator::{Arithmetic, Operator},
};

use super::{
    converter::Converter,
    count::Count,
    held::Held,
    movement::broadcast,
    refusal::{Made, Refusal, unsupported},
};

/// The number at a place is that of `first` there, plus `step` for each image along `axis`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ImageIndices {
    /// The numbers of image 0; size 1 along the axis.
    first: Array<Count>,
    axis: usize,
    step: i64,
}

impl ImageIndices {
    /// 0, 1, … N − 1.
    pub(super) fn all() -> Self {
        Self { first: Array::filled(vec![1], Count::fixed(0)), axis: 0, step: 1 }
    }

    pub(super) fn shape(&self) -> Vec<Count> {
        let size = |(axis, &size): (usize, &usize)| if axis == self.axis { Count::BATCH } else { Count::of(size) };
        self.first.shape().iter().enumerate().map(size).collect()
    }

    pub(super) fn rank(&self) -> usize {
        self.first.shape().len()
    }

    /// The same numbers under another shape, the images an axis of their own in both.
    fn reshaped(&self, shape: &[Count]) -> Option<Self> {
        let axis = shape.iter().position(|&size| size == Count::BATCH)?;
        let one = |(place, size): (usize, &Count)| {
            if place == axis { Some(1) } else { usize::try_from(size.as_fixed()?).ok() }
        };
        let sizes = shape.iter().enumerate().map(one).collect::<Option<Vec<usize>>>()?;
        let outside = |sizes: &[usize], axis: usize| sizes[..axis].iter().product::<usize>();
        let is_same = outside(&sizes, axis) == outside(self.first.shape(), self.axis);
        let first = Array::new(sizes, self.first.data().to_vec()).ok().filter(|_| is_same)?;
        Some(Self { first, axis, step: self.step })
    }

    /// Sum, difference or product with numbers that are the same for every image.
    fn combined(&self, kind: Arithmetic, other: &Array<Count>, is_first: bool) -> Option<Self> {
        let rank = self.rank().max(other.shape().len());
        let axis = self.axis + rank - self.rank();
        let size =
            |shape: &[usize], place: usize| (place + shape.len()).checked_sub(rank).map_or(1, |place| shape[place]);
        let shape: Vec<usize> =
            (0..rank).map(|place| size(self.first.shape(), place).max(size(other.shape(), place))).collect();
        let (mine, theirs) = (broadcast(&self.first, &shape)?, broadcast(other, &shape)?);
        if shape[axis] != 1 {
            return None;
        }
        let numbers = mine.data().iter().zip(theirs.data());
        let (numbers, step): (Option<Vec<Count>>, i64) = match (kind, is_first) {
            (Arithmetic::Add, _) => (numbers.map(|(a, b)| a.plus(*b)).collect(), self.step),
            (Arithmetic::Subtract, true) => (numbers.map(|(a, b)| a.minus(*b)).collect(), self.step),
            (Arithmetic::Multiply, _) => {
                // One factor for all: another for each place would be another step.
                let &[factor] = other.data() else { return None };
                (numbers.map(|(a, b)| a.times(*b)).collect(), self.step.checked_mul(factor.as_fixed()?)?)
            }
            _ => return None,
        };
        Some(Self { first: Array::new(shape, numbers?).ok()?, axis, step })
    }

    /// What an operator makes of these numbers, where they are its first input, or one of two.
    pub(super) fn applied(operator: &Operator, inputs: &[Held]) -> Option<Held> {
        let made = match (operator, inputs) {
            (Operator::Arithmetic(kind), [Held::Images(images), Held::Counts(other)]) => {
                images.combined(*kind, other, true)
            }
            (Operator::Arithmetic(kind), [Held::Counts(other), Held::Images(images)]) => {
                images.combined(*kind, other, false)
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

    /// Numbers of a row that holds one image behind the other, `[N·M]`, at these places.
    pub(super) fn gather(&self, to: &mut Converter, name: &str, row: &Held) -> Made<Held> {
        let elsewhere = || Refusal::Unsupported("it picks numbers of one image into another".to_owned());
        let part = |part: &str| format!("{name}.{part}");
        let rows = row.rows();
        let width = match rows.shape.as_slice() {
            [size] if size.fixed == 0 && size.per_image == self.step && rows.outside == 1 => size.per_image,
            _ => return Err(elsewhere()),
        };
        let inside = |count: &Count| count.as_fixed().filter(|place| (0..width).contains(place));
        let index = |count: &Count| usize::try_from(inside(count)?).ok();
        let places: Vec<usize> = self.first.data().iter().map(index).collect::<Option<_>>().ok_or_else(elsewhere)?;
        let mut made = to.reshaped(&part("images"), row, &[Count::BATCH, Count::fixed(width)])?;
        let is_all = places.iter().copied().eq(0..usize::try_from(width).unwrap_or(0));
        if !is_all {
            made = to.apply(&part("picked"), Operator::Select { axis: 1, indices: places }, &[made])?;
        }
        let (outer, inner) = self.first.shape().split_at(self.axis);
        let product = |sizes: &[usize]| Count::of(sizes.iter().product());
        made = to.reshaped(&part("apart"), &made, &[Count::BATCH, product(outer), product(inner)])?;
        made = to.transposed(&part("turned"), &made, &[1, 0, 2])?;
        to.reshaped(name, &made, &self.shape())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(shape: &[usize], numbers: &[i64]) -> Array<Count> {
        let numbers = numbers.iter().copied().map(Count::fixed).collect();
        Array::new(shape.to_vec(), numbers).expect("as many as the shape says")
    }

    /// Range(0, N) · 3 as [N, 1], plus [0 1 2]: the places of a matrix [N, 3] in its row.
    #[test]
    fn places_are_known_for_every_batch() {
        let starts = ImageIndices::all().combined(Arithmetic::Multiply, &counts(&[], &[3]), true).expect("one factor");
        let column = starts.reshaped(&[Count::BATCH, Count::fixed(1)]).expect("the images keep their axis");
        let places = column.combined(Arithmetic::Add, &counts(&[3], &[0, 1, 2]), false).expect("they broadcast");
        assert_eq!(places, ImageIndices { first: counts(&[1, 3], &[0, 1, 2]), axis: 0, step: 3 });
        assert_eq!(places.shape(), [Count::BATCH, Count::fixed(3)]);
    }

    #[test]
    fn what_would_be_another_step_for_each_place_is_not_had() {
        let all = ImageIndices::all();
        assert!(all.combined(Arithmetic::Multiply, &counts(&[1, 2], &[1, 2]), true).is_none());
        assert!(all.combined(Arithmetic::Subtract, &counts(&[], &[1]), false).is_none());
        // Added along the images' own axis: as many numbers as images.
        assert!(all.combined(Arithmetic::Add, &counts(&[2], &[1, 2]), true).is_none());
        let wide = all.combined(Arithmetic::Add, &counts(&[2, 1], &[0, 5]), true).expect("two rows of images");
        assert!(wide.reshaped(&[Count::BATCH, Count::fixed(2)]).is_none());
    }
}
