//! Parts of arrays, and arrays of parts: concatenate, split, slice, gather, expand, tile.

use transferscope_network::{
    array::{Array, strides},
    operator::Operator,
};

use super::Converted;
use crate::onnx::{
    call::Call,
    converter::Converter,
    count::Count,
    held::Held,
    own_places::OwnPlaces,
    refusal::{Made, broken, unsupported},
};

pub(super) fn concat(to: &mut Converter, call: &Call<'_>) -> Converted {
    let mut inputs = Vec::with_capacity(call.inputs.len());
    for place in 0..call.inputs.len() {
        inputs.push(call.input(place)?.clone());
    }
    let Some(first) = inputs.first() else { return broken("it has no input") };
    let axis = Call::axis(call.int("axis", 1)?, first.rank())?;
    // Known numbers beside computed ones stand once for each image of a batch of one.
    if to.fixed_batch == Some(1) && axis != 0 && inputs.iter().any(Held::is_computed) {
        for (place, input) in inputs.iter_mut().enumerate() {
            if !input.is_computed() && input.fixed_size(0) == Some(1) {
                let mut shape = input.shape();
                shape[0] = Count::BATCH;
                *input = to.expanded(&call.part(&format!("repeated{place}")), input, &shape)?;
            }
        }
    }
    match inputs.as_slice() {
        [only] => Ok(vec![only.clone()]),
        _ => Ok(vec![to.apply(call.output(), Operator::Concatenate { axis }, &inputs)?]),
    }
}

pub(super) fn split(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let axis = Call::axis(call.int("axis", 0)?, x.rank())?;
    let Some(size) = x.fixed_size(axis) else { return unsupported("it splits a batch") };
    let parts = call.node.outputs.len();
    let sizes: Vec<usize> = match call.attribute_or_input("split", 1)? {
        Some(sizes) => sizes.iter().map(|&size| usize::try_from(size).unwrap_or(usize::MAX)).collect(),
        None => {
            // Equal parts, the last smaller where it does not come out even.
            let part = size.div_ceil(parts.max(1));
            (0..parts).map(|place| part.min(size.saturating_sub(place * part))).collect()
        }
    };
    if sizes.len() < parts || sizes.iter().try_fold(0_usize, |sum, &part| sum.checked_add(part)) != Some(size) {
        return broken(format!("{sizes:?} are not parts of {size}"));
    }
    let mut start = 0;
    let mut made = Vec::with_capacity(parts);
    for (name, part) in call.node.outputs.iter().zip(sizes) {
        made.push(to.sliced(name, x, axis, [start, start + part])?);
        start += part;
    }
    Ok(made)
}

pub(super) fn slice(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let fixed = |numbers: Vec<i64>| numbers.into_iter().map(Count::fixed).collect::<Vec<_>>();
    let (starts, ends, axes, steps) = if call.opset < 10 {
        (call.ints("starts")?.map(fixed), call.ints("ends")?.map(fixed), call.ints("axes")?, None)
    } else {
        (call.counts(1)?, call.counts(2)?, call.wholes(3)?, call.wholes(4)?)
    };
    let (Some(starts), Some(ends)) = (starts, ends) else { return broken("its bounds are missing") };
    let places = |count: usize| (0..count).map(|axis| i64::try_from(axis).unwrap_or(0)).collect();
    let axes = axes.unwrap_or_else(|| places(starts.len()));
    let steps = steps.unwrap_or_else(|| vec![1; starts.len()]);
    if ends.len() != starts.len() || axes.len() != starts.len() || steps.len() != starts.len() {
        return broken("it has not as many starts as ends, axes and steps");
    }
    let mut made = x.clone();
    for (place, &axis) in axes.iter().enumerate() {
        let axis = Call::axis(axis, x.rank())?;
        let name = if place + 1 == axes.len() { call.output().to_owned() } else { call.part(&format!("axis{axis}")) };
        made = slice_of_axis(to, &name, &made, axis, [starts[place], ends[place]], steps[place])?;
    }
    Ok(vec![made])
}

fn slice_of_axis(
    to: &mut Converter,
    name: &str,
    x: &Held,
    axis: usize,
    [start, end]: [Count; 2],
    step: i64,
) -> Made<Held> {
    let whole = x.shape()[axis];
    let (Some(size), Some(start), Some(end)) = (whole.as_fixed(), start.as_fixed(), end.as_fixed()) else {
        // All of an axis that counts the batch stays as it is.
        let reaches_end = end == whole || end.as_fixed().is_some_and(|end| end >= i64::from(i32::MAX));
        return if start == Count::fixed(0) && step == 1 && reaches_end {
            Ok(x.clone())
        } else {
            unsupported("it takes part of a batch")
        };
    };
    let from_front = |place: i64| if place < 0 { place.saturating_add(size) } else { place };
    let index = |place: i64| usize::try_from(place).unwrap_or(0);
    if step > 0 {
        let start = index(from_front(start).clamp(0, size));
        let end = index(from_front(end).clamp(0, size)).max(start);
        if step == 1 {
            return to.sliced(name, x, axis, [start, end]);
        }
        let step = usize::try_from(step).unwrap_or(usize::MAX).min(index(size).max(1));
        return to.apply(name, Operator::Slice { axis, start, end, step }, std::slice::from_ref(x));
    }
    if step == 0 {
        return broken("its step is 0");
    }
    let start = from_front(start).clamp(-1, size - 1);
    let end = from_front(end).clamp(-1, size - 1);
    let mut indices = Vec::new();
    let mut place = start;
    while place > end {
        indices.push(index(place));
        place = place.saturating_add(step);
    }
    to.apply(name, Operator::Select { axis, indices }, std::slice::from_ref(x))
}

