//! Rule: a long file says why it is long.

use super::rules::Rule;
use crate::report::Place;
use crate::tree::Tree;

/// The rule.
pub const RULE: Rule = Rule {
    rule: "a Rust source above 400 lines says why in its first 15 lines: `//! Long because …`",
    why: "one concept per file keeps each readable at one sitting; a list that belongs together may be longer",
    remedy: "split it by concept, or add the line `//! Long because …` with the reason",
    find,
};

const LINES: usize = 400;
const HEAD: usize = 15;

fn find(tree: &Tree) -> Vec<Place> {
    tree.rust()
        .filter(|(_, source)| source.lines.len() > LINES && !source.lines.iter().take(HEAD).any(|line| is_reason(line)))
        .map(|(file, source)| Place::new(&file.path, LINES + 1, format!("{} lines and no reason", source.lines.len())))
        .collect()
}

fn is_reason(line: &str) -> bool {
    line.strip_prefix("//! Long because").is_some_and(|rest| !rest.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_without_a_reason_is_found() {
        let body = "\n".repeat(LINES);
        assert!(find(&Tree::of("a.rs", &body)).is_empty());
        assert_eq!(find(&Tree::of("a.rs", &format!("//! Doc.\n{body}"))).len(), 1);
        assert_eq!(find(&Tree::of("a.rs", &format!("//! Doc.\n//! Long because\n{body}"))).len(), 1);
        assert!(find(&Tree::of("a.rs", &format!("//! Doc.\n//! Long because it is a table.\n{body}"))).is_empty());
        assert_eq!(find(&Tree::of("a.rs", &format!("{body}//! Long because it is a table.\n"))).len(), 1);
    }
}
