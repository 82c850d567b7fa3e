//! The measures of the paper on plain numbers: alpha1, alpha2, matching distances, knowledge transfer, statistics.

pub mod bounds;
pub mod deviation;
pub mod jacobian;
pub mod knowledge;
pub mod linear;
pub mod matching;
pub mod older;
pub mod recheck;
pub mod statistics;
pub mod transferability;