pub(super) fn gather(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let axis = Call::axis(call.int("axis", 0)?, x.rank())?;
    let indices = call.input(1)?;
    if to.are_tokens(indices) && axis == 0 && x.rank() == 2 && !x.is_computed() {
        return Ok(vec![to.apply(call.output(), Operator::Lookup, &[indices.clone(), x.clone()])?]);
    }
    if let (0, Some(&size)) = (axis, x.shape().first())
        && size.depends_on_batch()
    {
        return Ok(vec![from_own_row(to, call, x, size)?]);
    }
    if let Held::Images(images) = indices {
        let Held::Counts(one) = indices.one_for_all() else { return unsupported(ELSEWHERE) };
        let made = picked(to, call, x, axis, &one)?;
        let mut shape = made.shape();
        shape[axis + images.axis()] = Count::BATCH;
        return Ok(vec![to.expanded(&call.part("repeated"), &made, &shape)?]);
    }
    let Held::Counts(given) = indices else {
        return unsupported("its indices are computed, and no gradient goes through them");
    };
    Ok(vec![picked(to, call, x, axis, given)?])
}

const ELSEWHERE: &str = "it picks numbers of one image into another";

/// Numbers of a row `[N·width, …]` that holds one image behind the other, each image's its own.
fn from_own_row(to: &mut Converter, call: &Call<'_>, x: &Held, size: Count) -> Made<Held> {
    let width = usize::try_from(size.per_image).unwrap_or(0);
    let own = OwnPlaces::in_row(call.input(1)?, size.per_image, to.fixed_batch);
    match own.filter(|_| size.fixed == 0 && x.rows().outside == 1) {
        Some(own) => own.take(to, call.output(), x, width, &x.shape()[1..]),
        None => unsupported(ELSEWHERE),
    }
}

/// The numbers at known places of an axis.
fn picked(to: &mut Converter, call: &Call<'_>, x: &Held, axis: usize, given: &Array<Count>) -> Made<Held> {
    let Some(size) = x.fixed_size(axis) else { return unsupported("it picks images out of a batch") };
    let index = |count: &Count| count.as_fixed().and_then(|place| Call::axis(place, size).ok());
    let Some(indices) = given.data().iter().map(index).collect::<Option<Vec<usize>>>() else {
        return broken(format!("an index lies outside of an axis of {size}"));
    };
    let shape = x.shape();
    let mut wanted: Vec<Count> = shape[..axis].to_vec();
    wanted.extend(given.shape().iter().map(|&size| Count::of(size)));
    wanted.extend(&shape[axis + 1..]);
    // Neighbours are a slice, which is cheaper.
    let run = indices.windows(2).all(|pair| pair[1] == pair[0] + 1);
    let picked = match indices.first() {
        Some(&start) if run => to.sliced(&call.part("picked"), x, axis, [start, start + indices.len()])?,
        _ => to.apply(&call.part("picked"), Operator::Select { axis, indices }, std::slice::from_ref(x))?,
    };
    to.reshaped(call.output(), &picked, &wanted)
}

/// Picks places along the first axes, all at once, by their coordinates in the last axis of the indices.
pub(super) fn gather_nd(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    if call.int("batch_dims", 0)? != 0 {
        return unsupported("its batch_dims is above 0");
    }
    let indices = call.input(1)?;
    let own = x.shape();
    if own.first() == Some(&Count::BATCH) && x.rows().outside == 1 {
        let depth = match indices.shape().last().and_then(|depth| depth.as_fixed()).map(usize::try_from) {
            Some(Ok(depth)) if (1..=own.len()).contains(&depth) => depth,
            _ => return broken("its indices do not fit its data"),
        };
        let sizes: Option<Vec<usize>> = (1..depth).map(|axis| x.fixed_size(axis)).collect();
        let places = sizes.as_ref().and_then(|sizes| OwnPlaces::by_coordinates(indices, sizes, to.fixed_batch));
        let (Some(sizes), Some(places)) = (sizes, places) else { return unsupported(ELSEWHERE) };
        let Some(width) = sizes.iter().try_fold(1_usize, |product, &size| product.checked_mul(size)) else {
            return broken("its input is too large");
        };
        return Ok(vec![places.take(to, call.output(), x, width, &own[depth..])?]);
    }
    let Held::Counts(given) = indices else {
        return unsupported("its indices are computed, and no gradient goes through them");
    };
    let Some((&depth, outer)) = given.shape().split_last() else { return broken("its indices have no axis") };
    let (true, Some(rest)) = (depth > 0, own.get(depth..)) else {
        return broken(format!("its indices have {depth} coordinates, and its data {} axes", own.len()));
    };
    let sizes: Option<Vec<usize>> = (0..depth).map(|axis| x.fixed_size(axis)).collect();
    let Some(sizes) = sizes else { return unsupported("it picks images out of a batch") };
    // The place in the first axes made one.
    let place = |coordinates: &[Count]| {
        coordinates.iter().zip(&sizes).try_fold(0_usize, |place, (coordinate, &size)| {
            place.checked_mul(size)?.checked_add(Call::axis(coordinate.as_fixed()?, size).ok()?)
        })
    };
    let Some(indices) = given.data().chunks(depth).map(place).collect::<Option<Vec<usize>>>() else {
        return broken("an index lies outside of its axis");
    };
    let Some(count) = sizes.iter().try_fold(1_usize, |product, &size| product.checked_mul(size)) else {
        return broken("its input is too large");
    };
    let joined: Vec<Count> = std::iter::once(Count::of(count)).chain(rest.iter().copied()).collect();
    let row = to.reshaped(&call.part("joined"), x, &joined)?;
    let picked = to.apply(&call.part("picked"), Operator::Select { axis: 0, indices }, &[row])?;
    let wanted: Vec<Count> = outer.iter().map(|&size| Count::of(size)).chain(rest.iter().copied()).collect();
    Ok(vec![to.reshaped(call.output(), &picked, &wanted)?])
}

