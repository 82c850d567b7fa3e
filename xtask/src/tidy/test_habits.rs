//! Rule: a test fails by what it asserts, and runs unless it says why not.

use super::rules::Rule;
use crate::report::Place;
use crate::tree::Tree;

/// The rule.
pub const RULE: Rule = Rule {
    rule: "no `#[should_panic]`, and no `#[ignore]` without a reason",
    why: "bad input never panics here, so a test looks at the error; a test that is skipped in silence protects nothing",
    remedy: "match on the error that is returned; write `#[ignore = \"why, and how to run it\"]`",
    find,
};

fn find(tree: &Tree) -> Vec<Place> {
    let mut places = Vec::new();
    for (file, source) in tree.rust() {
        for attribute in &source.attributes {
            let inside = source.inside(*attribute);
            let first = inside.first().map_or("", |token| token.text.as_str());
            if first == "should_panic" || (first == "ignore" && inside.len() == 1) {
                let line = source.tokens[attribute.start].line;
                places.push(Place::new(&file.path, line, format!("`#[{first}]`")));
            }
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_panics_or_is_skipped_in_silence_is_found() {
        assert!(find(&Tree::of("a.rs", "#[test]\n#[ignore = \"takes an hour\"]\nfn a() {}")).is_empty());
        for bad in [
            "#[test]\n#[ignore]\nfn a() {}",
            "#[test]\n#[should_panic]\nfn a() {}",
            "#[should_panic(expected = \"a\")] fn a() {}",
        ] {
            assert_eq!(find(&Tree::of("a.rs", bad)).len(), 1, "{bad}");
        }
    }
}
