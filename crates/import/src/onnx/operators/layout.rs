//! Operators that move numbers: reshape, transpose, slice, gather, concatenate, pad and their kin.

use transferscope_network::{
    array::Array,
    operator::{Operator, ReshapeDimension},
};

use super::Converted;
use crate::onnx::{
    call::Call,
    converter::Converter,
    count::{Count, said},
    held::Held,
    refusal::{Made, Refusal, broken, unsupported},
    rows::{batch_axis, before},
};

pub(super) fn identity(_: &mut Converter, call: &Call<'_>) -> Converted {
    Ok(vec![call.input(0)?.clone()])
}

pub(super) fn dropout(_: &mut Converter, call: &Call<'_>) -> Converted {
    call.only_first_output()?;
    if call.optional(2).and_then(Held::scalar).is_some_and(|training| training != 0.0) {
        return unsupported("it is in training mode; export the network in evaluation mode");
    }
    Ok(vec![call.input(0)?.clone()])
}

pub(super) fn reshape(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let Some(target) = call.counts(1)? else { return broken("its shape is missing") };
    let shape = resolved(x, &target, call.flag("allowzero", false)?, to.fixed_batch)?;
    Ok(vec![to.reshaped(call.output(), x, &shape)?])
}

/// The sizes that a reshape asks for: 0 is the size at the same place, −1 is the rest.
fn resolved(x: &Held, target: &[Count], zero_is_zero: bool, fixed_batch: Option<i64>) -> Made<Vec<Count>> {
    let own = x.shape();
    let misfit = || Refusal::Broken(format!("numbers of shape {} cannot have the shape {}", said(&own), said(target)));
    let product = |sizes: &[Count]| sizes.iter().try_fold(Count::fixed(1), |product, &size| product.times(size));
    let mut shape = Vec::with_capacity(target.len());
    for (axis, &size) in target.iter().enumerate() {
        shape.push(if size == Count::fixed(0) && !zero_is_zero { *own.get(axis).ok_or_else(misfit)? } else { size });
    }
    let total = product(&own).ok_or_else(misfit)?;
    let rest = Count::fixed(-1);
    // A file with a fixed batch writes that number where the batch stands: it is the batch again.
    if let (Some(batch), Some(axis)) = (fixed_batch, batch_axis(&own)) {
        let is_batch = |place: usize| {
            before(&shape, place).is_some_and(|product| product >= 0)
                && before(&shape, place) == before(&own, axis)
                && shape[place].as_fixed().is_some_and(|size| size > 0 && size % batch == 0)
        };
        let depends = shape.iter().any(|size| size.depends_on_batch());
        let place = (0..shape.len()).find(|&place| is_batch(place));
        if let (false, Some(place)) = (depends, place) {
            let mut batched = shape.clone();
            batched[place] = Count { fixed: 0, per_image: shape[place].fixed / batch };
            if let Some(shape) = filled(&batched, total) {
                return Ok(shape);
            }
        }
    }
    if shape.iter().filter(|&&size| size == rest).count() > 1 {
        return Err(misfit());
    }
    filled(&shape, total).ok_or_else(misfit)
}

/// The shape with its −1 replaced by what is left, where it then holds the total.
fn filled(shape: &[Count], total: Count) -> Option<Vec<Count>> {
    let rest = Count::fixed(-1);
    let known = shape
        .iter()
        .filter(|&&size| size != rest)
        .try_fold(Count::fixed(1), |product, &size| product.times(size))?;
    let left = if shape.contains(&rest) { total.over(known)? } else { Count::fixed(1) };
    (known.times(left)? == total)
        .then(|| shape.iter().map(|&size| if size == rest { left } else { size }).collect())
}

pub(super) fn flatten(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let shape = x.shape();
    let axis = call.int("axis", 1)?;
    let axis = if axis == i64::try_from(shape.len()).unwrap_or(0) { shape.len() } else { Call::axis(axis, shape.len())? };
    let product = |sizes: &[Count]| sizes.iter().try_fold(Count::fixed(1), |product, &size| product.times(size));
    match (product(&shape[..axis]), product(&shape[axis..])) {
        (Some(rows), Some(columns)) => Ok(vec![to.reshaped(call.output(), x, &[rows, columns])?]),
        _ => broken("its input is too large"),
    }
}

