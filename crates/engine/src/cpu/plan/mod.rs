//! From a graph to a list of kernel calls: what is fused, where each value lies, what is kept for the reverse pass.

mod buffers;
mod build;
mod convolution;
mod fuse;
mod layout;
mod operation;
mod reverse;
mod step;

pub(crate) use build::{Choice, KernelCache, Plan, Wish, build};
pub(crate) use layout::Layout;
pub(crate) use operation::Unsupported;
pub(crate) use step::{Bytes, Finish, Gathered, Kernel, Place, Step};
