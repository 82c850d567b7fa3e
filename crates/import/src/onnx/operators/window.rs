//! Convolution and pooling: windows over images, with every way that ONNX has to say the padding.

use transferscope_network::{
    array::Array,
    operator::{Operator, Padding, Pooling},
};

use super::Converted;
use crate::onnx::{
    call::Call,
    converter::Converter,
    count::Count,
    held::Held,
    refusal::{Made, broken, unsupported},
};

/// A window over an image with two axes; an image with one axis is read as one row.
struct Window {
    is_row: bool,
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
    padding: Padding,
    /// Rows and columns that the rounding up of `ceil_mode` adds at the end.
    extra: [usize; 2],
}

impl Window {
    fn read(call: &Call<'_>, image: &Held, kernel: &[usize]) -> Made<Self> {
        let axes = image.rank().saturating_sub(2);
        if axes != kernel.len() || !(1..=2).contains(&axes) {
            return unsupported(format!(
                "its image has {axes} axes and its window {}, and one or two are read",
                kernel.len()
            ));
        }
        let is_row = axes == 1;
        let strides = call.sizes("strides", axes, 1)?;
        let dilations = call.sizes("dilations", axes, 1)?;
        if strides.contains(&0) || dilations.contains(&0) || kernel.contains(&0) {
            return broken("a window, its stride and its dilation must be at least 1");
        }
        let mut before = vec![0; axes];
        let mut after = vec![0; axes];
        let mut extra = vec![0; axes];
        let auto = call.text("auto_pad", "NOTSET")?;
        let given = call.sizes("pads", 2 * axes, 0)?;
        let ceil = call.flag("ceil_mode", false)?;
        for axis in 0..axes {
            let Some(size) = image.fixed_size(axis + 2) else { return broken("the size of the image is not known") };
            let extent = window_extent(kernel[axis], dilations[axis])?;
            match auto {
                "NOTSET" | "" => (before[axis], after[axis]) = (given[axis], given[axis + axes]),
                "VALID" => {}
                "SAME_UPPER" | "SAME_LOWER" => {
                    let windows = size.div_ceil(strides[axis]);
                    let total = (windows.saturating_sub(1) * strides[axis] + extent).saturating_sub(size);
                    let (small, large) = (total / 2, total - total / 2);
                    (before[axis], after[axis]) = if auto == "SAME_UPPER" { (small, large) } else { (large, small) };
                }
                other => return broken(format!("auto_pad is '{other}'")),
            }
            if ceil {
                extra[axis] = rounded_up(size + before[axis] + after[axis], extent, strides[axis], size + before[axis]);
            }
        }
        let pair = |numbers: &[usize], missing: usize| match *numbers {
            [only] => [missing, only],
            [first, second, ..] => [first, second],
            [] => [missing, missing],
        };
        let ([top, left], [bottom, right]) = (pair(&before, 0), pair(&after, 0));
        Ok(Self {
            is_row,
            kernel: pair(kernel, 1),
            stride: pair(&strides, 1),
            dilation: pair(&dilations, 1),
            padding: Padding { top, bottom, left, right },
            extra: pair(&extra, 0),
        })
    }

    fn image(&self, to: &mut Converter, call: &Call<'_>, x: &Held) -> Made<Held> {
        if !self.is_row {
            return Ok(x.clone());
        }
        let shape = x.shape();
        to.reshaped(&call.part("image"), x, &[shape[0], shape[1], Count::fixed(1), shape[2]])
    }

    /// Applies an operator to the image, and makes a row of it again where it was one.
    fn apply(&self, to: &mut Converter, call: &Call<'_>, operator: Operator, inputs: &[Held]) -> Converted {
        if !self.is_row {
            return Ok(vec![to.apply(call.output(), operator, inputs)?]);
        }
        let made = to.apply(&call.part("windows"), operator, inputs)?;
        let shape = made.shape();
        Ok(vec![to.reshaped(call.output(), &made, &[shape[0], shape[1], shape[3]])?])
    }

    fn padding_with_extra(&self) -> Padding {
        let Padding { top, bottom, left, right } = self.padding;
        Padding { top, bottom: bottom + self.extra[0], left, right: right + self.extra[1] }
    }
}

fn window_extent(size: usize, dilation: usize) -> Made<usize> {
    match size.checked_sub(1).and_then(|steps| steps.checked_mul(dilation)).and_then(|extent| extent.checked_add(1)) {
        Some(extent) => Ok(extent),
        None => broken("the window is too large"),
    }
}

