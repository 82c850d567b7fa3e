//! Rule: nothing unfinished is left in a source.

use super::rules::Rule;
use crate::report::Place;
use crate::tree::Tree;

/// The rule.
pub const RULE: Rule = Rule {
    rule: "no `todo!`, `unimplemented!`, `dbg!`, and no comment with the words TODO, FIXME or XXX",
    why: "what is unfinished is either finished now or written down where plans are kept; a note in a source is lost",
    remedy: "finish it, return an error that says what is missing, or delete it",
    find,
};

const MACROS: &[&str] = &["todo", "unimplemented", "dbg"];
const MARKS: &[&str] = &["TODO", "FIXME", "XXX"];

/// This file has to say the words it looks for.
const OWN: &str = "xtask/src/tidy/leftovers.rs";

fn find(tree: &Tree) -> Vec<Place> {
    let mut places = Vec::new();
    for (file, source) in tree.rust().filter(|(file, _)| file.path != OWN) {
        for (index, token) in source.tokens.iter().enumerate() {
            if MACROS.contains(&token.text.as_str()) && source.is(index + 1, "!") {
                places.push(Place::new(&file.path, token.line, format!("`{}!`", token.text)));
            }
        }
        for comment in &source.comments {
            let mut words = comment.text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
            if let Some(mark) = words.find(|word| MARKS.contains(word)) {
                places.push(Place::new(&file.path, comment.line, format!("a comment with `{mark}`")));
            }
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unfinished_is_found_and_strings_are_not_read() {
        assert!(find(&Tree::of("a.rs", "let a = \"TODO dbg!\"; let todo = b; // XXXL")).is_empty());
        for bad in ["todo!()", "dbg!(a)", "unimplemented!()", "// FIXME: a", "/* XXX */", "/// TODO a"] {
            assert_eq!(find(&Tree::of("a.rs", bad)).len(), 1, "{bad}");
        }
    }
}