pub(super) fn squeeze(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let shape = x.shape();
    let one = |axis: &usize| shape[*axis] == Count::fixed(1);
    let axes = match call.attribute_or_input("axes", 1)? {
        Some(axes) => Call::axes(&axes, shape.len())?,
        None => (0..shape.len()).filter(one).collect(),
    };
    if !axes.iter().all(one) {
        return broken(format!("the axes {axes:?} of {} are not all of size 1", said(&shape)));
    }
    let left: Vec<Count> =
        shape.iter().enumerate().filter(|(axis, _)| !axes.contains(axis)).map(|(_, &size)| size).collect();
    Ok(vec![to.reshaped(call.output(), x, &left)?])
}

pub(super) fn unsqueeze(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let Some(axes) = call.attribute_or_input("axes", 1)? else { return broken("its axes are missing") };
    let rank = x.rank() + axes.len();
    let axes = Call::axes(&axes, rank)?;
    let mut sizes = x.shape().into_iter();
    let shape: Vec<Count> = (0..rank)
        .map(|axis| if axes.contains(&axis) { Count::fixed(1) } else { sizes.next().unwrap_or(Count::fixed(1)) })
        .collect();
    Ok(vec![to.reshaped(call.output(), x, &shape)?])
}

pub(super) fn transpose(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let permutation = match call.ints("perm")? {
        Some(axes) => axes.iter().map(|&axis| Call::axis(axis, x.rank())).collect::<Made<Vec<usize>>>()?,
        None => (0..x.rank()).rev().collect(),
    };
    if permutation.len() != x.rank() {
        return broken(format!("perm is {permutation:?} for {} axes", x.rank()));
    }
    Ok(vec![to.transposed(call.output(), x, &permutation)?])
}

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
        let name =
            if place + 1 == axes.len() { call.output().to_owned() } else { call.part(&format!("axis{axis}")) };
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
    let Some(Held::Counts(given)) = call.optional(1) else {
        return unsupported("its indices are computed, and no gradient goes through them");
    };
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
    Ok(vec![to.reshaped(call.output(), &picked, &wanted)?])
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

pub(super) fn pad(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let rank = x.rank();
    let (pads, fill) = if call.opset < 11 {
        (call.ints("pads")?, call.float("value", 0.0)?)
    } else {
        (call.wholes(1)?, call.scalar(2)?.unwrap_or(0.0))
    };
    let Some(pads) = pads else { return broken("its pads are missing") };
    let axes = match call.wholes(3)? {
        Some(axes) => axes.iter().map(|&axis| Call::axis(axis, rank)).collect::<Made<Vec<_>>>()?,
        None => (0..rank).collect(),
    };
    if pads.len() != 2 * axes.len() {
        return broken(format!("it has {} pads for {} axes", pads.len(), axes.len()));
    }
    let mode = call.text("mode", "constant")?;
    let mut made = x.clone();
    let mut amounts = vec![[0; 2]; rank];
    for (place, &axis) in axes.iter().enumerate() {
        let (front, back) = (pads[place], pads[place + axes.len()]);
        if [front, back].iter().any(|amount| amount.unsigned_abs() > MOST_REPEATED as u64) {
            return broken("its pads are too large");
        }
        if front == 0 && back == 0 {
            continue;
        }
        let Some(size) = made.fixed_size(axis) else { return unsupported("it pads a batch") };
        let name = call.part(&format!("axis{axis}"));
        if mode == "constant" {
            // Below 0 they cut off.
            let cut = |amount: i64| usize::try_from(-amount).unwrap_or(0);
            let Some(end) = size.checked_sub(cut(back)).filter(|&end| end >= cut(front)) else {
                return broken("it cuts off more than there is");
            };
            made = to.sliced(&name, &made, axis, [cut(front), end])?;
            amounts[axis] = [front, back].map(|amount| usize::try_from(amount).unwrap_or(0));
        } else {
            let last = i64::try_from(size).unwrap_or(i64::MAX) - 1;
            let indices = (-front..=last + back).map(|place| mirrored(mode, place, last)).collect::<Made<Vec<_>>>()?;
            made = to.apply(&name, Operator::Select { axis, indices }, &[made])?;
        }
    }
    if fill == 0.0 {
        return Ok(vec![to.padded(call.output(), &made, &amounts)?]);
    }
    // x − fill, zeros around, + fill.
    let lowered = to.shifted(&call.part("lowered"), &made, -fill)?;
    let padded = to.padded(&call.part("padded"), &lowered, &amounts)?;
    Ok(vec![to.shifted(call.output(), &padded, fill)?])
}

