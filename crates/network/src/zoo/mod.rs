//! The zoo: architectures by name, one file a family, with PyTorch's weight names.

mod alexnet;
mod catalogue;
mod fully_connected;
mod initialise;
mod layers;
mod lenet;
mod resnet;
mod resnet_option_a;

pub use catalogue::{Architecture, Settings, ZooError, architectures, find};
pub use initialise::initial_weight;