/// Picks known numbers at known places, each along one axis.
pub(super) fn gather_elements(to: &mut Converter, call: &Call<'_>) -> Converted {
    let (Held::Counts(x), Held::Counts(given)) = (call.input(0)?, call.input(1)?) else {
        return unsupported("it works on something else than known whole numbers");
    };
    let axis = Call::axis(call.int("axis", 0)?, x.shape().len())?;
    let fits = |(place, (&own, &wanted)): (usize, (&usize, &usize))| place == axis || wanted <= own;
    if x.shape().len() != given.shape().len() || !x.shape().iter().zip(given.shape()).enumerate().all(fits) {
        return broken("its indices do not fit its data");
    }
    to.pay(given.shape())?;
    let (from, steps) = (strides(x.shape()), strides(given.shape()));
    let picked = |(number, index): (usize, &Count)| {
        let along = Call::axis(index.as_fixed()?, x.shape()[axis]).ok()?;
        let coordinate = |place: usize| number / steps[place] % given.shape()[place];
        let at = (0..from.len())
            .map(|place| from[place] * if place == axis { along } else { coordinate(place) })
            .sum::<usize>();
        x.data().get(at).copied()
    };
    let numbers: Option<Vec<Count>> = given.data().iter().enumerate().map(picked).collect();
    match numbers.map(|numbers| Array::new(given.shape().to_vec(), numbers)) {
        Some(Ok(array)) => Ok(vec![Held::of_counts(array)]),
        _ => broken(format!("an index lies outside of an axis of {}", x.shape()[axis])),
    }
}

pub(super) fn expand(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let Some(target) = call.counts(1)? else { return broken("its shape is missing") };
    // The shapes broadcast to each other: a size of 1 on either side gives way.
    let own = x.shape();
    let rank = own.len().max(target.len());
    let size = |shape: &[Count], axis: usize| {
        (axis + shape.len()).checked_sub(rank).map_or(Count::fixed(1), |place| shape[place])
    };
    let shape: Vec<Count> = (0..rank)
        .map(|axis| {
            let (mine, wanted) = (size(&own, axis), size(&target, axis));
            let is_batch = mine.depends_on_batch() && wanted.as_fixed() == to.fixed_batch;
            if wanted == Count::fixed(1) || is_batch { mine } else { wanted }
        })
        .collect();
    Ok(vec![to.expanded(call.output(), x, &shape)?])
}

pub(super) fn tile(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let Some(times) = call.counts(1)? else { return broken("its repeats are missing") };
    let mut made = x.clone();
    for (axis, times) in times.iter().enumerate() {
        let Some(times) = times.as_fixed().and_then(|times| usize::try_from(times).ok()) else {
            let mut shape = made.shape();
            return if times.per_image == 1 && times.fixed == 0 && axis == 0 && shape.first() == Some(&Count::fixed(1)) {
                shape[0] = Count::BATCH;
                Ok(vec![to.expanded(call.output(), &made, &shape)?])
            } else {
                unsupported("it repeats numbers as often as there are images")
            };
        };
        if times == 1 || axis >= made.rank() {
            continue;
        }
        let Some(size) = made.fixed_size(axis) else { return unsupported("it repeats a batch") };
        if size.checked_mul(times).is_none_or(|count| count > MOST_REPEATED) {
            return broken("it repeats numbers too often");
        }
        let indices = (0..times).flat_map(|_| 0..size).collect();
        let name = call.part(&format!("axis{axis}"));
        made = to.apply(&name, Operator::Select { axis, indices }, &[made])?;
    }
    Ok(vec![made])
}

/// The largest axis that repeating may make.
const MOST_REPEATED: usize = 1 << 20;
