//! The transforms of a tile along one axis: Bᵀ for inputs, G for weights, Aᵀ for outputs.

use crate::cpu::lanes::Lanes;

/// The transforms of a tile with `M` outputs and `N` = M + 2 inputs on an axis. A trait and not a pair of functions:
/// a call through a function value is compiled outside of the function that has the tier's instructions.
pub(super) trait Transform<const M: usize, const N: usize> {
    /// Bᵀ: from inputs to the factors of the products.
    fn input<L: Lanes>(lanes: L, d: [L::Vector; N]) -> [L::Vector; N];
    /// Aᵀ: from products to outputs.
    fn output<L: Lanes>(lanes: L, m: [L::Vector; N]) -> [L::Vector; M];
}

/// F(2x2, 3x3).
pub(super) struct Two;
/// F(4x4, 3x3), with the points 0, ±1, ±2 and infinity.
pub(super) struct Four;

/// G for m = 2.
pub(super) const WEIGHT2: [[f64; 3]; 4] = [[1.0, 0.0, 0.0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0.0, 0.0, 1.0]];

/// G for m = 4.
pub(super) const WEIGHT4: [[f64; 3]; 6] = [
    [1.0 / 4.0, 0.0, 0.0],
    [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
    [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
    [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0],
    [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0],
    [0.0, 0.0, 1.0],
];

impl Transform<2, 4> for Two {
    #[inline(always)]
    fn input<L: Lanes>(lanes: L, d: [L::Vector; 4]) -> [L::Vector; 4] {
        [lanes.subtract(d[0], d[2]), lanes.add(d[1], d[2]), lanes.subtract(d[2], d[1]), lanes.subtract(d[1], d[3])]
    }

    #[inline(always)]
    fn output<L: Lanes>(lanes: L, m: [L::Vector; 4]) -> [L::Vector; 2] {
        [lanes.add(lanes.add(m[0], m[1]), m[2]), lanes.subtract(lanes.subtract(m[1], m[2]), m[3])]
    }
}

impl Transform<4, 6> for Four {
    #[inline(always)]
    fn input<L: Lanes>(lanes: L, d: [L::Vector; 6]) -> [L::Vector; 6] {
        let (two, four, minus_five) = (lanes.splat(2.0), lanes.splat(4.0), lanes.splat(-5.0));
        let minus_four = lanes.splat(-4.0);
        // 4 d0 − 5 d2 + d4 and 4 d1 − 5 d3 + d5
        let first = lanes.multiply_add(four, d[0], lanes.multiply_add(minus_five, d[2], d[4]));
        let last = lanes.multiply_add(four, d[1], lanes.multiply_add(minus_five, d[3], d[5]));
        let even = lanes.multiply_add(minus_four, d[2], d[4]);
        let odd = lanes.multiply_add(minus_four, d[1], d[3]);
        let near = lanes.subtract(d[4], d[2]);
        let far = lanes.multiply(two, lanes.subtract(d[3], d[1]));
        [first, lanes.add(even, odd), lanes.subtract(even, odd), lanes.add(near, far), lanes.subtract(near, far), last]
    }

    #[inline(always)]
    fn output<L: Lanes>(lanes: L, m: [L::Vector; 6]) -> [L::Vector; 4] {
        let (two, four, eight) = (lanes.splat(2.0), lanes.splat(4.0), lanes.splat(8.0));
        let (near, near_difference) = (lanes.add(m[1], m[2]), lanes.subtract(m[1], m[2]));
        let (far, far_difference) = (lanes.add(m[3], m[4]), lanes.subtract(m[3], m[4]));
        [
            lanes.add(lanes.add(m[0], near), far),
            lanes.multiply_add(two, far_difference, near_difference),
            lanes.multiply_add(four, far, near),
            lanes.add(lanes.multiply_add(eight, far_difference, near_difference), m[5]),
        ]
    }
}
