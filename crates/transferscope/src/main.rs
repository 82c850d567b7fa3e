//! The transferscope binary.
fn main() {}
