//! Weights in the order in which the register tile reads them.

/// A matrix [taps · channels, outputs] cut into panels of two vectors of outputs (the last may have one), each panel
/// contiguous: for each tap, for each channel, its outputs.
#[derive(Debug)]
pub(crate) struct Packed {
    /// Taps of the window.
    pub taps: usize,
    /// Channels a tap reads.
    pub channels: usize,
    /// Output channels, padded to whole vectors.
    pub outputs: usize,
    numbers: Vec<f32>,
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
        weight: impl Fn(usize, usize, usize) -> f32,
    ) -> Self {
        let padded = outputs.next_multiple_of(lanes);
        let mut numbers = Vec::with_capacity(taps * channels * padded);
        let mut first = 0;
        while first < padded {
            let width = (2 * lanes).min(padded - first);
            for tap in 0..taps {
                for channel in 0..channels {
                    numbers.extend(
                        (first..first + width)
                            .map(|output| if output < outputs { weight(tap, channel, output) } else { 0.0 }),
                    );
                }
            }
            first += width;
        }
        Self { taps, channels, outputs: padded, numbers }
    }

    /// From numbers that are in this order already, outputs padded.
    pub(crate) fn of([taps, channels, outputs]: [usize; 3], numbers: Vec<f32>) -> Self {
        debug_assert_eq!(numbers.len(), taps * channels * outputs, "a panel is missing");
        Self { taps, channels, outputs, numbers }
    }

    /// The panels, in the order of their output channels.
    pub(crate) fn panels(&self, lanes: usize) -> impl Iterator<Item = Panel<'_>> {
        let depth = self.taps * self.channels;
        (0..self.outputs).step_by(2 * lanes).map(move |first| {
            let width = (2 * lanes).min(self.outputs - first);
            Panel { first, vectors: width / lanes, numbers: &self.numbers[first * depth..(first + width) * depth] }
        })
    }
}
