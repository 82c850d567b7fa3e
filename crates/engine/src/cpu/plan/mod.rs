//! From a graph to a list of kernel calls: what is fused, where each value lies, what is kept for the reverse pass.

mod buffers;
mod build;
mod convolution;
mod fitting;
mod flat;
mod fuse;
mod image_map;
mod layout;
mod operation;
mod reverse;
mod step;
mod tables;

pub(crate) use build::{Choice, Plan, Wish, build};
pub(crate) use convolution::{Recipe, Shape};
pub(crate) use fitting::fitting;
pub(crate) use layout::Layout;
pub(crate) use operation::Unsupported;
pub(crate) use step::{Bytes, Finish, Gathered, Joint, Kernel, KernelPlace, Normalization, Place, Step, VectorPlace};
pub(crate) use tables::{KernelCache, Source, Tables, VectorSource, padded};
