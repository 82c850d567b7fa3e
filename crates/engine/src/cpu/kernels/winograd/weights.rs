//! Weights taken to the domain of the products, once, in f64.

use super::transform::{WEIGHT2, WEIGHT4};
use crate::cpu::kernels::packed::Packed;

/// How many outputs a tile has on each axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum TileSize {
    /// F(2x2, 3x3): rounding errors about those of a plain sum.
    Two,
    /// F(4x4, 3x3): fewest products, rounding errors several times larger.
    Four,
}

impl TileSize {
    /// Outputs on an axis.
    pub(crate) fn outputs(self) -> usize {
        match self {
            Self::Two => 2,
            Self::Four => 4,
        }
    }

    /// G: the weight transform along one axis.
    fn matrix(self) -> &'static [[f64; 3]] {
        match self {
            Self::Two => &WEIGHT2,
            Self::Four => &WEIGHT4,
        }
    }
}

/// G w Gᵀ of each channel pair, one packed matrix for each product of the tile.
#[derive(Debug)]
pub(crate) struct WinogradWeights {
    /// The tile they are for.
    pub size: TileSize,
    /// Channels that are read.
    pub channels: usize,
    /// Output channels, padded to whole vectors.
    pub outputs: usize,
    /// One matrix [channels, outputs] for each product, row by row of the tile.
    pub products: Vec<Packed>,
}

impl WinogradWeights {
    /// Transforms weights given as a function of (tap 0 to 8, channel, output).
    #[expect(clippy::cast_possible_truncation, reason = "transformed weights are rounded to f32 once")]
    pub(crate) fn new(
        size: TileSize,
        [channels, outputs]: [usize; 2],
        lanes: usize,
        weight: impl Fn(usize, usize, usize) -> f32,
    ) -> Self {
        let matrix = size.matrix();
        let side = matrix.len();
        // [product, channel, output]
        let mut transformed = vec![0.0_f32; side * side * channels * outputs];
        for channel in 0..channels {
            for output in 0..outputs {
                let window: [[f64; 3]; 3] = std::array::from_fn(|row| {
                    std::array::from_fn(|column| f64::from(weight(3 * row + column, channel, output)))
                });
                for (row, across) in matrix.iter().enumerate() {
                    let along: [f64; 3] =
                        std::array::from_fn(|column| (0..3).map(|tap| across[tap] * window[tap][column]).sum());
                    for (column, down) in matrix.iter().enumerate() {
                        let number: f64 = (0..3).map(|tap| along[tap] * down[tap]).sum();
                        transformed[((row * side + column) * channels + channel) * outputs + output] = number as f32;
                    }
                }
            }
        }
        let products: Vec<Packed> = (0..side * side)
            .map(|product| {
                Packed::new([1, channels, outputs], lanes, |_, channel, output| {
                    transformed[(product * channels + channel) * outputs + output]
                })
            })
            .collect();
        Self { size, channels, outputs: outputs.next_multiple_of(lanes), products }
    }
}
