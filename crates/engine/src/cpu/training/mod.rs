//! Training on the processor: the same plans and kernels, with gradients of weights.

mod joint;
mod network;
mod weight_gradient;

pub(crate) use network::CpuTrainable;
