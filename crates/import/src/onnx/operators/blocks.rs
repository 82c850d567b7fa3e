//! Blocks of pixels to channels and back, known rows replaced, and triangles of matrices.

use transferscope_network::{
    array::{Array, strides},
    operator::Arithmetic,
};

use super::Converted;
use crate::onnx::{
    call::Call,
    converter::Converter,
    count::Count,
    held::Held,
    refusal::{Refusal, broken, unsupported},
};

pub(super) fn depth_to_space(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let block = usize::try_from(call.int("blocksize", 0)?).unwrap_or(0);
    let is_depth_first = match call.text("mode", "DCR")? {
        "DCR" => true,
        "CRD" => false,
        other => return broken(format!("its mode is '{other}'")),
    };
    let (Some(&[batch, _, _, _]), Some([channels, height, width])) = (x.shape().first_chunk::<4>(), image_sizes(x))
    else {
        return broken("an image [N,C,H,W] is wanted");
    };
    let square = block.checked_mul(block).unwrap_or(0);
    if square == 0 || channels % square != 0 {
        return broken(format!("{channels} channels do not fall into blocks of {block} x {block}"));
    }
    let outer = channels / square;
    let sizes =
        if is_depth_first { [block, block, outer, height, width] } else { [outer, block, block, height, width] };
    let order = if is_depth_first { [0, 3, 4, 1, 5, 2] } else { [0, 1, 4, 2, 5, 3] };
    let split: Vec<Count> = std::iter::once(batch).chain(sizes.map(Count::of)).collect();
    let parts = to.reshaped(&call.part("parts"), x, &split)?;
    let turned = to.transposed(&call.part("turned"), &parts, &order)?;
    let shape = [batch, Count::of(outer), Count::of(height * block), Count::of(width * block)];
    Ok(vec![to.reshaped(call.output(), &turned, &shape)?])
}

pub(super) fn space_to_depth(to: &mut Converter, call: &Call<'_>) -> Converted {
    if call.text("mode", "DCR")? != "DCR" {
        return unsupported("its mode is not 'DCR'");
    }
    let x = call.input(0)?;
    let block = usize::try_from(call.int("blocksize", 0)?).unwrap_or(0);
    let (Some(&[batch, _, _, _]), Some([channels, height, width])) = (x.shape().first_chunk::<4>(), image_sizes(x))
    else {
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
    let steps = strides(data.shape());
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
        Held::Images(_) => return unsupported("it works on places in a batch"),
        Held::Computed(_) => {
            let mask = kept.iter().map(|&keep| f32::from(u8::from(keep))).collect();
            let mask = Array::new(vec![rows, columns], mask).map(Held::of_floats);
            let mask = mask.map_err(|error| Refusal::Broken(error.to_string()))?;
            return Ok(vec![to.arithmetic(call.output(), Arithmetic::Multiply, x, &mask)?]);
        }
    };
    made.map(|made| vec![made]).map_err(|error| Refusal::Broken(error.to_string()))
}
