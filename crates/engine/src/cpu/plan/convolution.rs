//! Which kernel computes a convolution, and how the kernel is made from the weight.

use std::sync::Arc;

use transferscope_network::graph::ValueId;

use super::{Choice, Gathered, Kernel};
use crate::cpu::{
    Precision,
    kernels::{
        gather::{Gather, Window},
        packed::Packed,
        winograd::{TileSize, WinogradWeights},
    },
};

/// How a convolution's kernel is made from its weight `[O, C/groups, taps]`: again after each step of training.
#[derive(Debug)]
pub(crate) struct Recipe {
    /// The weight.
    pub weight: ValueId,
    shape: Shape,
    reverse: bool,
    choice: Choice,
    form: Form,
}

/// The sizes of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Channels that are read, of all groups.
    pub inputs: usize,
    /// Channels that are made, of all groups.
    pub outputs: usize,
    /// Groups.
    pub groups: usize,
    /// Geometry.
    pub window: Window,
}

#[derive(Debug)]
enum Form {
    Depthwise(Vec<Arc<Gather>>),
    Winograd(TileSize),
    Gathered(Vec<Arc<Gather>>),
    /// The window is the whole image: its numbers are read, or made, as one row.
    Whole(Arc<Gather>),
}

/// Fewer channels than this are not worth the transforms.
const LEAST_CHANNELS: usize = 16;
/// Products an output that a direct convolution costs with a 3x3 window.
const DIRECT_PRODUCTS: f64 = 9.0;
/// Tiles of four an image that are worth their kernel, which is four times the weights: where an image is one tile, a group of
/// images reads more numbers of the kernel than a smaller tile takes longer to multiply.
const LEAST_TILES_OF_FOUR: usize = 2;
/// A tile is chosen only where it saves this share of the products: the transforms cost something too.
const WORTHWHILE: f64 = 0.67;

impl Recipe {
    /// The recipe for one direction.
    pub(crate) fn new(weight: ValueId, shape: Shape, reverse: bool, choice: Choice) -> Self {
        let (window, lanes) = (shape.window, choice.tier.lanes());
        let largest = if reverse { choice.reverse } else { choice.forward };
        let gathers = || -> Vec<Arc<Gather>> {
            let gathers = if reverse { window.reverse() } else { vec![window.forward()] };
            gathers.into_iter().map(Arc::new).collect()
        };
        let made = if reverse { window.input } else { window.output };
        // Turned around, the padding is what the window does not overhang.
        let can_turn = !reverse || (window.padding.top <= 2 && window.padding.left <= 2);
        let one_pixel = || Gather { taps: 1, chosen: vec![0], inputs: vec![0], outputs: vec![0] };
        // One row reads the padding of the channels too; forward, a window of many taps reads none, which pays where more
        // than half of a vector is padding (an image of three colours).
        let mostly_padding = 2 * shape.inputs < shape.inputs.next_multiple_of(lanes);
        let form = match shape.tile(made, largest) {
            _ if shape.is_whole_image() && (reverse || !mostly_padding) => Form::Whole(Arc::new(one_pixel())),
            _ if shape.is_depthwise() => Form::Depthwise(gathers()),
            Some(size) if can_turn => Form::Winograd(size),
            _ => Form::Gathered(gathers()),
        };
        Self { weight, shape, reverse, choice, form }
    }

    /// Whether another recipe makes the same kernel from the same weight.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.weight == other.weight && self.shape == other.shape && self.reverse == other.reverse
    }

    /// The kernel for these numbers.
    pub(crate) fn make(&self, numbers: &[f32]) -> Kernel {
        let Shape { inputs, outputs, window, .. } = self.shape;
        let weights = Weights { numbers, shape: self.shape };
        let (lanes, precision) = (self.choice.tier.lanes(), self.choice.precision);
        match &self.form {
            Form::Depthwise(gathers) => Kernel::Depthwise(gathers.clone(), weights.by_channel(lanes)),
            Form::Winograd(size) if self.reverse => {
                // The transpose of a correlation is the correlation with the window turned around.
                let turned = |tap: usize, output: usize, input: usize| weights.at(8 - tap, input, output);
                let turned = WinogradWeights::new(*size, [outputs, inputs], lanes, precision, turned);
                Kernel::Winograd(turned, [2 - window.padding.top, 2 - window.padding.left])
            }
            Form::Winograd(size) => {
                let straight = |tap: usize, input: usize, output: usize| weights.at(tap, input, output);
                let straight = WinogradWeights::new(*size, [inputs, outputs], lanes, precision, straight);
                Kernel::Winograd(straight, [window.padding.top, window.padding.left])
            }
            Form::Whole(gather) => {
                let stride = inputs.next_multiple_of(lanes);
                let row = shape_pixels(window) * stride;
                let at = |place: usize, output: usize| {
                    if place % stride < inputs { weights.at(place / stride, place % stride, output) } else { 0.0 }
                };
                let weights = if self.reverse {
                    Packed::new([1, outputs, row], lanes, precision, |_, output, place| at(place, output))
                } else {
                    Packed::new([1, row, outputs], lanes, precision, |_, place, output| at(place, output))
                };
                Kernel::Gathered(vec![Gathered { gather: Arc::clone(gather), weights, from: 0, to: 0 }])
            }
            Form::Gathered(gathers) => Kernel::Gathered(weights.passes(gathers, self.choice, self.reverse)),
        }
    }
}

