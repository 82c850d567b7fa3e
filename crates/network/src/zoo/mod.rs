//! The zoo: architectures by name, one file a family, with PyTorch's weight names.

mod alexnet;
mod catalogue;
mod densenet;
mod efficientnet_lite;
mod fully_connected;
mod initialise;
mod layers;
mod lenet;
mod list;
mod mobilenet_v1;
mod mobilenet_v2;
mod preact_resnet;
mod resnet;
mod resnet_imagenet;
mod resnet_option_a;
mod resnext;
pub mod text;
mod vgg;
mod vit;
mod wanted;
mod wide_resnet;

pub use catalogue::{Architecture, Settings, ZooError, architectures, find};
pub use initialise::initial_weight;
