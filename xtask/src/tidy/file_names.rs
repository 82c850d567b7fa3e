//! Rule: no file or folder has a name that fits everything.

use super::rules::Rule;
use crate::report::Place;
use crate::tree::Tree;

/// The rule.
pub const RULE: Rule = Rule {
    rule: "no file or folder is named utils, helpers, common, misc or base",
    why: "such a name says nothing in an editor tab and collects whatever has no home",
    remedy: "name it after the one concept it holds, or move its parts to the concepts that use them",
    find,
};

const NAMES: &[&str] = &["util", "utils", "helper", "helpers", "common", "misc", "base"];

fn find(tree: &Tree) -> Vec<Place> {
    let mut places = Vec::new();
    for file in &tree.files {
        for part in file.path.split('/') {
            let stem = part.split('.').find(|piece| !piece.is_empty()).unwrap_or(part);
            if NAMES.contains(&stem.to_lowercase().as_str()) {
                places.push(Place::new(&file.path, 0, format!("is, or lies in, `{part}`")));
            }
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_fits_everything_is_found() {
        assert!(find(&Tree::of("crates/lab/src/baseline.rs", "")).is_empty());
        for bad in ["src/utils.rs", "tests/common/mod.rs", "scripts/Helpers.py", "a/base.rs", "a/misc.toml"] {
            assert_eq!(find(&Tree::of(bad, "")).len(), 1, "{bad}");
        }
    }
}
