//! A node as its converter sees it: inputs that are known or wired, and attributes with their defaults.

use super::{
    count::Count,
    held::Held,
    message::{Node, Tally, Tensor},
    refusal::{Made, Refusal, broken, unsupported},
};

/// A node that is to be converted.
pub(super) struct Call<'file> {
    pub node: &'file Node<'file>,
    /// Absent where an optional input is left out.
    pub inputs: Vec<Option<Held>>,
    /// The version of the operator set.
    pub opset: i64,
    /// The first of its further outputs that somebody reads.
    pub further_output: Option<&'file str>,
    /// For a matrix product: something known that is added to it and to nothing else, and the name of the sum.
    pub following_add: Option<(Held, &'file str)>,
    /// Whether of what it makes only the shape is read.
    pub only_shape_is_read: bool,
    /// Set where that addition was made part of the product.
    pub took_the_add: std::cell::Cell<bool>,
}

impl<'file> Call<'file> {
    /// The name of the value that it makes.
    pub(super) fn output(&self) -> &'file str {
        self.node.outputs.first().copied().unwrap_or("")
    }

    /// A name for a value on the way.
    pub(super) fn part(&self, what: &str) -> String {
        format!("{}.{what}", self.output())
    }

    /// Refuses where somebody reads a second output.
    pub(super) fn only_first_output(&self) -> Made<()> {
        match self.further_output {
            None => Ok(()),
            Some(name) => unsupported(format!("its further output '{name}' is asked for")),
        }
    }

    pub(super) fn input(&self, place: usize) -> Made<&Held> {
        self.optional(place).ok_or_else(|| Refusal::Broken(format!("its input {place} is missing")))
    }

    pub(super) fn optional(&self, place: usize) -> Option<&Held> {
        self.inputs.get(place).and_then(Option::as_ref)
    }

    pub(super) fn has(&self, attribute: &str) -> bool {
        self.node.attribute(attribute).is_some()
    }

    pub(super) fn int(&self, name: &str, default: i64) -> Made<i64> {
        Ok(self.node.attribute(name).map(|attribute| attribute.int()).transpose()?.unwrap_or(default))
    }

    pub(super) fn flag(&self, name: &str, default: bool) -> Made<bool> {
        Ok(self.int(name, i64::from(default))? != 0)
    }

    pub(super) fn float(&self, name: &str, default: f64) -> Made<f64> {
        Ok(self.node.attribute(name).map(|attribute| attribute.float()).transpose()?.unwrap_or(default))
    }

    pub(super) fn text(&self, name: &str, default: &'static str) -> Made<&'file str> {
        Ok(self.node.attribute(name).map(|attribute| attribute.string()).transpose()?.unwrap_or(default))
    }

    pub(super) fn ints(&self, name: &str) -> Made<Option<Vec<i64>>> {
        Ok(self.node.attribute(name).map(|attribute| attribute.ints()).transpose()?)
    }

    pub(super) fn floats(&self, name: &str) -> Made<Option<Vec<f32>>> {
        Ok(self.node.attribute(name).map(|attribute| attribute.floats()).transpose()?)
    }

    pub(super) fn tensor(&self, name: &str) -> Made<Option<Tensor<'file>>> {
        match self.node.attribute(name) {
            Some(attribute) => Ok(attribute.tensor(&mut Tally::default())?),
            None => Ok(None),
        }
    }

    /// Sizes of a window, a stride, a padding: none below 0, as many as are wanted.
    pub(super) fn sizes(&self, name: &str, count: usize, default: usize) -> Made<Vec<usize>> {
        let Some(numbers) = self.ints(name)? else { return Ok(vec![default; count]) };
        let sizes: Option<Vec<usize>> = numbers.iter().map(|&number| usize::try_from(number).ok()).collect();
        match sizes {
            Some(sizes) if sizes.len() == count => Ok(sizes),
            Some(_) => broken(format!("{name} must be {count} numbers, but it is {numbers:?}")),
            None => unsupported(format!("{name} is below 0: {numbers:?}")),
        }
    }

    /// Whole numbers that must be known when the file is read, up to the batch.
    pub(super) fn counts(&self, place: usize) -> Made<Option<Vec<Count>>> {
        match self.optional(place) {
            None => Ok(None),
            Some(Held::Counts(array)) => Ok(Some(array.data().to_vec())),
            Some(_) => unsupported(format!("its input {place} must be known when the file is read, but is computed")),
        }
    }

    /// Whole numbers that must be known when the file is read.
    pub(super) fn wholes(&self, place: usize) -> Made<Option<Vec<i64>>> {
        let Some(counts) = self.counts(place)? else { return Ok(None) };
        match counts.iter().map(|count| count.as_fixed()).collect::<Option<Vec<i64>>>() {
            Some(numbers) => Ok(Some(numbers)),
            None => unsupported(format!("its input {place} depends on the batch size")),
        }
    }

    /// Whole numbers that older versions give as an attribute and newer ones as an input.
    pub(super) fn attribute_or_input(&self, attribute: &str, place: usize) -> Made<Option<Vec<i64>>> {
        match self.ints(attribute)? {
            Some(numbers) => Ok(Some(numbers)),
            None => self.wholes(place),
        }
    }

    /// One real number that must be known when the file is read.
    pub(super) fn scalar(&self, place: usize) -> Made<Option<f64>> {
        match self.optional(place) {
            None => Ok(None),
            Some(held) => match held.scalar() {
                Some(number) => Ok(Some(number)),
                None => unsupported(format!("its input {place} must be one known number")),
            },
        }
    }

    /// An axis counted from the front, of an array of this rank.
    pub(super) fn axis(axis: i64, rank: usize) -> Made<usize> {
        let count = i64::try_from(rank).unwrap_or(i64::MAX);
        let place = if axis < 0 { axis.saturating_add(count) } else { axis };
        match usize::try_from(place) {
            Ok(place) if place < rank => Ok(place),
            _ => broken(format!("there is no axis {axis} among {rank}")),
        }
    }

    /// Axes counted from the front, ascending and each once.
    pub(super) fn axes(axes: &[i64], rank: usize) -> Made<Vec<usize>> {
        let mut places = axes.iter().map(|&axis| Self::axis(axis, rank)).collect::<Made<Vec<_>>>()?;
        places.sort_unstable();
        places.dedup();
        Ok(places)
    }
}