/// The index that stands at a place outside of `0..=last`.
fn mirrored(mode: &str, place: i64, last: i64) -> Made<usize> {
    let index = match mode {
        "edge" => place.clamp(0, last),
        "wrap" => place.rem_euclid(last + 1),
        "reflect" => {
            let period = 2 * last.max(1);
            let within = place.rem_euclid(period);
            if last == 0 { 0 } else { within.min(period - within) }
        }
        other => return unsupported(format!("its mode is '{other}'")),
    };
    usize::try_from(index).map_err(|_| Refusal::Broken("it pads an axis without numbers".to_owned()))
}

pub(super) fn depth_to_space(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let block = usize::try_from(call.int("blocksize", 0)?).unwrap_or(0);
    let is_depth_first = match call.text("mode", "DCR")? {
        "DCR" => true,
        "CRD" => false,
        other => return broken(format!("its mode is '{other}'")),
    };
    let (Some(&[batch, _, _, _]), Some([channels, height, width])) = (x.shape().first_chunk::<4>(), image_sizes(x)) else {
        return broken("an image [N,C,H,W] is wanted");
    };
    let square = block.checked_mul(block).unwrap_or(0);
    if square == 0 || channels % square != 0 {
        return broken(format!("{channels} channels do not fall into blocks of {block} x {block}"));
    }
    let outer = channels / square;
    let sizes = if is_depth_first {
        [block, block, outer, height, width]
    } else {
        [outer, block, block, height, width]
    };
    let order = if is_depth_first { [0, 3, 4, 1, 5, 2] } else { [0, 1, 4, 2, 5, 3] };
    let split: Vec<Count> = std::iter::once(batch).chain(sizes.map(Count::of)).collect();
    let parts = to.reshaped(&call.part("parts"), x, &split)?;
    let turned = to.transposed(&call.part("turned"), &parts, &order)?;
    let shape = [batch, Count::of(outer), Count::of(height * block), Count::of(width * block)];
    Ok(vec![to.reshaped(call.output(), &turned, &shape)?])
}

pub(super) fn space_to_depth(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let block = usize::try_from(call.int("blocksize", 0)?).unwrap_or(0);
    let (Some(&[batch, _, _, _]), Some([channels, height, width])) = (x.shape().first_chunk::<4>(), image_sizes(x)) else {
        return broken("an image [N,C,H,W] is wanted");
    };
    if block == 0 || height % block != 0 || width % block != 0 {
        return broken(format!("an image of {height} x {width} does not fall into blocks of {block}"));
    }
    let sizes = [channels, height / block, block, width / block, block];
    let split: Vec<Count> = std::iter::once(batch).chain(sizes.map(Count::of)).collect();
    let parts = to.reshaped(&call.part("parts"), x, &split)?;
    let turned = to.transposed(&call.part("turned"), &parts, &[0, 3, 5, 1, 2, 4])?;
    let shape = [batch, Count::of(channels * block * block), Count::of(height / block), Count::of(width / block)];
    Ok(vec![to.reshaped(call.output(), &turned, &shape)?])
}

fn image_sizes(x: &Held) -> Option<[usize; 3]> {
    (x.rank() == 4).then_some(())?;
    Some([x.fixed_size(1)?, x.fixed_size(2)?, x.fixed_size(3)?])
}

/// Rows of a known array replaced at known places.
pub(super) fn scatter_nd(to: &mut Converter, call: &Call<'_>) -> Converted {
    if call.text("reduction", "none")? != "none" {
        return unsupported("it adds or multiplies instead of replacing");
    }
    let (data, indices, updates) = (call.input(0)?, call.input(1)?, call.input(2)?);
    let Some(places) = indices.counts() else { return unsupported("its indices are computed") };
    to.pay(&data.fixed_shape().unwrap_or_default())?;
    let made = match (data, updates) {
        (Held::Counts(data), Held::Counts(updates)) => scattered(data, places, updates).map(Held::of_counts),
        (Held::Floats(data), Held::Floats(updates)) => scattered(data, places, updates).map(Held::of_floats),
        _ => return unsupported("it replaces computed numbers"),
    };
    made.map(|made| vec![made]).ok_or_else(|| Refusal::Broken("its indices do not fit its data".to_owned()))
}

