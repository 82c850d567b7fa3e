//! Weights that are one in the zoo and several in a file, or have other axes there.

use std::{collections::BTreeMap, sync::Arc};

use transferscope_network::array::Array;

/// A weight of a file as a part of one of the zoo's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    /// The zoo's name.
    pub name: String,
    /// Its place among the parts, which are joined along their first axis.
    pub place: usize,
    /// Whether the zoo has a matrix where the file may have windows.
    pub is_matrix: bool,
}

impl Part {
    /// The whole weight.
    pub(super) fn whole(name: String) -> Self {
        Self { name, place: 0, is_matrix: false }
    }

    /// The whole weight, of which the zoo has a matrix.
    pub(super) fn matrix(name: String) -> Self {
        Self { name, place: 0, is_matrix: true }
    }
}

/// The zoo's weights; parts that do not fit to each other are left out, and are missed when the weights are put in.
pub(super) fn merged(parts: BTreeMap<Part, Arc<Array<f32>>>) -> BTreeMap<String, Arc<Array<f32>>> {
    let mut wholes: BTreeMap<String, Vec<Arc<Array<f32>>>> = BTreeMap::new();
    // In the order of places: that is the order of parts of one name.
    for (part, array) in parts {
        let array = if part.is_matrix && array.shape().len() > 2 { as_matrix(&array) } else { array };
        wholes.entry(part.name).or_default().push(array);
    }
    wholes.into_iter().filter_map(|(name, parts)| Some((name, joined(parts)?))).collect()
}

fn as_matrix(array: &Arc<Array<f32>>) -> Arc<Array<f32>> {
    let rows = array.rows();
    let columns = array.shape()[1..].iter().product();
    Array::new(vec![rows, columns], array.data().to_vec()).map_or_else(|_| Arc::clone(array), Arc::new)
}

fn joined(parts: Vec<Arc<Array<f32>>>) -> Option<Arc<Array<f32>>> {
    let first = parts.first()?;
    if parts.len() == 1 {
        return Some(Arc::clone(first));
    }
    let (_, inner) = first.shape().split_first()?;
    if !parts.iter().all(|part| part.shape().get(1..) == Some(inner)) {
        return None;
    }
    let rows = parts.iter().map(|part| part.rows()).sum();
    let shape = std::iter::once(rows).chain(inner.iter().copied()).collect();
    let numbers = parts.iter().flat_map(|part| part.data().iter().copied()).collect();
    Array::new(shape, numbers).ok().map(Arc::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(shape: &[usize], first: f32) -> Arc<Array<f32>> {
        let count: usize = shape.iter().product();
        let numbers = (0..count).map(|place| first + place as f32).collect();
        Arc::new(Array::new(shape.to_vec(), numbers).expect("as many as the shape says"))
    }

    #[test]
    fn parts_stand_in_their_order_and_windows_become_matrices() {
        let part = |place| Part { name: "qkv".to_owned(), place, is_matrix: false };
        let parts = [
            (part(1), array(&[1, 2], 10.0)),
            (part(0), array(&[1, 2], 0.0)),
            (Part::matrix("fc".to_owned()), array(&[1, 2, 2, 1], 0.0)),
        ];
        let merged = merged(parts.into());
        assert_eq!((merged["qkv"].shape(), merged["qkv"].data()), (&[2, 2][..], &[0.0, 1.0, 10.0, 11.0][..]));
        assert_eq!(merged["fc"].shape(), [1, 4]);
    }

    #[test]
    fn parts_of_other_widths_are_left_out() {
        let part = |place| Part { name: "qkv".to_owned(), place, is_matrix: false };
        assert!(merged([(part(0), array(&[1, 2], 0.0)), (part(1), array(&[1, 3], 0.0))].into()).is_empty());
    }
}
