//! Rule: only the binary knows the command line.

use super::rules::Rule;
use crate::report::Place;
use crate::rust::paths::paths;
use crate::tree::Tree;

/// The rule.
pub const RULE: Rule = Rule {
    rule: "only crates/transferscope names clap",
    why: "what was typed becomes a checked value in the binary; a library that parses flags cannot be called by a program",
    remedy: "take the checked value as an argument and let the binary build it",
    find,
};

fn find(tree: &Tree) -> Vec<Place> {
    let mut places = Vec::new();
    for (file, source) in tree.rust().filter(|(file, _)| !file.path.starts_with("crates/transferscope/")) {
        for path in paths(source).iter().filter(|path| path.is_of_family("clap")) {
            places.push(Place::new(&file.path, path.line, format!("`{}`", path.text())));
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clap_in_a_library_is_found() {
        assert!(find(&Tree::of("crates/transferscope/src/args.rs", "use clap::Parser;")).is_empty());
        assert!(find(&Tree::of("crates/lab/src/a.rs", "//! Not clap::Parser.\nfn clap() {}")).is_empty());
        for bad in ["use clap::Parser;", "#[derive(clap::Args)] struct A;", "use clap_complete as c;"] {
            assert_eq!(find(&Tree::of("crates/study/src/a.rs", bad)).len(), 1, "{bad}");
        }
    }
}
