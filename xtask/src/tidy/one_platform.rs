//! Rule: what exists on one operating system only stands in one file.

use super::rules::{Exception, Rule, is_excepted};
use crate::report::Place;
use crate::rust::paths::{Named, paths};
use crate::tree::Tree;

/// The rule.
pub const RULE: Rule = Rule {
    rule: "`std::os::…`, libc and its kin only in crates/transferscope/src/interrupt.rs, and where tests execute AMX",
    why: "the program runs on Linux, macOS and Windows; a call that exists on one of them breaks the build of the others",
    remedy: "use what the standard library or a portable crate offers; or put it in that file with a twin for the others",
    find,
};

const HOMES: &[Exception] = &[
    Exception {
        path: "crates/transferscope/src/interrupt.rs",
        reason: "an interrupt is told differently by each system",
    },
    Exception {
        path: "crates/engine/tests/software_amx/",
        reason: "a handler of Linux's signals; on other systems the tests go without",
    },
];
const FAMILIES: &[&str] = &["libc", "nix", "rustix", "winapi", "windows", "windows_sys"];

fn find(tree: &Tree) -> Vec<Place> {
    let mut places = Vec::new();
    for (file, source) in tree.rust().filter(|(file, _)| !is_excepted(HOMES, &file.path)) {
        for path in paths(source).iter().filter(|path| is_of_one_platform(path)) {
            places.push(Place::new(&file.path, path.line, format!("`{}`", path.text())));
        }
    }
    places
}

fn is_of_one_platform(path: &Named) -> bool {
    path.is_under(&["std", "os"]) || FAMILIES.iter().any(|family| path.segments[0] == *family)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_of_one_platform_is_found() {
        assert!(find(&Tree::of("crates/lab/src/a.rs", "use std::fs; let a = windows(3); x.windows(2);")).is_empty());
        for bad in ["use std::os::unix::fs::MetadataExt;", "libc::kill(a, b);", "use windows_sys::Win32;"] {
            assert_eq!(find(&Tree::of("crates/lab/src/a.rs", bad)).len(), 1, "{bad}");
            assert!(find(&Tree::of("crates/transferscope/src/interrupt.rs", bad)).is_empty(), "{bad}");
        }
    }
}
