//! The paths a Rust source names (`std::fs::read`), with `use` trees spelled out.

use super::source::{Kind, Source};

/// A path with at least two segments, or one that is imported.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    /// `["std", "fs", "read"]`; a glob is `*`.
    pub segments: Vec<String>,
    /// Where its last segment stands, counted from 1.
    pub line: usize,
    /// True inside an item that exists for tests only.
    pub in_test: bool,
}

impl Named {
    /// True when the path is `prefix` or lies below it.
    pub fn is_under(&self, prefix: &[&str]) -> bool {
        self.segments.len() >= prefix.len() && self.segments.iter().zip(prefix).all(|(own, other)| own == other)
    }

    /// The path as it is written.
    pub fn text(&self) -> String {
        self.segments.join("::")
    }

    /// True when the first segment is this crate or one of its family (`burn`, `burn_tensor`).
    pub fn is_of_family(&self, family: &str) -> bool {
        self.segments.first().is_some_and(|first| {
            first.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        })
    }
}

/// Every path in the order of the text.
pub fn paths(source: &Source) -> Vec<Named> {
    let mut found = Vec::new();
    let mut place = 0;
    while place < source.tokens.len() {
        let token = &source.tokens[place];
        if token.kind != Kind::Word || source.is(place.wrapping_sub(1), ".") {
            place += 1;
        } else if token.text == "use" && !source.is(place + 1, "<") {
            place = use_tree(source, place + 1, &[], &mut found);
        } else if token.text == "extern" && source.is(place + 1, "crate") {
            place = use_tree(source, place + 2, &[], &mut found);
        } else {
            place = plain_path(source, place, &mut found);
        }
    }
    found
}

/// True when `::` stands at `place`.
fn is_separator(source: &Source, place: usize) -> bool {
    source.is(place, ":") && source.is(place + 1, ":")
}

/// Reads `a::b::c` at `place`; returns the place behind it.
fn plain_path(source: &Source, place: usize, found: &mut Vec<Named>) -> usize {
    // `Vec::<u8>::new`: what follows `>::` continues a path whose head was seen before.
    let continues = place >= 3 && is_separator(source, place - 2) && source.is(place - 3, ">");
    let mut segments = vec![source.tokens[place].text.clone()];
    let mut last = place;
    while is_separator(source, last + 1) && source.tokens.get(last + 3).is_some_and(|token| token.kind == Kind::Word) {
        last += 3;
        segments.push(source.tokens[last].text.clone());
    }
    if segments.len() > 1 && !continues {
        found.push(named(source, segments, last));
    }
    last + 1
}

/// Reads one branch of a `use` tree at `place`; returns the place behind it.
fn use_tree(source: &Source, mut place: usize, prefix: &[String], found: &mut Vec<Named>) -> usize {
    let mut segments = prefix.to_vec();
    while place < source.tokens.len() {
        let token = &source.tokens[place];
        if source.is(place, "{") {
            place += 1;
            while place < source.tokens.len() && !source.is(place, "}") {
                place = if source.is(place, ",") { place + 1 } else { use_tree(source, place, &segments, found) };
            }
            return place + 1;
        }
        if token.text == "as" {
            place += 2;
        } else if token.kind == Kind::Word || token.text == "*" {
            segments.push(token.text.clone());
            place += 1;
        } else if token.text == ":" {
            place += 1;
        } else {
            break;
        }
    }
    found.push(named(source, segments, place.saturating_sub(1)));
    // A branch that starts with something unexpected must still move on.
    if source.is(place, ",") || source.is(place, "}") { place } else { place + 1 }
}

fn named(source: &Source, segments: Vec<String>, last: usize) -> Named {
    let token = &source.tokens[last.min(source.tokens.len() - 1)];
    Named { segments, line: token.line, in_test: token.in_test }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(code: &str) -> Vec<String> {
        paths(&Source::new("a.rs", code)).iter().map(Named::text).collect()
    }

    #[test]
    fn use_trees_are_spelled_out() {
        assert_eq!(
            texts("use std::{fs, io::{self, Read as R}, time::*}; pub use burn;"),
            ["std::fs", "std::io::self", "std::io::Read", "std::time::*", "burn"]
        );
        assert_eq!(texts("extern crate clap as c; use ::std::env;"), ["clap", "std::env"]);
    }

    #[test]
    fn paths_in_code_are_whole_and_start_at_their_head() {
        assert_eq!(
            texts("let a: ::std::fs::File = Vec::<u8>::burn::x(); b.burn(c::d); single"),
            ["std::fs::File", "c::d"]
        );
        assert_eq!(texts("#[derive(clap::Parser)] struct A;"), ["clap::Parser"]);
        assert_eq!(texts("fn f() -> impl use<'a> + x::Y {}"), ["x::Y"]);
    }

    #[test]
    fn a_family_is_a_name_and_its_underscored_relatives() {
        let all = paths(&Source::new("a.rs", "burn::a; burn_tensor::a; burner::a; x::burn"));
        assert_eq!(all.iter().map(|path| path.is_of_family("burn")).collect::<Vec<_>>(), [true, true, false, false]);
        assert!(all[3].is_under(&["x"]) && !all[3].is_under(&["x", "burn", "y"]));
    }
}
