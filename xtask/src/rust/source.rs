//! One Rust source cut into tokens by the compiler's own lexer, so that no rule trips over a string or a comment.

use ra_ap_rustc_lexer::{FrontmatterAllowed, TokenKind, strip_shebang, tokenize};

/// What a token is, as far as the rules care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An identifier or keyword; raw identifiers lose their `r#`.
    Word,
    /// A number, character or string.
    Literal,
    /// One character of punctuation.
    Sign,
}

/// One token that is not a comment or white space.
#[derive(Debug)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its text.
    pub text: String,
    /// Its line, counted from 1.
    pub line: usize,
    /// True inside an item that exists for tests only.
    pub in_test: bool,
}

/// A comment, documentation included.
#[derive(Debug)]
pub struct Comment {
    /// Its text with the slashes.
    pub text: String,
    /// The line it starts on, counted from 1.
    pub line: usize,
}

/// An attribute, `#[…]` or `#![…]`.
#[derive(Debug, Clone, Copy)]
pub struct Attribute {
    /// Place of the `#` among the tokens.
    pub start: usize,
    /// Place of the closing bracket.
    pub end: usize,
    /// True for `#![…]`.
    pub inner: bool,
}

/// A Rust source.
#[derive(Debug)]
pub struct Source {
    /// Its lines as written.
    pub lines: Vec<String>,
    /// Its tokens.
    pub tokens: Vec<Token>,
    /// Its comments.
    pub comments: Vec<Comment>,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
}

impl Source {
    /// Cuts `text` into tokens; `path` tells whether the whole file is a test, example or benchmark.
    pub fn new(path: &str, text: &str) -> Self {
        let lines = text.lines().map(str::to_owned).collect();
        let mut source = Self { lines, tokens: Vec::new(), comments: Vec::new(), attributes: Vec::new() };
        let in_test = is_test_path(path);
        let mut start = strip_shebang(text).unwrap_or(0);
        let mut line = 1 + newlines(&text[..start]);
        for token in tokenize(&text[start..], FrontmatterAllowed::No) {
            let end = start + token.len as usize;
            let piece = &text[start..end];
            let kind = match token.kind {
                TokenKind::LineComment { .. } | TokenKind::BlockComment { .. } => {
                    source.comments.push(Comment { text: piece.to_owned(), line });
                    None
                }
                TokenKind::Whitespace | TokenKind::Lifetime { .. } | TokenKind::RawLifetime | TokenKind::Eof => None,
                TokenKind::Ident | TokenKind::RawIdent => Some(Kind::Word),
                TokenKind::Literal { .. } => Some(Kind::Literal),
                _ => Some(Kind::Sign),
            };
            if let Some(kind) = kind {
                let text = piece.strip_prefix("r#").filter(|_| kind == Kind::Word).unwrap_or(piece).to_owned();
                source.tokens.push(Token { kind, text, line, in_test });
            }
            line += newlines(piece);
            start = end;
        }
        source.attributes = attributes(&source.tokens);
        source.mark_tests();
        source
    }

    /// True when the token at `place` is this word or sign; false past the end.
    pub fn is(&self, place: usize, text: &str) -> bool {
        self.tokens.get(place).is_some_and(|token| token.kind != Kind::Literal && token.text == text)
    }

    /// The tokens between the brackets of an attribute.
    pub fn inside(&self, attribute: Attribute) -> &[Token] {
        let open = attribute.start + if attribute.inner { 2 } else { 1 };
        &self.tokens[open + 1..attribute.end]
    }

    /// Marks the tokens of every item behind `#[test]` or `#[cfg(test)]`.
    fn mark_tests(&mut self) {
        for place in 0..self.attributes.len() {
            let attribute = self.attributes[place];
            if !is_test_attribute(self.inside(attribute)) {
                continue;
            }
            let last = if attribute.inner { self.tokens.len() } else { self.item_end(attribute.end + 1) };
            for token in &mut self.tokens[attribute.start..last] {
                token.in_test = true;
            }
        }
    }

    /// The place after the item that starts at `place`: behind its `;`, or behind the brace that closes its body.
    fn item_end(&self, place: usize) -> usize {
        let mut depth = 0_usize;
        for (index, token) in self.tokens.iter().enumerate().skip(place) {
            if token.kind != Kind::Sign {
                continue;
            }
            match token.text.as_str() {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" => depth = depth.saturating_sub(1),
                "}" => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return index + 1;
                    }
                }
                ";" if depth == 0 => return index + 1,
                _ => {}
            }
        }
        self.tokens.len()
    }
}

fn newlines(text: &str) -> usize {
    text.matches('\n').count()
}

/// True for what cargo or a `mod tests;` only compiles for tests, examples and benchmarks.
pub fn is_test_path(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.split('/').any(|folder| matches!(folder, "tests" | "examples" | "benches"))
}

/// True for `test`, and for a `cfg` that asks for `test`.
fn is_test_attribute(inside: &[Token]) -> bool {
    let has = |word: &str| inside.iter().any(|token| token.kind == Kind::Word && token.text == word);
    match inside {
        [only] => only.text == "test",
        [first, ..] => first.text == "cfg" && has("test") && !has("not"),
        [] => false,
    }
}

/// Every attribute with its brackets matched.
fn attributes(tokens: &[Token]) -> Vec<Attribute> {
    let sign = |place: usize, text: &str| {
        tokens.get(place).is_some_and(|token| token.kind == Kind::Sign && token.text == text)
    };
    let mut found = Vec::new();
    for start in 0..tokens.len() {
        if !sign(start, "#") {
            continue;
        }
        let inner = sign(start + 1, "!");
        let open = start + if inner { 2 } else { 1 };
        if !sign(open, "[") {
            continue;
        }
        let mut depth = 0_usize;
        for end in open..tokens.len() {
            if sign(end, "[") {
                depth += 1;
            } else if sign(end, "]") {
                depth -= 1;
                if depth == 0 {
                    found.push(Attribute { start, end, inner });
                    break;
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_comments_are_not_code() {
        let source = Source::new("a.rs", "//! one\nlet x = \"println!\"; // two\nlet y = r#\"a\nb\"#;\nz");
        let words: Vec<(&str, usize)> = source
            .tokens
            .iter()
            .filter(|token| token.kind == Kind::Word)
            .map(|token| (token.text.as_str(), token.line))
            .collect();
        assert_eq!(words, [("let", 2), ("x", 2), ("let", 3), ("y", 3), ("z", 5)]);
        let comments: Vec<(&str, usize)> =
            source.comments.iter().map(|comment| (comment.text.as_str(), comment.line)).collect();
        assert_eq!(comments, [("//! one", 1), ("// two", 2)]);
    }

    #[test]
    fn what_is_behind_cfg_test_is_marked_and_nothing_else() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests { fn b([u8; 2]) {} }\n#[cfg(not(test))]\nfn c() {}\n#[test]\nfn d() {}\nfn e() {}";
        let source = Source::new("a.rs", text);
        let marked: Vec<&str> = source
            .tokens
            .iter()
            .filter(|token| token.in_test && token.text.len() == 1 && token.kind == Kind::Word)
            .map(|token| token.text.as_str())
            .collect();
        assert_eq!(marked, ["b", "d"]);
        assert!(Source::new("crates/lab/tests/a.rs", "fn a() {}").tokens.iter().all(|token| token.in_test));
    }
}