fn scattered<T: Copy>(data: &Array<T>, indices: &Array<Count>, updates: &Array<T>) -> Option<Array<T>> {
    let depth = *indices.shape().last()?;
    let row: usize = data.shape().get(depth..)?.iter().product();
    let steps = transferscope_network::array::strides(data.shape());
    let mut result = data.clone();
    for (number, place) in indices.data().chunks_exact(depth.max(1)).enumerate() {
        let mut at = 0;
        for (axis, index) in place.iter().enumerate() {
            at += Call::axis(index.as_fixed()?, data.shape()[axis]).ok()? * steps[axis];
        }
        let update = updates.data().get(number * row..(number + 1) * row)?;
        result.data_mut().get_mut(at..at + row)?.copy_from_slice(update);
    }
    Some(result)
}

/// The triangle of the last two axes on one side of a diagonal; zeros elsewhere.
pub(super) fn triangle(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let is_upper = call.flag("upper", true)?;
    let diagonal = call.wholes(1)?.and_then(|numbers| numbers.first().copied()).unwrap_or(0);
    let rank = x.rank();
    let sizes = rank.checked_sub(2).and_then(|axis| Some([x.fixed_size(axis)?, x.fixed_size(axis + 1)?]));
    let Some([rows, columns]) = sizes else { return broken("a matrix is wanted") };
    to.pay(&[rows, columns])?;
    let inside = |place: usize| {
        let (row, column) = (place / columns.max(1), place % columns.max(1));
        let above = i64::try_from(column).unwrap_or(0) - i64::try_from(row).unwrap_or(0) >= diagonal;
        let on = i64::try_from(column).unwrap_or(0) - i64::try_from(row).unwrap_or(0) == diagonal;
        if is_upper { above } else { !above || on }
    };
    let kept: Vec<bool> = (0..rows * columns).map(inside).collect();
    let each = kept.iter().cycle();
    let made = match x {
        Held::Floats(array) => {
            let numbers = array.data().iter().zip(each).map(|(&number, &keep)| if keep { number } else { 0.0 });
            Array::new(array.shape().to_vec(), numbers.collect()).map(Held::of_floats)
        }
        Held::Counts(array) => {
            let numbers =
                array.data().iter().zip(each).map(|(&count, &keep)| if keep { count } else { Count::fixed(0) });
            Array::new(array.shape().to_vec(), numbers.collect()).map(Held::of_counts)
        }
        Held::Computed(_) => {
            let mask = kept.iter().map(|&keep| f32::from(u8::from(keep))).collect();
            let mask = Array::new(vec![rows, columns], mask).map(Held::of_floats);
            let mask = mask.map_err(|error| Refusal::Broken(error.to_string()))?;
            let kind = transferscope_network::operator::Arithmetic::Multiply;
            return Ok(vec![to.arithmetic(call.output(), kind, x, &mask)?]);
        }
    };
    made.map(|made| vec![made]).map_err(|error| Refusal::Broken(error.to_string()))
}

/// A reshape that keeps the batch and puts the rest in one row, as networks have before their head.
pub(in crate::onnx) fn flat(to: &mut Converter, name: &str, x: &Held) -> Made<Held> {
    let operator = Operator::Reshape { shape: vec![ReshapeDimension::Keep, ReshapeDimension::Rest] };
    to.apply(name, operator, std::slice::from_ref(x))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [0 1 2 3] with three more on each side, as NumPy's pad gives them.
    #[test]
    fn padding_modes_are_numpys() {
        let row = |mode| -> Vec<usize> { (-3..7).map(|place| mirrored(mode, place, 3).expect("a mode")).collect() };
        assert_eq!(row("edge"), [0, 0, 0, 0, 1, 2, 3, 3, 3, 3]);
        assert_eq!(row("wrap"), [1, 2, 3, 0, 1, 2, 3, 0, 1, 2]);
        assert_eq!(row("reflect"), [3, 2, 1, 0, 1, 2, 3, 2, 1, 0]);
        assert!(mirrored("mirror", 0, 3).is_err());
    }
}
