//! Burn behind the door: any device that Burn has, gradients of the input only.
//!
//! Everything here is private to the crate but [`BurnNetwork`] and [`BurnTrainable`]; no type of Burn leaves it.

mod elementwise;
mod guard;
mod layout;
mod name;
mod network;
mod operators;
mod plan;
mod product;
mod run;
mod training;
mod update;
mod value;
mod window;

pub use name::ENGINE;
pub use network::BurnNetwork;
pub use training::BurnTrainable;
pub(crate) use update::Update;
