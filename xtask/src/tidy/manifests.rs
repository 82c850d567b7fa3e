//! Rule: every crate takes the lints of the workspace.

use super::rules::Rule;
use crate::report::Place;
use crate::tree::Tree;

/// The rule.
pub const RULE: Rule = Rule {
    rule: "every crate's Cargo.toml says `[lints]` and `workspace = true`",
    why: "a crate that forgets it is silently exempt from every lint",
    remedy: "add the two lines to its Cargo.toml",
    find,
};

fn find(tree: &Tree) -> Vec<Place> {
    tree.files
        .iter()
        .filter(|file| is_member(&file.path))
        .filter(|file| !file.text.as_deref().is_some_and(inherits))
        .map(|file| Place::new(&file.path, 0, "takes no lints from the workspace"))
        .collect()
}

/// True for `xtask/Cargo.toml` and `crates/NAME/Cargo.toml`.
fn is_member(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(parts.as_slice(), ["xtask", "Cargo.toml"] | ["crates", _, "Cargo.toml"])
}

fn inherits(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim);
    lines.any(|line| line == "[lints]") && lines.next() == Some("workspace = true")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_without_the_lints_is_found() {
        assert!(find(&Tree::of("crates/a/Cargo.toml", "[package]\n[lints]\nworkspace = true\n")).is_empty());
        assert!(find(&Tree::of("Cargo.toml", "[workspace]")).is_empty());
        assert_eq!(find(&Tree::of("crates/a/Cargo.toml", "[package]\n")).len(), 1);
        assert_eq!(find(&Tree::of("xtask/Cargo.toml", "[lints]\n[dependencies]\n")).len(), 1);
    }
}
