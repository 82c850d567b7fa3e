//! Weights taken to the domain of the products, once, in f64.

use super::transform::{WEIGHT2, WEIGHT4};
use crate::cpu::{Precision, kernels::packed::Packed};

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

    /// Products on an axis.
    fn side(self) -> usize {
        self.outputs() + 2
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
    /// What the products are made of.
    pub precision: Precision,
    /// One matrix [channels, outputs] for each product, row by row of the tile.
    pub products: Vec<Packed>,
}

impl WinogradWeights {
    /// Transforms weights given as a function of (tap 0 to 8, channel, output).
    ///
    /// This is done again in each step of training, so a whole panel's outputs are transformed at a time.
    pub(crate) fn new(
        size: TileSize,
        [channels, outputs]: [usize; 2],
        lanes: usize,
        precision: Precision,
        weight: impl Fn(usize, usize, usize) -> f32,
    ) -> Self {
        let padded = outputs.next_multiple_of(lanes);
        let side = size.side();
        let mut products = vec![vec![0.0_f32; channels * padded]; side * side];
        for first in (0..padded).step_by(2 * lanes) {
            let width = (2 * lanes).min(padded - first);
            for channel in 0..channels {
                let mut window = [[0.0_f64; WIDEST]; 9];
                for lane in 0..width.min(outputs.saturating_sub(first)) {
                    for (tap, numbers) in window.iter_mut().enumerate() {
                        numbers[lane] = f64::from(weight(tap, channel, first + lane));
                    }
                }
                let place = first * channels + channel * width;
                match size {
                    TileSize::Two => transform::<4>(&WEIGHT2, &window, &mut products, place..place + width),
                    TileSize::Four => transform::<6>(&WEIGHT4, &window, &mut products, place..place + width),
                }
            }
        }
        let packed = |numbers| Packed::of([1, channels, padded], numbers).rounded(lanes, precision);
        let products = products.into_iter().map(packed).collect();
        Self { size, channels, outputs: padded, precision, products }
    }
}

/// The widest panel of all tiers.
const WIDEST: usize = 32;

/// G w Gᵀ for a panel's outputs at once.
#[expect(clippy::cast_possible_truncation, reason = "transformed weights are rounded to f32 once")]
fn transform<const N: usize>(
    matrix: &[[f64; 3]; N],
    window: &[[f64; WIDEST]; 9],
    products: &mut [Vec<f32>],
    place: std::ops::Range<usize>,
) {
    for (row, across) in matrix.iter().enumerate() {
        let mut along = [[0.0_f64; WIDEST]; 3];
        for (column, sums) in along.iter_mut().enumerate() {
            for (lane, sum) in sums.iter_mut().enumerate() {
                *sum = across[0] * window[column][lane]
                    + across[1] * window[3 + column][lane]
                    + across[2] * window[6 + column][lane];
            }
        }
        for (column, down) in matrix.iter().enumerate() {
            let target = &mut products[row * N + column][place.clone()];
            for (lane, number) in target.iter_mut().enumerate() {
                *number = (along[0][lane] * down[0] + along[1][lane] * down[1] + along[2][lane] * down[2]) as f32;
            }
        }
    }
}
