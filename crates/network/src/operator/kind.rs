//! What each operator is: its parameters and the order of its inputs.

use serde::{Deserialize, Serialize};

use super::Activation;

/// Padding of the two image axes, each side on its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Padding {
    /// Rows added above.
    pub top: usize,
    /// Rows added below.
    pub bottom: usize,
    /// Columns added on the left.
    pub left: usize,
    /// Columns added on the right.
    pub right: usize,
}

impl Padding {
    /// The same number on all four sides.
    #[must_use]
    pub fn same(size: usize) -> Self {
        Self { top: size, bottom: size, left: size, right: size }
    }
}

/// Geometry of a pooling window over the two image axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pooling {
    /// Height and width of the window.
    pub kernel: [usize; 2],
    /// Steps between windows.
    pub stride: [usize; 2],
    /// What is added around the image (minus infinity for a maximum, zero for a mean).
    pub padding: Padding,
}

/// Elementwise arithmetic on two arrays, with NumPy's broadcasting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arithmetic {
    /// a + b
    Add,
    /// a − b
    Subtract,
    /// a · b
    Multiply,
    /// a / b
    Divide,
    /// The larger of both; where they are equal, half of the gradient goes to each.
    Maximum,
    /// The smaller of both; where they are equal, half of the gradient goes to each.
    Minimum,
}

/// One axis of the shape that a reshape asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReshapeDimension {
    /// The size of the input's axis at the same place (the batch, mostly).
    Keep,
    /// Whatever is left; at most one axis may say so.
    Rest,
    /// This size.
    Size(usize),
}

/// An operator: a differentiable function of its inputs.
///
/// Image arrays are `[batch, channels, height, width]`. The order of inputs is given with each variant;
/// inputs in parentheses may be absent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// Cross-correlation, as deep learning calls convolution: image `[N,C,H,W]`, weight `[O, C/groups, h, w]`, (bias `[O]`).
    Convolution {
        /// Steps between windows.
        stride: [usize; 2],
        /// Zeros around the image.
        padding: Padding,
        /// Distance between neighbours within a window.
        dilation: [usize; 2],
        /// Into how many separate groups the channels fall.
        groups: usize,
    },
    /// x · Wᵀ + b on the last axis: x `[…, I]`, weight `[O, I]`, (bias `[O]`).
    Linear,
    /// Product of matrices on the last two axes, the others broadcast: a `[…, M, K]`, b `[…, K, N]`.
    MatrixProduct,
    /// (x − mean) / √(variance + epsilon) · weight + bias on axis 1: x, weight `[C]`, bias `[C]`, mean `[C]`, variance `[C]`.
    BatchNormalization {
        /// What keeps the root away from zero.
        epsilon: f64,
    },
    /// A scalar function of each number: x.
    Activation(Activation),
    /// The largest number of each window: image.
    MaxPool(Pooling),
    /// The mean of each window: image.
    AveragePool {
        /// The window.
        pooling: Pooling,
        /// Whether padding counts as zeros in the mean (PyTorch's default) or not at all.
        count_padding: bool,
    },
    /// The mean over some axes: x.
    Mean {
        /// The axes, ascending.
        axes: Vec<usize>,
        /// Whether they stay as axes of size 1.
        keep: bool,
    },
    /// The largest number over some axes: x. The gradient goes to the first of the largest.
    Maximum {
        /// The axes, ascending.
        axes: Vec<usize>,
        /// Whether they stay as axes of size 1.
        keep: bool,
    },
    /// Elementwise arithmetic with broadcasting: a, b.
    Arithmetic(Arithmetic),
    /// Arrays put one behind the other: any number of inputs.
    Concatenate {
        /// The axis along which they are joined.
        axis: usize,
    },
    /// Every `step`-th index from `start` below `end` of one axis: x.
    Slice {
        /// The axis.
        axis: usize,
        /// The first index.
        start: usize,
        /// One past the last index.
        end: usize,
        /// The distance between indices, at least 1.
        step: usize,
    },
    /// These indices of one axis, in this order, any of them as often as one likes: x.
    Select {
        /// The axis.
        axis: usize,
        /// The indices.
        indices: Vec<usize>,
    },
    /// The rows of a table at whole numbers: numbers `[…]` (whole, from 0), table `[V, D]`, giving `[…, D]`.
    /// A word's embedding is the row of its number. No gradient goes to the numbers; a number that is no row of the table
    /// is an error when it is run.
    Lookup,
    /// One row for each image of the batch: x `[1, …]`, and any array whose first axis counts the batch.
    /// (A learned token beside the patches of each image.)
    RepeatRows,
    /// Zeros added before and after, for each axis: x.
    Pad {
        /// For each axis, how many before and how many after.
        amounts: Vec<[usize; 2]>,
    },
    /// The same numbers under another shape: x.
    Reshape {
        /// The shape asked for.
        shape: Vec<ReshapeDimension>,
    },
    /// Axes in another order: x.
    Transpose {
        /// For each axis of the result, which axis of the input it is.
        permutation: Vec<usize>,
    },
    /// e^x over its sum along one axis: x.
    Softmax {
        /// The axis.
        axis: usize,
    },
    /// The logarithm of the softmax along one axis, computed without forming it: x.
    LogSoftmax {
        /// The axis.
        axis: usize,
    },
}

impl Operator {
    /// Flattening of everything behind the batch axis.
    #[must_use]
    pub fn flatten() -> Self {
        Self::Reshape { shape: vec![ReshapeDimension::Keep, ReshapeDimension::Rest] }
    }

    /// Its name in tables and messages.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Convolution { .. } => "convolution",
            Self::Linear => "linear",
            Self::MatrixProduct => "matrix_product",
            Self::BatchNormalization { .. } => "batch_normalization",
            Self::Activation(activation) => activation.name(),
            Self::MaxPool(_) => "max_pool",
            Self::AveragePool { .. } => "average_pool",
            Self::Mean { .. } => "mean",
            Self::Maximum { .. } => "maximum",
            Self::Arithmetic(Arithmetic::Add) => "add",
            Self::Arithmetic(Arithmetic::Subtract) => "subtract",
            Self::Arithmetic(Arithmetic::Multiply) => "multiply",
            Self::Arithmetic(Arithmetic::Divide) => "divide",
            Self::Arithmetic(Arithmetic::Maximum) => "larger_of_two",
            Self::Arithmetic(Arithmetic::Minimum) => "smaller_of_two",
            Self::Concatenate { .. } => "concatenate",
            Self::Slice { .. } => "slice",
            Self::Select { .. } => "select",
            Self::Lookup => "lookup",
            Self::RepeatRows => "repeat_rows",
            Self::Pad { .. } => "pad",
            Self::Reshape { .. } => "reshape",
            Self::Transpose { .. } => "transpose",
            Self::Softmax { .. } => "softmax",
            Self::LogSoftmax { .. } => "log_softmax",
        }
    }
}