/// How far the last window reaches beyond the padded image when their number is rounded up; windows that would start
/// behind the image do not count.
fn rounded_up(padded: usize, extent: usize, stride: usize, last_start: usize) -> usize {
    if padded < extent {
        return 0;
    }
    let mut windows = (padded - extent).div_ceil(stride) + 1;
    if (windows - 1) * stride >= last_start {
        windows -= 1;
    }
    ((windows.saturating_sub(1)) * stride + extent).saturating_sub(padded)
}

pub(super) fn convolution(to: &mut Converter, call: &Call<'_>) -> Converted {
    let (x, weight) = (call.input(0)?, call.input(1)?);
    let Some(shape) = weight.fixed_shape().filter(|shape| shape.len() > 2) else {
        return broken("its weight must have the shape [O,I,..]");
    };
    let window = Window::read(call, x, &shape[2..])?;
    let groups = usize::try_from(call.int("group", 1)?).unwrap_or(0);
    let mut inputs = vec![window.image(to, call, x)?];
    inputs.push(if window.is_row {
        let wide: Vec<Count> = [shape[0], shape[1], 1, shape[2]].map(Count::of).to_vec();
        to.reshaped(&call.part("weight"), weight, &wide)?
    } else {
        weight.clone()
    });
    inputs.extend(call.optional(2).cloned());
    let operator =
        Operator::Convolution { stride: window.stride, padding: window.padding, dilation: window.dilation, groups };
    window.apply(to, call, operator, &inputs)
}

pub(super) fn max_pool(to: &mut Converter, call: &Call<'_>) -> Converted {
    call.only_first_output()?;
    let (window, image) = pooling(to, call)?;
    if window.dilation != [1, 1] {
        return unsupported("its window is dilated");
    }
    let pooling = Pooling { kernel: window.kernel, stride: window.stride, padding: window.padding_with_extra() };
    window.apply(to, call, Operator::MaxPool(pooling), &[image])
}

pub(super) fn average_pool(to: &mut Converter, call: &Call<'_>) -> Converted {
    let (window, image) = pooling(to, call)?;
    if window.dilation != [1, 1] {
        return unsupported("its window is dilated");
    }
    let count_padding = call.flag("count_include_pad", false)?;
    let Window { kernel, stride, .. } = window;
    let Padding { top, bottom, left, right } = window.padding;
    let [rows, columns] = kernel;
    let fits = top.max(bottom) < rows && left.max(right) < columns;
    if count_padding && (window.extra != [0, 0] || !fits) {
        // What rounding up adds at the end does not count, though the padding does: so the padding becomes zeros of
        // the image, and what is added stays padding.
        let padded = to.padded(&call.part("padded"), &image, &[[0, 0], [0, 0], [top, bottom], [left, right]])?;
        let padding = Padding { top: 0, bottom: window.extra[0], left: 0, right: window.extra[1] };
        let operator = Operator::AveragePool { pooling: Pooling { kernel, stride, padding }, count_padding: false };
        return window.apply(to, call, operator, &[padded]);
    }
    let pooling = Pooling { kernel, stride, padding: window.padding_with_extra() };
    window.apply(to, call, Operator::AveragePool { pooling, count_padding }, &[image])
}

fn pooling(to: &mut Converter, call: &Call<'_>) -> Made<(Window, Held)> {
    let x = call.input(0)?;
    let axes = x.rank().saturating_sub(2);
    if !call.has("kernel_shape") {
        return broken("it has no kernel_shape");
    }
    let kernel = call.sizes("kernel_shape", axes, 1)?;
    let window = Window::read(call, x, &kernel)?;
    let image = window.image(to, call, x)?;
    Ok((window, image))
}

