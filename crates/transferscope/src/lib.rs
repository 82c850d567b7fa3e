//! The facade over all libraries of transferscope, and the commands of its binary.
//!
//! Use the crates through it: [`theory`], [`network`], [`import`], [`engine`], [`lab`], [`study`].

pub use transferscope_engine as engine;
pub use transferscope_import as import;
pub use transferscope_lab as lab;
pub use transferscope_network as network;
pub use transferscope_study as study;
pub use transferscope_theory as theory;

pub mod commands;
pub mod console;
pub mod exit;
pub mod interrupt;
pub mod show;
