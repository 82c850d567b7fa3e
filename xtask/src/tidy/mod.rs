//! The rules of the house that no compiler knows: one file per rule, each with a test that shows it can fail.

pub mod rules;

mod absolute_paths;
mod attributes;
mod clock_and_chance;
mod command_line;
mod file_names;
mod first_line;
mod leftovers;
mod length;
mod manifests;
mod module_roots;
mod one_platform;
mod printing;
mod pure_crates;
mod run_fast;
mod test_habits;
mod unsafe_code;
