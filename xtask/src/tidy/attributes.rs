//! Rule: a lint is expected with a reason, never allowed.

use super::rules::Rule;
use crate::report::Place;
use crate::tree::Tree;

/// The rule.
pub const RULE: Rule = Rule {
    rule: "no `#[allow(…)]`; `#[expect(…, reason = \"…\")]` instead",
    why: "an expectation that is no longer needed becomes a warning, an allowance stays for ever",
    remedy: "write `#[expect(the_lint, reason = \"…\")]` on the smallest item, or repair what the lint says",
    find,
};

fn find(tree: &Tree) -> Vec<Place> {
    let mut places = Vec::new();
    for (file, source) in tree.rust() {
        for attribute in &source.attributes {
            let inside = source.inside(*attribute);
            let word = |place: usize, text: &str| inside.get(place).is_some_and(|token| token.text == text);
            let conditional = word(0, "cfg_attr");
            let allows = (0..inside.len())
                .any(|place| word(place, "allow") && word(place + 1, "(") && (place == 0 || conditional));
            let unreasoned = word(0, "expect") && !inside.iter().any(|token| token.text == "reason");
            if allows || unreasoned {
                let found = if allows { "`allow`" } else { "`expect` without a reason" };
                places.push(Place::new(&file.path, source.tokens[attribute.start].line, found));
            }
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_and_a_bare_expectation_are_found() {
        assert!(find(&Tree::of("a.rs", "#[expect(x, reason = \"y\")] fn a() { allow(b) } // #[allow(x)]")).is_empty());
        for bad in
            ["#[allow(x)] fn a() {}", "#![allow(x)]", "#[cfg_attr(test, allow(x))] fn a() {}", "#[expect(x)] fn a() {}"]
        {
            assert_eq!(find(&Tree::of("a.rs", bad)).len(), 1, "{bad}");
        }
    }
}
