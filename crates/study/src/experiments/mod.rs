//! The experiments: the paper's synthetic one, and the studies that are data.

mod published_studies;
pub mod synthetic;

pub use published_studies::{PUBLISHED_STUDIES, published_study};
