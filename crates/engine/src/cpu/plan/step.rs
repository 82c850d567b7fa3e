//! What a plan does, one kernel at a time.

use std::sync::Arc;

use transferscope_network::{graph::ValueId, operator::Activation};

use super::{Layout, Shape};
use crate::cpu::kernels::{
    Clamp, gather::Gather, move_channels::Move, packed::Packed, resample::Sparse, winograd::WinogradWeights,
};

/// A buffer of numbers, by its place in the plan's list.
pub(crate) type Place = usize;
/// A run of bytes an image, by its offset.
pub(crate) type Bytes = usize;
/// A kernel, by its place in the plan's list.
pub(crate) type KernelPlace = usize;
/// A vector of one number a channel, by its place in the plan's list.
pub(crate) type VectorPlace = usize;

/// How a convolution is computed.
#[derive(Debug)]
pub(crate) enum Kernel {
    /// Through pointers to pixels; several where a stride makes the pixels differ in their taps, and one for each group.
    Gathered(Vec<Gathered>),
    /// By Winograd's products; the padding above and on the left.
    Winograd(WinogradWeights, [usize; 2]),
    /// Each channel with its own window.
    Depthwise(Vec<Arc<Gather>>, Vec<f32>),
}

/// One pass of a gathered convolution.
#[derive(Debug)]
pub(crate) struct Gathered {
    /// Which pixels.
    pub gather: Arc<Gather>,
    /// The weights of the chosen taps.
    pub weights: Packed,
    /// First channel that is read.
    pub from: usize,
    /// First channel that is written.
    pub to: usize,
}

/// What is done with each sum before it is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Finish {
    /// One number a channel, padded.
    pub bias: Option<VectorPlace>,
    /// A value that is added.
    pub add: Option<Place>,
    /// A clamp.
    pub clamp: Option<Clamp>,
    /// Where one bit a number is recorded of it.
    pub record: Option<Bytes>,
    /// One bit a number that gates the result.
    pub gate: Option<Bytes>,
}

/// One kernel call.
#[derive(Debug)]
pub(crate) enum Step {
    /// From the door's array of this number.
    Import { array: usize, layout: Layout, to: Place, add: bool },
    /// To the door's array of this number.
    Export { array: usize, layout: Layout, from: Place },
    /// A convolution, forward or in reverse.
    Convolve { kernel: KernelPlace, from: Place, input: Layout, to: Place, output: Layout, finish: Finish },
    /// A number a channel times the input, and the epilogue.
    Scale { scale: Option<VectorPlace>, from: Place, to: Place, layout: Layout, finish: Finish },
    /// A function of each number.
    Activate { activation: Activation, from: Place, to: Place, layout: Layout },
    /// Its derivative at the saved input times the gradient, in place.
    ActivateReverse { activation: Activation, saved: Place, gradient: Place, layout: Layout },
    /// The largest number of each window.
    MaxPool { gather: Arc<Gather>, from: Place, input: Layout, to: Place, output: Layout, chosen: Bytes },
    /// Adds gradients where the largest numbers were.
    MaxPoolReverse { gather: Arc<Gather>, gradient: Place, output: Layout, to: Place, input: Layout, chosen: Bytes },
    /// Zeros.
    Clear { to: Place, layout: Layout },
    /// Pixels and channels put elsewhere.
    Move { moved: Arc<Move>, from: Place, input: Layout, to: Place, output: Layout },
    /// Adds their gradients where they came from.
    MoveReverse { moved: Arc<Move>, gradient: Place, output: Layout, to: Place, input: Layout },
    /// A matrix along an axis: runs of `inner` numbers.
    Resample { matrix: Arc<Sparse>, from: Place, input: Layout, to: Place, output: Layout, inner: usize, add: bool },
    /// What needs all images at once; only training has it.
    Joint(Joint),
}

/// A step over all images of a batch.
#[derive(Debug)]
pub(crate) enum Joint {
    /// (x − mean) · γ / √(variance + ε) + β with the statistics of the batch, and the epilogue.
    Normalize { normalization: usize, from: Place, to: Place, layout: Layout, finish: Finish },
    /// Its reverse: the gradients of γ and β, and that of x where it is wanted.
    NormalizeReverse { normalization: usize, from: Place, gradient: Place, to: Option<(Place, Finish)>, layout: Layout },
    /// The gradient of a convolution's weight.
    WeightGradient {
        weight: ValueId,
        shape: Shape,
        gather: Arc<Gather>,
        from: Place,
        input: Layout,
        gradient: Place,
        output: Layout,
    },
    /// The gradient of a bias: the sum over pixels.
    BiasGradient { bias: ValueId, gradient: Place, layout: Layout },
}

/// A normalization by the statistics of the batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Normalization {
    /// The value that it makes, with what is fused into it.
    pub output: ValueId,
    /// γ.
    pub weight: ValueId,
    /// β.
    pub bias: ValueId,
    /// What keeps the root away from zero.
    pub epsilon: f64,
}
