//! The transferscope binary and the facade over all its libraries.
