//! Weight files that name the zoo's layers otherwise: as the libraries timm and Hugging Face Transformers do.
//!
//! A naming is known by one name that only its files have. Its names become the zoo's where the networks compute the same;
//! where they do not (MobileNet v2 of Transformers pads otherwise), there is no rule, and the names stay what they are.

mod hugging_face;
mod merged;
mod other;
mod timm;

pub use other::with_zoo_names;
