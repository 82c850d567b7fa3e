//! Which input pixels each output pixel reads: any stride, padding and dilation, forward and in reverse.

use transferscope_network::operator::Padding;

/// The geometry of a window over two image axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// Height and width of the image that is read.
    pub input: [usize; 2],
    /// Height and width of the image that is made.
    pub output: [usize; 2],
    /// Height and width of the window.
    pub kernel: [usize; 2],
    /// Steps between windows.
    pub stride: [usize; 2],
    /// What is added around the image that is read.
    pub padding: Padding,
    /// Distance between neighbours within a window.
    pub dilation: [usize; 2],
}

/// A pixel that lies in the padding.
pub(crate) const OUTSIDE: u32 = u32::MAX;

/// For some output pixels, the input pixel of each tap.
#[derive(Clone, Debug)]
pub(crate) struct Gather {
    /// How many taps each output pixel has.
    pub taps: usize,
    /// Which of the window's taps they are.
    pub chosen: Vec<usize>,
    /// For each output pixel, for each tap: the input pixel, or [`OUTSIDE`].
    pub inputs: Vec<u32>,
    /// The output pixels.
    pub outputs: Vec<u32>,
}

impl Window {
    /// The input coordinate that tap `tap` of output coordinate `place` reads on an axis, if it is inside.
    fn source(&self, axis: usize, place: usize, tap: usize) -> Option<usize> {
        let before = if axis == 0 { self.padding.top } else { self.padding.left };
        (place * self.stride[axis] + tap * self.dilation[axis])
            .checked_sub(before)
            .filter(|&source| source < self.input[axis])
    }

    /// The taps of a whole window, as pairs of row and column.
    fn taps(&self) -> impl Iterator<Item = (usize, [usize; 2])> {
        let columns = self.kernel[1];
        (0..self.kernel[0] * columns).map(move |tap| (tap, [tap / columns, tap % columns]))
    }

    /// Each output pixel with all taps of its window.
    #[expect(clippy::cast_possible_truncation, reason = "an image has fewer than 2^32 pixels")]
    pub(crate) fn forward(&self) -> Gather {
        let taps = self.kernel[0] * self.kernel[1];
        let pixels = self.output[0] * self.output[1];
        let mut inputs = Vec::with_capacity(pixels * taps);
        for pixel in 0..pixels {
            let place = [pixel / self.output[1], pixel % self.output[1]];
            inputs.extend(self.taps().map(|(_, tap)| {
                match (self.source(0, place[0], tap[0]), self.source(1, place[1], tap[1])) {
                    (Some(row), Some(column)) => (row * self.input[1] + column) as u32,
                    _ => OUTSIDE,
                }
            }));
        }
        Gather { taps, chosen: (0..taps).collect(), inputs, outputs: (0..pixels as u32).collect() }
    }

    /// The transposed map: each pixel of the image that was read, with the taps through which output pixels read it.
    /// Pixels that are reached through the same taps (up to the borders) form one gather; for stride s there are at
    /// most s² of them, and every pixel is in one.
    #[expect(clippy::cast_possible_truncation, reason = "an image has fewer than 2^32 pixels")]
    pub(crate) fn reverse(&self) -> Vec<Gather> {
        let mut gathers: Vec<Gather> = Vec::new();
        for pixel in 0..self.input[0] * self.input[1] {
            let place = [pixel / self.input[1], pixel % self.input[1]];
            // An output coordinate can read `place` through `tap` only where the stride divides the distance.
            let reader = |axis: usize, tap: usize| {
                let before = if axis == 0 { self.padding.top } else { self.padding.left };
                let distance = (place[axis] + before).checked_sub(tap * self.dilation[axis]);
                distance.map(|distance| (distance / self.stride[axis], distance % self.stride[axis]))
            };
            let aligned = |axis: usize, tap: usize| {
                let before = if axis == 0 { self.padding.top } else { self.padding.left };
                let stride = self.stride[axis];
                let is_aligned = (place[axis] + before) % stride == (tap * self.dilation[axis]) % stride;
                // Where there is one window, a pixel is read through one tap: the others would be all padding.
                is_aligned && (self.output[axis] > 1 || place[axis] + before == tap * self.dilation[axis])
            };
            let chosen: Vec<usize> =
                self.taps().filter(|(_, tap)| aligned(0, tap[0]) && aligned(1, tap[1])).map(|(tap, _)| tap).collect();
            let index = gathers.iter().position(|gather| gather.chosen == chosen).unwrap_or_else(|| {
                let taps = chosen.len();
                gathers.push(Gather { taps, chosen: chosen.clone(), inputs: Vec::new(), outputs: Vec::new() });
                gathers.len() - 1
            });
            let gather = &mut gathers[index];
            gather.outputs.push(pixel as u32);
            gather.inputs.extend(chosen.iter().map(|&tap| {
                let [row, column] = [tap / self.kernel[1], tap % self.kernel[1]];
                match (reader(0, row), reader(1, column)) {
                    (Some((row, 0)), Some((column, 0))) if row < self.output[0] && column < self.output[1] => {
                        (row * self.output[1] + column) as u32
                    }
                    _ => OUTSIDE,
                }
            }));
        }
        gathers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reading and being read are the same relation: each pair (output pixel, tap, input pixel) of the forward map
    /// stands once in the reverse map, and no other.
    #[test]
    fn the_reverse_map_is_the_transpose() {
        for (stride, dilation, padding) in
            [([1, 1], [1, 1], 1), ([2, 2], [1, 1], 1), ([2, 3], [1, 2], 2), ([3, 3], [1, 1], 0)]
        {
            let (input, kernel) = ([7, 9], [3, 3]);
            let padding = Padding { top: padding, bottom: padding, left: padding, right: 0 };
            let size = |axis: usize, around: usize| {
                (input[axis] + around - (kernel[axis] - 1) * dilation[axis] - 1) / stride[axis] + 1
            };
            let output = [size(0, padding.top + padding.bottom), size(1, padding.left)];
            let window = Window { input, output, kernel, stride, padding, dilation };
            let forward = window.forward();
            let mut pairs: Vec<(u32, usize, u32)> = Vec::new();
            for (index, &output) in forward.outputs.iter().enumerate() {
                for tap in 0..forward.taps {
                    let input = forward.inputs[index * forward.taps + tap];
                    if input != OUTSIDE {
                        pairs.push((output, tap, input));
                    }
                }
            }
            let mut back: Vec<(u32, usize, u32)> = Vec::new();
            let mut covered = Vec::new();
            for gather in window.reverse() {
                for (index, &input) in gather.outputs.iter().enumerate() {
                    covered.push(input);
                    for (place, &tap) in gather.chosen.iter().enumerate() {
                        let output = gather.inputs[index * gather.taps + place];
                        if output != OUTSIDE {
                            back.push((output, tap, input));
                        }
                    }
                }
            }
            pairs.sort_unstable();
            back.sort_unstable();
            covered.sort_unstable();
            assert_eq!(pairs, back, "stride {stride:?}");
            assert_eq!(covered, (0..63).collect::<Vec<u32>>());
        }
    }
}