/// A weight's numbers with their sizes.
struct Weights<'a> {
    numbers: &'a [f32],
    shape: Shape,
}

impl Weights<'_> {
    /// The weight between two channels at a tap; 0 between groups.
    #[inline(always)]
    fn at(&self, tap: usize, input: usize, output: usize) -> f32 {
        let taps = self.shape.taps();
        if self.shape.groups == 1 {
            return self.numbers[(output * self.shape.inputs + input) * taps + tap];
        }
        let (own_inputs, own_outputs) = (self.shape.group_inputs(), self.shape.group_outputs());
        if input / own_inputs == output / own_outputs {
            self.numbers[(output * own_inputs + input % own_inputs) * taps + tap]
        } else {
            0.0
        }
    }

    /// One number a channel and tap, channels padded.
    fn by_channel(&self, lanes: usize) -> Vec<f32> {
        let stride = self.shape.inputs.next_multiple_of(lanes);
        let mut numbers = vec![0.0; self.shape.taps() * stride];
        for tap in 0..self.shape.taps() {
            for channel in 0..self.shape.inputs {
                numbers[tap * stride + channel] = self.at(tap, channel, channel);
            }
        }
        numbers
    }

    /// One pass for each gather and group; one for all groups where a group does not fill whole vectors, or would start in
    /// the middle of a pair.
    fn passes(&self, gathers: &[Arc<Gather>], choice: Choice, turned: bool) -> Vec<Gathered> {
        let (lanes, precision) = (choice.tier.lanes(), choice.precision);
        let Shape { inputs, outputs, .. } = self.shape;
        let (read, made) = if turned { (outputs, inputs) } else { (inputs, outputs) };
        let alone = |groups: usize| {
            let whole_pairs = precision == Precision::F32 || (read / groups).is_multiple_of(2);
            (made / groups).is_multiple_of(lanes) && whole_pairs
        };
        let groups = if alone(self.shape.groups) { self.shape.groups } else { 1 };
        let (read, made) = (read / groups, made / groups);
        let mut passes = Vec::with_capacity(gathers.len() * groups);
        for gather in gathers {
            for group in 0..groups {
                let (from, to) = (group * read, group * made);
                let weights = Packed::new([gather.taps, read, made], lanes, precision, |tap, channel, result| {
                    let (channel, result, tap) = (from + channel, to + result, gather.chosen[tap]);
                    if turned { self.at(tap, result, channel) } else { self.at(tap, channel, result) }
                });
                passes.push(Gathered { gather: Arc::clone(gather), weights, from, to });
            }
        }
        passes
    }
}

fn shape_pixels(window: Window) -> usize {
    window.input[0] * window.input[1]
}

impl Shape {
    /// Whether one window covers the image and there is no other: a linear layer on a flattened image.
    fn is_whole_image(&self) -> bool {
        let Window { input, output, kernel, padding, dilation, .. } = self.window;
        let plain = padding == transferscope_network::operator::Padding::default() && dilation == [1, 1];
        self.groups == 1 && plain && kernel == input && output == [1, 1] && shape_pixels(self.window) > 1
    }

    /// Pixels of the window.
    pub(crate) fn taps(&self) -> usize {
        self.window.kernel[0] * self.window.kernel[1]
    }

    /// Channels that one output reads.
    pub(crate) fn group_inputs(&self) -> usize {
        self.inputs / self.groups
    }

    fn group_outputs(&self) -> usize {
        self.outputs / self.groups
    }

    /// Whether each channel has its own window.
    pub(crate) fn is_depthwise(&self) -> bool {
        self.groups > 1 && self.group_inputs() == 1 && self.group_outputs() == 1
    }

    /// The tile with the fewest products for an image of this size, where one is worth its transforms.
    #[expect(clippy::cast_precision_loss, reason = "image sizes are small")]
    fn tile(&self, made: [usize; 2], largest: Option<TileSize>) -> Option<TileSize> {
        let Window { kernel, stride, dilation, .. } = self.window;
        let fits = kernel == [3, 3] && stride == [1, 1] && dilation == [1, 1] && self.groups == 1;
        if !fits || self.inputs.min(self.outputs) < LEAST_CHANNELS {
            return None;
        }
        let tiles = |outputs: usize| made[0].div_ceil(outputs) * made[1].div_ceil(outputs);
        let cost = |size: &TileSize| {
            let outputs = size.outputs();
            (tiles(outputs) * (outputs + 2) * (outputs + 2)) as f64 / (made[0] * made[1]) as f64
        };
        let allowed: &[TileSize] = match largest {
            None => &[],
            Some(TileSize::Two) => &[TileSize::Two],
            Some(TileSize::Four) if tiles(TileSize::Four.outputs()) < LEAST_TILES_OF_FOUR => &[TileSize::Two],
            Some(TileSize::Four) => &[TileSize::Four, TileSize::Two],
        };
        allowed
            .iter()
            .copied()
            .filter(|size| cost(size) <= WORTHWHILE * DIRECT_PRODUCTS)
            .min_by(|a, b| cost(a).total_cmp(&cost(b)))
    }
}
