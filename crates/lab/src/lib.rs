//! Data, training, attacks and deviations: everything with arrays of images, and with sentences.
//!
//! - [`data`]: labelled images, held as bytes and decoded by batch.
//! - [`subject`], [`compiled`], [`roles`]: networks behind the engine's door, and the two roles of a pair.
//! - [`norm`], [`budget`], [`objective`]: how large a perturbation may be, and what it climbs.
//! - [`attacks`]: each proposes; the family projects, clips and judges.
//! - [`deviate`]: how both networks of a pair move under the attack built on each.
//! - [`observed`]: clean logits and features; [`fingerprint`]: a name for a network by its content.
//! - [`training`]: recipes, the loop, transfer to another task, networks trained on the spot.
//! - [`outcome`]: what transfer really gave, image by image.
//! - [`text`]: tokens, text networks, attacks on sentences, and deviations under them.
//! - [`twin`]: the untrained twin of a network.
//! - [`seed`]: randomness, one named stream for each purpose.
//!
//! This crate does not know what a measure is made of (that is `theory`), how a network is run (`engine`), how results
//! are stored or shown (`study`), or what was typed on a command line.

pub mod attacks;
pub mod budget;
pub mod compiled;
pub mod data;
pub mod deviate;
pub mod fingerprint;
pub mod norm;
pub mod objective;
pub mod observed;
pub mod outcome;
pub mod roles;
pub mod seed;
pub mod subject;
pub mod text;
pub mod training;
pub mod twin;
