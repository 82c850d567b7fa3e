//! Resize and its older form Upsample: each axis on its own, as a choice of indices or a product with a matrix.

use transferscope_network::{array::Array, operator::Operator};

use super::Converted;
use crate::onnx::{
    call::Call,
    converter::Converter,
    held::Held,
    refusal::{Made, Refusal, broken, unsupported},
};

/// How a place in the result is found in the input.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Coordinates {
    HalfPixel,
    PytorchHalfPixel,
    HalfPixelSymmetric,
    AlignCorners,
    Asymmetric,
}

/// One axis that changes its size.
#[derive(Clone, Copy, Debug)]
struct Axis {
    from: usize,
    to: usize,
    scale: f64,
    coordinates: Coordinates,
}

/// How numbers between two pixels are made.
#[derive(Clone, Copy, Debug)]
struct Kernel {
    is_cubic: bool,
    /// The coefficient of the cubic kernel.
    cubic: f64,
    antialias: bool,
    exclude_outside: bool,
}

pub(super) fn resize(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let rank = x.rank();
    let (scales_at, sizes_at) = if call.opset < 11 { (1, usize::MAX) } else { (2, 3) };
    let axes = match call.ints("axes")? {
        Some(axes) => axes.iter().map(|&axis| Call::axis(axis, rank)).collect::<Made<Vec<_>>>()?,
        None => (0..rank).collect(),
    };
    let scales = match (call.floats("scales")?, call.optional(scales_at)) {
        (Some(scales), _) => scales,
        (None, Some(held)) => match held.floats() {
            Some(scales) => scales.data().to_vec(),
            None => return unsupported("its scales are computed"),
        },
        (None, None) => Vec::new(),
    };
    let sizes = call.counts(sizes_at)?.unwrap_or_default();
    if call.text("keep_aspect_ratio_policy", "stretch")? != "stretch" {
        return unsupported("it keeps the aspect ratio");
    }
    let default = if call.opset < 11 { "asymmetric" } else { "half_pixel" };
    let coordinates = match call.text("coordinate_transformation_mode", default)? {
        "half_pixel" => Coordinates::HalfPixel,
        "pytorch_half_pixel" => Coordinates::PytorchHalfPixel,
        "half_pixel_symmetric" => Coordinates::HalfPixelSymmetric,
        "align_corners" => Coordinates::AlignCorners,
        "asymmetric" => Coordinates::Asymmetric,
        other => return unsupported(format!("coordinate_transformation_mode is '{other}'")),
    };
    let mode = call.text("mode", "nearest")?;
    let nearest = call.text("nearest_mode", if call.opset < 11 { "floor" } else { "round_prefer_floor" })?;
    let kernel = Kernel {
        is_cubic: mode == "cubic",
        cubic: call.float("cubic_coeff_a", -0.75)?,
        antialias: call.flag("antialias", false)?,
        exclude_outside: call.flag("exclude_outside", false)?,
    };
    let mut made = x.clone();
    for (place, &axis) in axes.iter().enumerate() {
        let own = x.shape()[axis];
        let (target, scale) = match (sizes.get(place), scales.get(place)) {
            (Some(&size), _) if size == own => continue,
            (Some(size), _) => (size.as_fixed(), None),
            (None, Some(&1.0)) => continue,
            (None, Some(&scale)) => (None, Some(f64::from(scale))),
            (None, None) => return broken("it has neither sizes nor scales"),
        };
        let Some(from) = made.fixed_size(axis).filter(|&size| size > 0) else {
            return unsupported("it resizes a batch");
        };
        let to_size = match (target, scale) {
            (Some(size), _) => usize::try_from(size).ok(),
            (None, Some(scale)) => scaled(from, scale),
            (None, None) => None,
        };
        let Some(size) = to_size.filter(|&size| (1..=LARGEST).contains(&size)) else {
            return broken("it resizes to nothing, or to too much");
        };
        #[expect(clippy::cast_precision_loss, reason = "sizes of images are far below 2^52")]
        let scale = scale.unwrap_or(size as f64 / from as f64);
        let change = Axis { from, to: size, scale, coordinates };
        let name = call.part(&format!("axis{axis}"));
        made = if mode == "nearest" {
            let indices = (0..size).map(|place| change.nearest(place, nearest)).collect::<Made<Vec<_>>>()?;
            to.apply(&name, Operator::Select { axis, indices }, &[made])?
        } else if mode == "linear" || mode == "cubic" {
            to.pay(&[size, from])?;
            let matrix = change.matrix(kernel);
            if axis + 1 == rank {
                let columns = to.transposed(&call.part(&format!("columns{axis}")), &matrix, &[1, 0])?;
                to.apply(&name, Operator::MatrixProduct, &[made, columns])?
            } else if axis + 2 == rank {
                to.apply(&name, Operator::MatrixProduct, &[matrix, made])?
            } else {
                return unsupported("it interpolates along another axis than the last two");
            }
        } else {
            return unsupported(format!("its mode is '{mode}'"));
        };
    }
    Ok(vec![made])
}

