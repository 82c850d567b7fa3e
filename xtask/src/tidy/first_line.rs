//! Rule: the first line of every Rust source says what the file is.

use super::rules::Rule;
use crate::report::Place;
use crate::tree::Tree;

/// The rule.
pub const RULE: Rule = Rule {
    rule: "every Rust source starts with a `//!` line that says what the file is",
    why: "whoever opens a file, or lists the first lines of all, knows at once whether it is the right one",
    remedy: "write `//! What this file is.` as the very first line",
    find,
};

fn find(tree: &Tree) -> Vec<Place> {
    tree.rust()
        .filter_map(|(file, source)| {
            let first = source.lines.first().map_or("", String::as_str);
            let said = first.strip_prefix("//!").is_some_and(|rest| !rest.trim().is_empty());
            (!said).then(|| Place::new(&file.path, 1, format!("the first line is `{first}`")))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_without_its_line_is_found() {
        assert!(find(&Tree::of("a.rs", "//! What it is.\nfn a() {}")).is_empty());
        for bad in ["", "fn a() {}", "\n//! Too late.", "//!", "/// Outer.", "// plain"] {
            assert_eq!(find(&Tree::of("a.rs", bad)).len(), 1, "{bad}");
        }
    }
}
