//! Rule: `mod.rs` is a table of contents.

use super::rules::Rule;
use crate::report::Place;
use crate::rust::source::{Kind, Source};
use crate::tree::Tree;

/// The rule.
pub const RULE: Rule = Rule {
    rule: "`mod.rs` holds documentation, attributes, `mod x;` and `use …;` only",
    why: "logic in a file called mod.rs is found by nobody, and the folder loses its table of contents",
    remedy: "move the item to a file named after what it is, and re-export it here if it is public",
    find,
};

fn find(tree: &Tree) -> Vec<Place> {
    let mut places = Vec::new();
    for (file, source) in tree.rust() {
        if file.name() == "mod.rs"
            && let Some(place) = first_other_item(source)
        {
            let token = &source.tokens[place];
            places.push(Place::new(&file.path, token.line, format!("an item that starts with `{}`", token.text)));
        }
    }
    places
}

/// The token that starts the first item which is neither `mod x;` nor `use …;`.
fn first_other_item(source: &Source) -> Option<usize> {
    let mut place = 0;
    while place < source.tokens.len() {
        if let Some(attribute) = source.attributes.iter().find(|attribute| attribute.start == place) {
            place = attribute.end + 1;
            continue;
        }
        let start = place;
        if source.is(place, "pub") {
            place += 1;
            if source.is(place, "(") {
                place += 1 + source.tokens[place..].iter().position(|token| token.text == ")")?;
            }
        }
        let is_module = source.is(place, "mod")
            && source.tokens.get(place + 1).is_some_and(|token| token.kind == Kind::Word)
            && source.is(place + 2, ";");
        if !is_module && !source.is(place, "use") {
            return Some(start);
        }
        while place < source.tokens.len() && !source.is(place, ";") {
            place += 1;
        }
        place += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_but_a_table_of_contents_is_found() {
        let good =
            "//! Doc.\n#![warn(x)]\nmod a;\n#[cfg(test)]\nmod b;\npub(crate) mod c;\nuse d::{e, f};\npub use g;\n";
        assert!(find(&Tree::of("a/mod.rs", good)).is_empty());
        assert!(find(&Tree::of("a/other.rs", "fn a() {}")).is_empty());
        for bad in ["mod a;\nfn b() {}", "mod a;\nmod b { }", "mod a;\npub struct B;", "mod a;\nconst B: u8 = 1;"] {
            let places = find(&Tree::of("a/mod.rs", bad));
            assert_eq!(places.len(), 1, "{bad}");
            assert_eq!(places[0].line, 2, "{bad}");
        }
    }
}
