//! Which kernel computes a convolution, and its weights in that kernel's order.

use std::sync::Arc;

use super::{Gathered, Kernel};
use crate::cpu::kernels::{
    gather::{Gather, Window},
    packed::Packed,
    winograd::{TileSize, WinogradWeights},
};

/// A convolution's numbers: weight `[O, C/groups, taps]`.
#[derive(Clone, Copy)]
pub(crate) struct Weights<'a> {
    /// Row-major.
    pub numbers: &'a [f32],
    /// Channels that are read, of all groups.
    pub inputs: usize,
    /// Channels that are made, of all groups.
    pub outputs: usize,
    /// Groups.
    pub groups: usize,
    /// Geometry.
    pub window: Window,
}

/// Fewer channels than this are not worth the transforms.
const LEAST_CHANNELS: usize = 16;
/// Products an output that a direct convolution costs with a 3x3 window.
const DIRECT_PRODUCTS: f64 = 9.0;
/// A tile is chosen only where it saves this share of the products: the transforms cost something too.
const WORTHWHILE: f64 = 0.67;

impl Weights<'_> {
    fn taps(&self) -> usize {
        self.window.kernel[0] * self.window.kernel[1]
    }

    fn group_inputs(&self) -> usize {
        self.inputs / self.groups
    }

    fn group_outputs(&self) -> usize {
        self.outputs / self.groups
    }

    /// The weight between two channels at a tap; 0 between groups.
    fn at(&self, tap: usize, input: usize, output: usize) -> f32 {
        let (own_inputs, own_outputs) = (self.group_inputs(), self.group_outputs());
        if input / own_inputs == output / own_outputs {
            self.numbers[(output * own_inputs + input % own_inputs) * self.taps() + tap]
        } else {
            0.0
        }
    }

    fn is_depthwise(&self) -> bool {
        self.groups > 1 && self.group_inputs() == 1 && self.group_outputs() == 1
    }

    /// One number a channel and tap, channels padded.
    fn by_channel(&self, lanes: usize) -> Vec<f32> {
        let stride = self.inputs.next_multiple_of(lanes);
        let mut numbers = vec![0.0; self.taps() * stride];
        for tap in 0..self.taps() {
            for channel in 0..self.inputs {
                numbers[tap * stride + channel] = self.at(tap, channel, channel);
            }
        }
        numbers
    }

    /// The kernel that computes the convolution; tiles up to `largest` may be used.
    pub(crate) fn forward(&self, lanes: usize, largest: Option<TileSize>) -> Kernel {
        if self.is_depthwise() {
            return Kernel::Depthwise(vec![self.window.forward()], self.by_channel(lanes));
        }
        if let Some(size) = self.tile(self.window.output, largest) {
            let weights = WinogradWeights::new(size, [self.inputs, self.outputs], lanes, |tap, input, output| {
                self.at(tap, input, output)
            });
            return Kernel::Winograd(weights, [self.window.padding.top, self.window.padding.left]);
        }
        let gather = Arc::new(self.window.forward());
        Kernel::Gathered(self.passes(&[gather], lanes, self.group_outputs(), false))
    }

    /// The kernel that takes the gradient of the output to the gradient of the input.
    pub(crate) fn reverse(&self, lanes: usize, largest: Option<TileSize>) -> Kernel {
        if self.is_depthwise() {
            return Kernel::Depthwise(self.window.reverse(), self.by_channel(lanes));
        }
        let padding = self.window.padding;
        if padding.top <= 2
            && padding.left <= 2
            && let Some(size) = self.tile(self.window.input, largest)
        {
            // The transpose of a correlation is the correlation with the window turned around.
            let weights = WinogradWeights::new(size, [self.outputs, self.inputs], lanes, |tap, output, input| {
                self.at(8 - tap, input, output)
            });
            return Kernel::Winograd(weights, [2 - padding.top, 2 - padding.left]);
        }
        let gathers: Vec<Arc<Gather>> = self.window.reverse().into_iter().map(Arc::new).collect();
        Kernel::Gathered(self.passes(&gathers, lanes, self.group_inputs(), true))
    }

    /// One pass for each gather and group; one for all groups where a group does not fill whole vectors.
    fn passes(&self, gathers: &[Arc<Gather>], lanes: usize, group_made: usize, turned: bool) -> Vec<Gathered> {
        let groups = if group_made.is_multiple_of(lanes) { self.groups } else { 1 };
        let (read, made) = if turned { (self.outputs, self.inputs) } else { (self.inputs, self.outputs) };
        let (read, made) = (read / groups, made / groups);
        let mut passes = Vec::with_capacity(gathers.len() * groups);
        for gather in gathers {
            for group in 0..groups {
                let (from, to) = (group * read, group * made);
                let weights = Packed::new([gather.taps, read, made], lanes, |tap, channel, result| {
                    let (channel, result, tap) = (from + channel, to + result, gather.chosen[tap]);
                    if turned { self.at(tap, result, channel) } else { self.at(tap, channel, result) }
                });
                passes.push(Gathered { gather: Arc::clone(gather), weights, from, to });
            }
        }
        passes
    }

    /// The tile with the fewest products for an image of this size, where one is worth its transforms.
    #[expect(clippy::cast_precision_loss, reason = "image sizes are small")]
    fn tile(&self, made: [usize; 2], largest: Option<TileSize>) -> Option<TileSize> {
        let Window { kernel, stride, dilation, .. } = self.window;
        let fits = kernel == [3, 3] && stride == [1, 1] && dilation == [1, 1] && self.groups == 1;
        if !fits || self.inputs.min(self.outputs) < LEAST_CHANNELS {
            return None;
        }
        let cost = |size: &TileSize| {
            let outputs = size.outputs();
            let tiles = made[0].div_ceil(outputs) * made[1].div_ceil(outputs);
            (tiles * (outputs + 2) * (outputs + 2)) as f64 / (made[0] * made[1]) as f64
        };
        let allowed: &[TileSize] = match largest {
            None => &[],
            Some(TileSize::Two) => &[TileSize::Two],
            Some(TileSize::Four) => &[TileSize::Four, TileSize::Two],
        };
        allowed
            .iter()
            .copied()
            .filter(|size| cost(size) <= WORTHWHILE * DIRECT_PRODUCTS)
            .min_by(|a, b| cost(a).total_cmp(&cost(b)))
    }
}