/// The largest size of an axis that is made.
const LARGEST: usize = 1 << 16;

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes of images are far below 2^52 and not below 0"
)]
fn scaled(size: usize, scale: f64) -> Option<usize> {
    let target = (size as f64 * scale).floor();
    (target >= 0.0 && target <= LARGEST as f64).then_some(target as usize)
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes of images are far below 2^52, and indices are clamped before they are cast"
)]
impl Axis {
    /// Where a place of the result lies in the input.
    fn origin(self, place: usize) -> f64 {
        let (x, from, to) = (place as f64, self.from as f64, self.to as f64);
        let half_pixel = (x + 0.5) / self.scale - 0.5;
        match self.coordinates {
            Coordinates::HalfPixel => half_pixel,
            Coordinates::PytorchHalfPixel => {
                if self.to > 1 {
                    half_pixel
                } else {
                    0.0
                }
            }
            Coordinates::HalfPixelSymmetric => {
                let adjustment = to / (self.scale * from);
                half_pixel + from / 2.0 * (1.0 - adjustment)
            }
            Coordinates::AlignCorners => {
                if self.to > 1 {
                    x * (from - 1.0) / (self.scale * from - 1.0)
                } else {
                    0.0
                }
            }
            Coordinates::Asymmetric => x / self.scale,
        }
    }

    fn nearest(self, place: usize, mode: &str) -> Made<usize> {
        let x = self.origin(place);
        let index = match mode {
            "round_prefer_floor" => (x - 0.5).ceil(),
            "round_prefer_ceil" => (x + 0.5).floor(),
            "floor" => x.floor(),
            "ceil" => x.ceil(),
            other => return Err(Refusal::Unsupported(format!("nearest_mode is '{other}'"))),
        };
        Ok(index.clamp(0.0, self.from as f64 - 1.0) as usize)
    }

    /// The matrix `[to, from]` whose rows are the weights of the input's numbers.
    fn matrix(self, kernel: Kernel) -> Held {
        let mut matrix = Array::filled(vec![self.to, self.from], 0.0);
        let narrow = if kernel.antialias { self.scale.min(1.0) } else { 1.0 };
        let reach = if kernel.is_cubic { 2.0 } else { 1.0 };
        let start = (-reach / narrow).floor() as i64 + 1;
        for place in 0..self.to {
            let x = self.origin(place);
            // The neighbour on the left, also where x is a whole number.
            let base = x.ceil() - 1.0;
            let ratio = x - base;
            let offsets = start..2 - start;
            let weights: Vec<f64> = offsets.clone().map(|offset| kernel.at((offset as f64 - ratio) * narrow)).collect();
            let inside = |offset: i64| {
                let at = base + offset as f64;
                at >= 0.0 && at < self.from as f64
            };
            let counts = |offset: i64| !kernel.exclude_outside || inside(offset);
            let total: f64 = offsets.clone().zip(&weights).filter(|(offset, _)| counts(*offset)).map(|(_, w)| w).sum();
            for (offset, weight) in offsets.zip(&weights) {
                if counts(offset) && total != 0.0 {
                    let index = (base + offset as f64).clamp(0.0, self.from as f64 - 1.0) as usize;
                    matrix.data_mut()[place * self.from + index] += weight / total;
                }
            }
        }
        Held::of_floats(matrix.to_f32())
    }
}

impl Kernel {
    /// The weight of a pixel at this distance (Keys 1981 for the cubic one).
    fn at(self, distance: f64) -> f64 {
        let x = distance.abs();
        let a = self.cubic;
        match (self.is_cubic, x) {
            (false, _) => (1.0 - x).max(0.0),
            (true, x) if x <= 1.0 => ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0,
            (true, x) if x < 2.0 => ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a,
            (true, _) => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two pixels to four: half-pixel centres lie at −¼, ¼, ¾, 1¼, so the weights are quarters.
    #[test]
    fn linear_weights_of_a_doubling() {
        let axis = Axis { from: 2, to: 4, scale: 2.0, coordinates: Coordinates::HalfPixel };
        let kernel = Kernel { is_cubic: false, cubic: -0.75, antialias: false, exclude_outside: false };
        let matrix = axis.matrix(kernel).floats().expect("it is known");
        assert_eq!(matrix.data(), &[1.0, 0.0, 0.75, 0.25, 0.25, 0.75, 0.0, 1.0]);
        let nearest: Vec<usize> =
            (0..4).map(|place| axis.nearest(place, "round_prefer_floor").expect("a mode")).collect();
        assert_eq!(nearest, [0, 0, 1, 1]);
    }

    /// Whatever the kernel, the weights of each pixel sum to 1.
    #[test]
    fn weights_sum_to_one() {
        for (is_cubic, antialias, exclude_outside) in
            [(true, false, false), (true, true, false), (false, true, true), (true, false, true)]
        {
            let axis = Axis { from: 7, to: 3, scale: 3.0 / 7.0, coordinates: Coordinates::HalfPixel };
            let kernel = Kernel { is_cubic, cubic: -0.75, antialias, exclude_outside };
            let matrix = axis.matrix(kernel).floats().expect("it is known");
            for row in 0..3 {
                let sum: f32 = matrix.row(row).iter().sum();
                assert!((sum - 1.0).abs() < 1e-6, "{kernel:?}: {sum}");
            }
        }
    }
}
