//! The list of all tidy rules.

use anyhow::Result;

use super::{
    absolute_paths, attributes, clock_and_chance, command_line, file_names, first_line, leftovers, length, manifests,
    module_roots, one_platform, printing, pure_crates, run_fast, test_habits, unsafe_code,
};
use crate::report::{Broken, Place};
use crate::root::root;
use crate::tree::Tree;

/// One rule over the files of the repository.
pub struct Rule {
    /// The rule in one line.
    pub rule: &'static str,
    /// Why it is there.
    pub why: &'static str,
    /// What to do where it does not hold.
    pub remedy: &'static str,
    /// Every place where it does not hold.
    pub find: fn(&Tree) -> Vec<Place>,
}

/// A place that is allowed to break a rule, and why.
pub struct Exception {
    /// A file, or a folder with a `/` at its end.
    pub path: &'static str,
    /// Why it may; never printed, but read by whoever wants to add another.
    #[expect(dead_code, reason = "the reason is for the reader of the list")]
    pub reason: &'static str,
}

impl Exception {
    /// True when `path` is the file or lies in the folder.
    pub fn covers(&self, path: &str) -> bool {
        if self.path.ends_with('/') { path.starts_with(self.path) } else { path == self.path }
    }
}

/// True when one of the exceptions covers `path`.
pub fn is_excepted(exceptions: &[Exception], path: &str) -> bool {
    exceptions.iter().any(|exception| exception.covers(path))
}

const RULES: &[Rule] = &[
    first_line::RULE,
    file_names::RULE,
    module_roots::RULE,
    length::RULE,
    leftovers::RULE,
    attributes::RULE,
    run_fast::RULE,
    command_line::RULE,
    pure_crates::RULE,
    printing::RULE,
    clock_and_chance::RULE,
    absolute_paths::RULE,
    test_habits::RULE,
    unsafe_code::RULE,
    one_platform::RULE,
    manifests::RULE,
];

/// Reads the files and holds every rule against them.
///
/// # Errors
/// When the files cannot be listed or read.
pub fn run() -> Result<Vec<Broken>> {
    let tree = Tree::read(&root())?;
    Ok(RULES.iter().filter_map(|rule| hold(rule, &tree)).collect())
}

fn hold(rule: &Rule, tree: &Tree) -> Option<Broken> {
    let places = (rule.find)(tree);
    (!places.is_empty()).then_some(Broken { rule: rule.rule, why: rule.why, remedy: rule.remedy, places })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_covers_its_file_or_its_folder() {
        let folder = Exception { path: "xtask/", reason: "test" };
        let file = Exception { path: "a/b.rs", reason: "test" };
        assert!(folder.covers("xtask/src/main.rs") && !folder.covers("xtaskx/a.rs"));
        assert!(file.covers("a/b.rs") && !file.covers("a/b.rs.bak"));
    }

    #[test]
    fn a_rule_without_a_broken_place_is_silent() {
        assert!(hold(&first_line::RULE, &Tree::of("a.rs", "//! Fine.\n")).is_none());
        assert!(hold(&first_line::RULE, &Tree::of("a.rs", "fn a() {}\n")).is_some());
    }
}
