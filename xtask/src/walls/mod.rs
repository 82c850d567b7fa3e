//! Who may depend on whom: the walls between the crates, and what each must never contain.

pub mod rules;

mod contents;
mod dependency;
mod direction;
mod engine_alone;
mod pinned;
