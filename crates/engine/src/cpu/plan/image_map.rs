//! Windows, slices and pads as maps from output pixels to input pixels.

use transferscope_network::operator::Pooling;

use super::Layout;
use crate::cpu::kernels::{
    gather::{OUTSIDE, Window},
    move_channels::Move,
};

/// The window of a pooling.
pub(super) fn window_of(input: [usize; 2], output: [usize; 2], pooling: Pooling) -> Window {
    let Pooling { kernel, stride, padding } = pooling;
    Window { input, output, kernel, stride, padding, dilation: [1, 1] }
}

/// Every pixel, with a run of channels put elsewhere.
#[expect(clippy::cast_possible_truncation, reason = "an image has fewer than 2^32 pixels")]
pub(super) fn whole_pixels(layout: Layout, from: usize, to: usize, channels: usize) -> Move {
    Move { pixels: (0..layout.pixels() as u32).collect(), input_pixels: layout.pixels(), from, to, channels }
}

/// A slice along one axis: 1 for channels, 2 for rows, 3 for columns.
#[expect(clippy::cast_possible_truncation, reason = "an image has fewer than 2^32 pixels")]
pub(super) fn sliced(layout: Layout, axis: usize, start: usize, end: usize, step: usize) -> Move {
    let kept = |own: usize, size: usize| if own == axis { (start..end).step_by(step) } else { (0..size).step_by(1) };
    if axis == 1 {
        return whole_pixels(layout, start, 0, end - start);
    }
    let rows = kept(2, layout.height);
    let pixels =
        rows.flat_map(|row| kept(3, layout.width).map(move |column| (row * layout.width + column) as u32)).collect();
    Move { pixels, input_pixels: layout.pixels(), from: 0, to: 0, channels: layout.channels }
}

/// Zeros before and after the channels, rows and columns.
#[expect(clippy::cast_possible_truncation, reason = "an image has fewer than 2^32 pixels")]
pub(super) fn padded(layout: Layout, channels: [usize; 2], rows: [usize; 2], columns: [usize; 2]) -> Move {
    let inside = |place: usize, before: usize, size: usize| place.checked_sub(before).filter(|&inside| inside < size);
    let (height, width) = (layout.height + rows[0] + rows[1], layout.width + columns[0] + columns[1]);
    let pixels = (0..height * width)
        .map(|pixel| {
            let row = inside(pixel / width, rows[0], layout.height);
            let column = inside(pixel % width, columns[0], layout.width);
            row.zip(column).map_or(OUTSIDE, |(row, column)| (row * layout.width + column) as u32)
        })
        .collect();
    Move { pixels, input_pixels: layout.pixels(), from: 0, to: channels[0], channels: layout.channels }
}
