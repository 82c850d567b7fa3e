//! A gather by which each image reads its own numbers.
//!
//! PyTorch's exporters write `mask[image, place]` as a gather over the whole batch, at indices that hold the image's number
//! too. Where these say that each image reads what is its own, at the same places, the gather is a choice along another
//! axis, which is right for every batch.

use transferscope_network::operator::Operator;

use super::{
    converter::Converter,
    count::Count,
    held::Held,
    image_indices::{ImageIndices, Place},
    refusal::{Made, broken},
};

/// The same places of every image's own numbers.
pub(super) struct OwnPlaces {
    places: Vec<usize>,
    /// Sizes of the result before what stands behind each place; 1 along the axis of the images.
    sizes: Vec<usize>,
    axis: usize,
}

impl OwnPlaces {
    /// Places in a row that holds one image of this width behind the other.
    pub(super) fn in_row(indices: &Held, width: i64, written_batch: Option<i64>) -> Option<Self> {
        let images = per_image(indices, written_batch, |_| width)?;
        let place = |place: &Place| {
            let is_own = place.step == width && (0..width).contains(&place.first);
            usize::try_from(place.first).ok().filter(|_| is_own)
        };
        let numbers = images.numbers();
        let places = numbers.data().iter().map(place).collect::<Option<_>>()?;
        Some(Self { places, sizes: numbers.shape().to_vec(), axis: images.axis() })
    }

    /// Places by their coordinates in the last axis, the image's number first; `sizes` are those of an image.
    pub(super) fn by_coordinates(indices: &Held, sizes: &[usize], written_batch: Option<i64>) -> Option<Self> {
        let depth = sizes.len() + 1;
        let images = per_image(indices, written_batch, |place| i64::from(place % depth == 0))?;
        let (&last, outer) = images.numbers().shape().split_last()?;
        if last != depth || images.axis() == outer.len() {
            return None;
        }
        let place = |coordinates: &[Place]| {
            let (image, rest) = coordinates.split_first()?;
            (*image == Place { first: 0, step: 1 }).then_some(())?;
            rest.iter().zip(sizes).try_fold(0_usize, |place, (coordinate, &size)| {
                let within = usize::try_from(coordinate.first).ok().filter(|&at| at < size && coordinate.step == 0)?;
                place.checked_mul(size)?.checked_add(within)
            })
        };
        let places = images.numbers().data().chunks(depth).map(place).collect::<Option<_>>()?;
        Some(Self { places, sizes: outer.to_vec(), axis: images.axis() })
    }

    /// The numbers at these places of `x`, which holds `width` of them an image, with axes of the sizes `inner` behind each.
    pub(super) fn take(&self, to: &mut Converter, name: &str, x: &Held, width: usize, inner: &[Count]) -> Made<Held> {
        let part = |part: &str| format!("{name}.{part}");
        let mut made = to.reshaped(&part("images"), x, &[&[Count::BATCH, Count::of(width)], inner].concat())?;
        if !self.places.iter().copied().eq(0..width) {
            let operator = Operator::Select { axis: 1, indices: self.places.clone() };
            made = to.apply(&part("picked"), operator, &[made])?;
        }
        let outside: usize = self.sizes[..self.axis].iter().product();
        let inside: usize = self.sizes[self.axis..].iter().product();
        if outside != 1 {
            let apart = [&[Count::BATCH, Count::of(outside), Count::of(inside)], inner].concat();
            made = to.reshaped(&part("apart"), &made, &apart)?;
            let order: Vec<usize> = [1, 0].into_iter().chain(2..apart.len()).collect();
            made = to.transposed(&part("turned"), &made, &order)?;
        }
        let mut shape: Vec<Count> = self.sizes.iter().copied().map(Count::of).collect();
        match shape.get_mut(self.axis) {
            Some(size) => *size = Count::BATCH,
            None => return broken("its indices have no axis for the images"),
        }
        to.reshaped(name, &made, &[shape.as_slice(), inner].concat())
    }
}

/// Indices by image: as they were computed, or as a file with a fixed batch writes them out.
fn per_image(indices: &Held, written_batch: Option<i64>, step: impl Fn(usize) -> i64) -> Option<ImageIndices> {
    match indices {
        Held::Images(images) => Some(images.as_ref().clone()),
        Held::Counts(array) => ImageIndices::of_written(array, written_batch?, step),
        Held::Floats(_) | Held::Computed(_) => None,
    }
}
