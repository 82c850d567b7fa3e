//! Rule: no randomness without a seed argument, and no date in a library.

use super::rules::{Exception, Rule, is_excepted};
use crate::report::Place;
use crate::tree::Tree;

/// The rule.
pub const RULE: Rule = Rule {
    rule: "no generator seeded by the system, no seed from the clock; `SystemTime` only where a date is shown or recorded",
    why: "the same seed gives the same bits: a number that cannot be repeated is not a result",
    remedy: "take a seed as an argument and build `ChaCha8Rng::seed_from_u64(seed)` or a named stream of it",
    find,
};

/// Names of `rand` and its kin that draw from the system.
const SYSTEM: &[&str] = &[
    "thread_rng",
    "ThreadRng",
    "OsRng",
    "SysRng",
    "from_entropy",
    "from_os_rng",
    "try_from_os_rng",
    "getrandom",
    "make_rng",
];
const CLOCK: &[&str] = &["SystemTime", "UNIX_EPOCH"];

const DATES: &[Exception] = &[
    Exception { path: "crates/transferscope/", reason: "the binary may tell a library what the date is" },
    Exception { path: "xtask/", reason: "no result comes from here" },
];

fn find(tree: &Tree) -> Vec<Place> {
    let mut places = Vec::new();
    for (file, source) in tree.rust() {
        for (index, token) in source.tokens.iter().enumerate() {
            let text = token.text.as_str();
            // `rand::rng()` and `rand::random()`: one path of three tokens behind the crate's name.
            let drawn = matches!(text, "rng" | "random")
                && source.is(index.wrapping_sub(1), ":")
                && source.is(index.wrapping_sub(3), "rand");
            let dated = CLOCK.contains(&text)
                && (!is_excepted(DATES, &file.path) || source.lines[token.line - 1].to_lowercase().contains("seed"));
            if drawn || dated || SYSTEM.contains(&text) {
                places.push(Place::new(&file.path, token.line, format!("`{text}`")));
            }
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_without_a_seed_is_found() {
        let good = "use rand::{Rng, SeedableRng};\nlet rng = ChaCha8Rng::seed_from_u64(seed); rng.random::<f64>(); Instant::now();";
        assert!(find(&Tree::of("crates/lab/src/a.rs", good)).is_empty());
        for bad in
            ["let r = rand::rng();", "let r: f64 = rand::random();", "thread_rng()", "let seed = SystemTime::now();"]
        {
            assert_eq!(find(&Tree::of("crates/lab/src/a.rs", bad)).len(), 1, "{bad}");
            assert_eq!(find(&Tree::of("crates/transferscope/src/a.rs", bad)).len(), 1, "{bad}");
        }
        let date = "let date = SystemTime::now();";
        assert_eq!(find(&Tree::of("crates/study/src/a.rs", date)).len(), 1);
        assert!(find(&Tree::of("crates/transferscope/src/a.rs", date)).is_empty());
    }
}
