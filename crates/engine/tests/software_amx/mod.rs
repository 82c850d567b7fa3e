//! AMX's instructions executed by software, so that the kernels that use them are tested on processors without AMX too.
//!
//! A processor that lacks an instruction raises the signal SIGILL where it meets it. The handler decodes the six instructions
//! that the engine uses (Intel's manual, volume 2), does what they do to tiles of its own, and goes on behind them. It stands in
//! only where there is no AMX: elsewhere the same tests run on the processor's.

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod handler;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod instruction;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod registers;
mod tiers;

pub use tiers::tiers;
