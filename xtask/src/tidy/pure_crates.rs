//! Rule: theory and network know no files, no clock, no environment and no threads.

use super::rules::Rule;
use crate::report::Place;
use crate::rust::paths::paths;
use crate::rust::source::is_test_path;
use crate::tree::Tree;

/// The rule.
pub const RULE: Rule = Rule {
    rule: "crates/theory and crates/network name no `std::fs`, `std::env`, `std::time`, `std::thread`, outside of tests",
    why: "a measure is a function from numbers to numbers: the same on every machine, tested in milliseconds",
    remedy: "take the value as an argument; reading, timing and threads belong to import, engine, lab or the binary",
    find,
};

const CRATES: &[&str] = &["crates/theory/", "crates/network/"];
const MODULES: &[&str] = &["fs", "env", "time", "thread", "process", "net"];

fn find(tree: &Tree) -> Vec<Place> {
    let mut places = Vec::new();
    for (file, source) in tree.rust() {
        if is_test_path(&file.path) || !CRATES.iter().any(|folder| file.path.starts_with(folder)) {
            continue;
        }
        for path in paths(source).iter().filter(|path| !path.in_test) {
            if MODULES.iter().any(|module| path.is_under(&["std", module])) {
                places.push(Place::new(&file.path, path.line, format!("`{}`", path.text())));
            }
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outside_world_in_a_pure_crate_is_found() {
        let good = "use std::fmt;\nlet a = env!(\"X\");\n#[cfg(test)]\nmod tests { use std::fs; }";
        assert!(find(&Tree::of("crates/theory/src/a.rs", good)).is_empty());
        for bad in
            ["use std::fs::File;", "use std::{fmt, env};", "std::time::Instant::now();", "std::thread::spawn(f);"]
        {
            assert_eq!(find(&Tree::of("crates/theory/src/a.rs", bad)).len(), 1, "{bad}");
            assert_eq!(find(&Tree::of("crates/network/src/a.rs", bad)).len(), 1, "{bad}");
            assert!(find(&Tree::of("crates/lab/src/a.rs", bad)).is_empty(), "{bad}");
            assert!(find(&Tree::of("crates/theory/tests/a.rs", bad)).is_empty(), "{bad}");
        }
    }
}
