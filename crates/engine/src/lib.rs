//! How a network is *run*: the one door by which everything above reaches a network.
//!
//! The door speaks plain arrays: [`Frozen`] gives named values for inputs, and pulls cotangents at named values
//! back to the input or to any other named value. Behind it stand
//! - [`interpreter`]: the f64 oracle of the network crate, rounded to f32 at the door;
//! - [`function`]: plain closures, for tests and closed-form worlds;
//! - [`cpu`]: kernels of our own for fixed networks on the processor;
//! - [`burn`]: Burn's tensors, with gradients for the input only, and training ([`trainable`]).
//!
//! No type of a tensor framework leaves this crate, and nothing here knows what an attack or a measure is.

pub mod burn;
mod compile;
pub mod cpu;
mod device;
pub mod door;
mod fallback;
pub mod function;
pub mod interpreter;
mod learning;
pub mod trainable;

pub use compile::{EngineChoice, compile};
pub use device::DeviceChoice;
pub use door::{EngineError, Feed, Frozen, Pulled};
