//! Rule: only the binary and the report write text for people.

use super::rules::{Exception, Rule, is_excepted};
use crate::report::Place;
use crate::tree::Tree;

/// The rule.
pub const RULE: Rule = Rule {
    rule: "`println!` and `print!` only in crates/transferscope, xtask, examples and crates/study/src/report",
    why: "`--json` promises one document on the standard output and nothing else; a library that prints breaks it",
    remedy: "return the value, or emit an event that the binary draws; a test that skips says so with `eprintln!`",
    find,
};

const HOMES: &[Exception] = &[
    Exception { path: "crates/transferscope/", reason: "the binary is what talks to people" },
    Exception { path: "crates/study/src/report/", reason: "turns records into text" },
    Exception { path: "xtask/", reason: "talks to whoever runs the check" },
];

fn find(tree: &Tree) -> Vec<Place> {
    let mut places = Vec::new();
    for (file, source) in tree.rust() {
        // A build script speaks to cargo through its standard output.
        let speaks = file.name() == "build.rs" || file.path.split('/').any(|folder| folder == "examples");
        if speaks || is_excepted(HOMES, &file.path) {
            continue;
        }
        for (index, token) in source.tokens.iter().enumerate() {
            if matches!(token.text.as_str(), "println" | "print") && source.is(index + 1, "!") {
                places.push(Place::new(&file.path, token.line, format!("`{}!`", token.text)));
            }
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_prints_is_found() {
        assert!(find(&Tree::of("crates/lab/src/a.rs", "/// println!(x)\nlet a = \"print!\"; eprintln!();")).is_empty());
        for bad in ["println!();", "std::print!(\"a\");"] {
            assert_eq!(find(&Tree::of("crates/lab/src/a.rs", bad)).len(), 1, "{bad}");
            assert_eq!(find(&Tree::of("crates/study/src/run.rs", bad)).len(), 1, "{bad}");
            for home in ["crates/transferscope/src/a.rs", "crates/lab/examples/a.rs", "crates/study/src/report/a.rs"] {
                assert!(find(&Tree::of(home, bad)).is_empty(), "{home}");
            }
        }
    }
}
