//! The table of operators: the reader looks them up here, and `docs/operators.md` is written from it.

use super::{
    Converted, blocks, elementwise, known, layout, normalization, padding, product, reduction, resize, selection,
    window,
};
use crate::onnx::{call::Call, converter::Converter};

type Convert = fn(&mut Converter, &Call<'_>) -> Converted;

/// An operator of ONNX that is read.
pub struct SupportedOperator {
    /// Its name in ONNX (default domain).
    pub name: &'static str,
    /// What of it is not read; empty where all is.
    pub limits: &'static str,
    pub(in crate::onnx) convert: Convert,
}

const fn all(name: &'static str, convert: Convert) -> SupportedOperator {
    SupportedOperator { name, limits: "", convert }
}

const fn but(name: &'static str, convert: Convert, limits: &'static str) -> SupportedOperator {
    SupportedOperator { name, limits, convert }
}

const KNOWN: &str = "on constants and shapes only";
const MASKS: &str = "on constants, shapes and masks of tokens only";
const WINDOW: &str = "images with one or two axes";

/// All operators that are read, in alphabetical order.
pub const SUPPORTED: &[SupportedOperator] = &[
    all("Abs", elementwise::abs),
    all("Add", elementwise::add),
    but("And", known::and, MASKS),
    but("Attention", product::attention, "no past keys and values, no softcap, one output"),
    but("AveragePool", window::average_pool, "images with one or two axes, no dilation"),
    but("BatchNormalization", normalization::batch, "with fixed statistics"),
    but(
        "Cast",
        known::cast,
        "to real numbers, and of constants and shapes to any; all real numbers become single precision",
    ),
    but("CastLike", known::cast_like, "as Cast"),
    but("Ceil", known::ceil, KNOWN),
    all("Celu", elementwise::celu),
    all("Clip", elementwise::clip),
    all("Concat", selection::concat),
    but("Constant", known::constant, "arrays of numbers"),
    all("ConstantOfShape", known::constant_of_shape),
    but("Conv", window::convolution, WINDOW),
    but("ConvTranspose", window::transposed, "images with two axes, known weights"),
    but("Cos", known::cos, KNOWN),
    all("DepthToSpace", blocks::depth_to_space),
    all("Div", elementwise::div),
    but("Dropout", layout::dropout, "outside of training"),
    but("Einsum", product::einsum, "one or two inputs, no ellipsis, no diagonal"),
    all("Elu", elementwise::elu),
    but("Equal", known::equal, MASKS),
    all("Erf", elementwise::erf),
    all("Exp", elementwise::exp),
    but("Expand", selection::expand, "along the batch only where the first axis has size 1"),
    all("Flatten", layout::flatten),
    but("Floor", known::floor, KNOWN),
    but("Gather", selection::gather, "with known indices, or of tokens in a table"),
    but("GatherElements", selection::gather_elements, "of known whole numbers"),
    but("GatherND", selection::gather_nd, "with known indices, batch_dims 0"),
    all("Gelu", elementwise::gelu),
    all("Gemm", product::gemm),
    all("GlobalAveragePool", reduction::global_average_pool),
    all("GlobalMaxPool", reduction::global_max_pool),
    but("Greater", known::greater, MASKS),
    but("GreaterOrEqual", known::greater_or_equal, MASKS),
    all("GroupNormalization", normalization::group),
    all("HardSigmoid", elementwise::hard_sigmoid),
    all("HardSwish", elementwise::hard_swish),
    all("Identity", layout::identity),
    all("InstanceNormalization", normalization::instance),
    but("IsNaN", known::is_nan, "of a softmax, where it does no more than guard a choice"),
    but("LRN", normalization::local_response, "images [N,C,H,W]"),
    but("LayerNormalization", normalization::layer, "one output"),
    all("LeakyRelu", elementwise::leaky_relu),
    but("Less", known::less, MASKS),
    but("LessOrEqual", known::less_or_equal, MASKS),
    all("Log", elementwise::log),
    all("LogSoftmax", reduction::log_softmax),
    but("LpNormalization", normalization::length, "p = 1 or 2"),
    all("MatMul", product::matrix_product),
    all("Max", elementwise::max),
    but("MaxPool", window::max_pool, "images with one or two axes, no dilation, one output"),
    all("Mean", elementwise::mean),
    but("MeanVarianceNormalization", normalization::mean_variance, "not over the batch"),
    all("Min", elementwise::min),
    all("Mish", elementwise::mish),
    but("Mod", known::modulo, "on known whole numbers"),
    all("Mul", elementwise::mul),
    all("Neg", elementwise::neg),
    but("Not", known::not, MASKS),
    but("Or", known::or, MASKS),
    all("PRelu", elementwise::prelu),
    all("Pad", padding::pad),
    but("Pow", elementwise::pow, "base or exponent one known number"),
    all("RMSNormalization", normalization::root_mean_square),
    but("Range", known::range, "on constants and shapes, and from 0 up to the batch"),
    all("Reciprocal", elementwise::reciprocal),
    all("ReduceL1", reduction::l1),
    all("ReduceL2", reduction::l2),
    all("ReduceLogSum", reduction::log_sum),
    all("ReduceLogSumExp", reduction::log_sum_exp),
    all("ReduceMax", reduction::max),
    all("ReduceMean", reduction::mean),
    all("ReduceMin", reduction::min),
    but("ReduceProd", reduction::product, KNOWN),
    all("ReduceSum", reduction::sum),
    all("ReduceSumSquare", reduction::sum_square),
    all("Relu", elementwise::relu),
    all("Reshape", layout::reshape),
    but(
        "Resize",
        resize::resize,
        "no tf_crop_and_resize, no aspect ratio policy; linear and cubic along the last two axes",
    ),
    but("Round", known::round, KNOWN),
    but("ScatterND", blocks::scatter_nd, "on constants, replacing"),
    all("Selu", elementwise::selu),
    all("Shape", known::shape),
    all("Sigmoid", elementwise::sigmoid),
    but("Sign", known::sign, KNOWN),
    but("Sin", known::sin, KNOWN),
    all("Size", known::size),
    all("Slice", selection::slice),
    all("Softmax", reduction::softmax),
    all("Softplus", elementwise::softplus),
    all("Softsign", elementwise::softsign),
    all("SpaceToDepth", blocks::space_to_depth),
    all("Split", selection::split),
    all("Sqrt", elementwise::sqrt),
    all("Squeeze", layout::squeeze),
    all("Sub", elementwise::sub),
    all("Sum", elementwise::sum),
    all("Swish", elementwise::swish),
    all("Tanh", elementwise::tanh),
    but("Tile", selection::tile, "a known number of times, or once for each image"),
    all("Transpose", layout::transpose),
    all("Trilu", blocks::triangle),
    all("Unsqueeze", layout::unsqueeze),
    but("Upsample", resize::resize, "as Resize"),
    but("Where", known::choose, "with a known condition or a mask of tokens"),
    but("Xor", known::xor, MASKS),
];

/// The operator of this name, where it is read.
pub(in crate::onnx) fn find(name: &str) -> Option<&'static SupportedOperator> {
    SUPPORTED.iter().find(|operator| operator.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_names_are_unique() {
        assert!(SUPPORTED.windows(2).all(|pair| pair[0].name < pair[1].name));
    }
}