/// A transposed convolution is a convolution of the image with zeros between its pixels, by the turned window.
pub(super) fn transposed(to: &mut Converter, call: &Call<'_>) -> Converted {
    let (x, weight) = (call.input(0)?, call.input(1)?);
    let Held::Floats(weight) = weight else { return unsupported("its weight is computed") };
    let (&[_, _, rows, columns], 4) = (weight.shape().first_chunk::<4>().unwrap_or(&[0; 4]), x.rank()) else {
        return unsupported("it works on something else than images [N,C,H,W]");
    };
    let groups = usize::try_from(call.int("group", 1)?).unwrap_or(0);
    let stride = call.sizes("strides", 2, 1)?;
    let dilation = call.sizes("dilations", 2, 1)?;
    let output_padding = call.sizes("output_padding", 2, 0)?;
    let given = call.sizes("pads", 4, 0)?;
    if stride.contains(&0) || dilation.contains(&0) || rows == 0 || columns == 0 {
        return broken("a window, its stride and its dilation must be at least 1");
    }
    let turned = turned(weight, groups)?;
    let shape = x.shape();
    let mut spread = x.clone();
    if stride != [1, 1] {
        let one = Count::fixed(1);
        let apart = [shape[0], shape[1], shape[2], one, shape[3], one];
        spread = to.reshaped(&call.part("apart"), &spread, &apart)?;
        let zeros = [[0, 0], [0, 0], [0, 0], [0, stride[0] - 1], [0, 0], [0, stride[1] - 1]];
        spread = to.padded(&call.part("between"), &spread, &zeros)?;
        let size = |axis: usize| shape[axis].times(Count::of(stride[axis - 2]));
        let (Some(height), Some(width)) = (size(2), size(3)) else { return broken("the image is too large") };
        spread = to.reshaped(&call.part("spread"), &spread, &[shape[0], shape[1], height, width])?;
    }
    let auto = call.text("auto_pad", "NOTSET")?;
    let wanted = call.ints("output_shape")?;
    let mut padding = [[0; 2]; 2];
    for axis in 0..2 {
        let Some(size) = x.fixed_size(axis + 2) else { return broken("the size of the image is not known") };
        let extent = window_extent([rows, columns][axis], dilation[axis])?;
        let full = size.saturating_sub(1) * stride[axis] + extent + output_padding[axis];
        // A wanted size above the full one is reached by more zeros at the end.
        let mut added = output_padding[axis];
        let (before, after) = match (&wanted, auto) {
            (Some(sizes), _) => {
                let Some(size) = sizes.iter().rev().nth(1 - axis).and_then(|&size| usize::try_from(size).ok()) else {
                    return broken(format!("output_shape is {sizes:?}"));
                };
                added += size.saturating_sub(full);
                shared(full.saturating_sub(size), auto)
            }
            (None, "SAME_UPPER" | "SAME_LOWER") => shared(full.saturating_sub(size * stride[axis]), auto),
            (None, "VALID") => (0, 0),
            (None, _) => (given[axis], given[axis + 2]),
        };
        // What the last pixel was spread by hangs over at the end already.
        let (Some(start), Some(end)) = ((extent - 1).checked_sub(before), (extent - 1 + added).checked_sub(after))
        else {
            return unsupported("its padding is larger than its window");
        };
        padding[axis] = [start, end];
        let over = stride[axis] - 1;
        let keep = size * stride[axis] - over.saturating_sub(end);
        spread = to.sliced(&call.part(&format!("cut{axis}")), &spread, axis + 2, [0, keep])?;
        padding[axis][1] = end.saturating_sub(over);
    }
    let [[top, bottom], [left, right]] = padding;
    let operator = Operator::Convolution {
        stride: [1, 1],
        padding: Padding { top, bottom, left, right },
        dilation: [dilation[0], dilation[1]],
        groups,
    };
    let mut inputs = vec![spread, turned];
    inputs.extend(call.optional(2).cloned());
    Ok(vec![to.apply(call.output(), operator, &inputs)?])
}

/// How a total padding is divided between both sides.
fn shared(total: usize, auto: &str) -> (usize, usize) {
    let (small, large) = (total / 2, total - total / 2);
    if auto == "SAME_UPPER" { (small, large) } else { (large, small) }
}

/// `[C, M/groups, h, w]` as `[M, C/groups, h, w]`, each window turned by half a turn.
fn turned(weight: &Array<f32>, groups: usize) -> Made<Held> {
    let &[channels, group_outputs, rows, columns] = weight.shape() else { return broken("four axes are wanted") };
    if groups == 0 || channels % groups != 0 {
        return broken(format!("{channels} channels do not fall into {groups} groups"));
    }
    let group_channels = channels / groups;
    let mut result = Array::filled(vec![group_outputs * groups, group_channels, rows, columns], 0.0);
    let window = rows * columns;
    for channel in 0..channels {
        let group = channel / group_channels;
        for output in 0..group_outputs {
            let from = (channel * group_outputs + output) * window;
            let to = ((group * group_outputs + output) * group_channels + channel % group_channels) * window;
            for place in 0..window {
                result.data_mut()[to + place] = weight.data()[from + window - 1 - place];
            }
        }
    }
    Ok(Held::of_floats(result))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 6 pixels, windows of 3 at stride 2: one and a half windows fit behind the first, so rounding up adds one column.
    #[test]
    fn rounding_up_adds_what_the_last_window_lacks() {
        assert_eq!(rounded_up(6, 3, 2, 6), 1);
        assert_eq!(rounded_up(7, 3, 2, 7), 0);
        // The third window would start at 4, behind the 3 pixels and their padding of 1: it does not count.
        assert_eq!(rounded_up(5, 2, 2, 4), 0);
    }
}
