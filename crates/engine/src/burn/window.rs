//! Convolution and pooling on Burn's tensors.

use ::burn::tensor::{
    Tensor, module,
    ops::{AvgPoolOptions, ConvOptions, MaxPoolOptions},
};
use transferscope_network::operator::{Padding, Pooling};

use super::{layout::pad, value::Value};

/// What a convolution is but for its weights.
#[derive(Clone, Copy)]
pub(super) struct Geometry {
    pub stride: [usize; 2],
    pub padding: Padding,
    pub dilation: [usize; 2],
    pub groups: usize,
}

pub(super) fn convolution(geometry: Geometry, image: Value, weight: Value, bias: Option<Value>) -> Value {
    let (image, padding) = symmetric(geometry.padding, 0.0, image.at_rank::<4>());
    let options = ConvOptions::new(geometry.stride, padding, geometry.dilation, geometry.groups);
    module::conv2d(image, weight.at_rank::<4>(), bias.map(Value::at_rank::<1>), options).into()
}

pub(super) fn max_pool(pooling: Pooling, image: Value) -> Value {
    let (image, padding) = symmetric(pooling.padding, f32::NEG_INFINITY, image.at_rank::<4>());
    let mut options = MaxPoolOptions::new(pooling.kernel);
    options.stride = pooling.stride;
    options.padding = padding.map(|size| (size, size));
    module::max_pool2d(image, options).into()
}

/// Where padding is not the same on opposite sides and does not count, Burn pools the padded image and a mask of
/// ones alike, and divides.
pub(super) fn average_pool(pooling: Pooling, count_padding: bool, image: Value) -> Value {
    let Padding { top, bottom, left, right } = pooling.padding;
    let mut options = AvgPoolOptions::new(pooling.kernel);
    options.stride = pooling.stride;
    options.padding = [(top, bottom), (left, right)];
    options.count_include_pad = count_padding;
    module::avg_pool2d(image.at_rank::<4>(), options).into()
}

/// The image and the padding that is left to the operator: all of it where opposite sides are padded alike, else
/// none and the image is padded here.
fn symmetric(padding: Padding, fill: f32, image: Tensor<4>) -> (Tensor<4>, [usize; 2]) {
    let Padding { top, bottom, left, right } = padding;
    if top == bottom && left == right {
        (image, [top, left])
    } else {
        (pad(&[[0, 0], [0, 0], [top, bottom], [left, right]], fill, image), [0, 0])
    }
}
