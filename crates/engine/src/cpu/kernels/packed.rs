//! Weights in the order in which the register tile reads them.

use super::bf16::split;
use crate::cpu::{
    Precision,
    aligned::{LINE, before_a_line},
};

/// A matrix [taps · channels, outputs] cut into panels of two vectors of outputs (the last may have one), each panel
/// contiguous: for each tap, for each channel, its outputs. In bf16 two channels share a place, the even one in the lower
/// half; with two parts, the outputs' second parts stand behind the first ones.
#[derive(Debug)]
pub(crate) struct Packed {
    /// Taps of the window.
    pub taps: usize,
    /// Channels a tap reads.
    pub channels: usize,
    /// Output channels, padded to whole vectors.
    pub outputs: usize,
    /// What the places hold.
    pub precision: Precision,
    numbers: Vec<f32>,
    /// Where they start: at a cache line.
    start: usize,
}

/// A slice of [`Packed`]: one panel.
pub(crate) struct Panel<'weights> {
    /// Its first output channel.
    pub first: usize,
    /// Its width in vectors, 1 or 2.
    pub vectors: usize,
    /// Its numbers.
    pub numbers: &'weights [f32],
}

impl Packed {
    /// Packs weights given as a function of (tap, channel, output); outputs from `outputs` on are 0.
    pub(crate) fn new(
        [taps, channels, outputs]: [usize; 3],
        lanes: usize,
        precision: Precision,
        weight: impl Fn(usize, usize, usize) -> f32,
    ) -> Self {
        let padded = outputs.next_multiple_of(lanes);
        let mut numbers = Vec::with_capacity(LINE + taps * precision.depth(channels) * padded);
        let start = before_a_line(&numbers);
        numbers.resize(start, 0.0);
        for first in (0..padded).step_by(2 * lanes) {
            let width = (2 * lanes).min(padded - first);
            for tap in 0..taps {
                let at = |channel: usize, output: usize| {
                    if channel < channels && output < outputs { weight(tap, channel, output) } else { 0.0 }
                };
                if precision == Precision::F32 {
                    for channel in 0..channels {
                        numbers.extend((first..first + width).map(|output| at(channel, output)));
                    }
                } else {
                    for channel in (0..channels).step_by(2) {
                        let pair = |output: usize| [at(channel, output), at(channel + 1, output)];
                        push_pairs(&mut numbers, precision, (first..first + width).map(pair));
                    }
                }
            }
        }
        Self { taps, channels, outputs: padded, precision, numbers, start }
    }

    /// From numbers that are in this order already, outputs padded, in f32.
    pub(crate) fn of([taps, channels, outputs]: [usize; 3], numbers: Vec<f32>) -> Self {
        debug_assert_eq!(numbers.len(), taps * channels * outputs, "a panel is missing");
        Self { taps, channels, outputs, precision: Precision::F32, numbers, start: 0 }
    }

    /// The same weights in another precision.
    pub(crate) fn rounded(self, lanes: usize, precision: Precision) -> Self {
        if precision == self.precision {
            return self;
        }
        let Self { taps, channels, outputs, .. } = self;
        let depth = taps * channels;
        let at = |tap: usize, channel: usize, output: usize| {
            let first = output / (2 * lanes) * (2 * lanes);
            let width = (2 * lanes).min(outputs - first);
            self.numbers[self.start + first * depth + (tap * channels + channel) * width + output - first]
        };
        Self::new([taps, channels, outputs], lanes, precision, at)
    }

    /// The panels, in the order of their output channels.
    pub(crate) fn panels(&self, lanes: usize) -> impl Iterator<Item = Panel<'_>> {
        let depth = self.taps * self.precision.depth(self.channels);
        (0..self.outputs).step_by(2 * lanes).map(move |first| {
            let width = (2 * lanes).min(self.outputs - first);
            let numbers = &self.numbers[self.start..][first * depth..(first + width) * depth];
            Panel { first, vectors: width / lanes, numbers }
        })
    }
}

/// Adds the outputs of two channels, as one or two parts.
fn push_pairs(numbers: &mut Vec<f32>, precision: Precision, pairs: impl Iterator<Item = [f32; 2]> + Clone) {
    let place = |part: usize| {
        move |pair: [f32; 2]| {
            let [even, odd] = pair.map(|number| u32::from(split(number)[part]));
            f32::from_bits(even | odd << 16)
        }
    };
    numbers.extend(pairs.clone().map(place(0)));
    if precision == Precision::Bf16x3 {
        numbers.extend(pairs.map(place(1)));
    }
}
