//! Where a key stands in the text of a study.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// The byte at which the value of a key starts, or at which the deepest part of the key that is there starts.
///
/// A key is words joined by dots; an element of an array is named by its number or by its `name`.
#[must_use]
pub(super) fn offset(text: &str, key: &str) -> Option<usize> {
    let table = DeTable::parse(text).ok()?;
    let mut place = None;
    let mut here = At::Table(table.get_ref());
    for word in words(key) {
        let Some((start, next)) = step(here, &word) else { break };
        place = Some(start);
        here = next;
    }
    place
}

/// Line and column, from 1, of a byte.
#[must_use]
pub(super) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(offset.min(text.len()))];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |rest| rest.chars().count()) + 1;
    (line, column)
}

/// The words of a key; a quoted word may hold dots.
#[must_use]
pub(super) fn words(key: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for letter in key.chars() {
        match letter {
            '"' => quoted = !quoted,
            '.' if !quoted => words.push(String::new()),
            other => {
                if let Some(word) = words.last_mut() {
                    word.push(other);
                }
            }
        }
    }
    words
}

#[derive(Clone, Copy)]
enum At<'a, 'i> {
    Table(&'a DeTable<'i>),
    Value(&'a DeValue<'i>),
}

fn step<'a, 'i>(here: At<'a, 'i>, word: &str) -> Option<(usize, At<'a, 'i>)> {
    let found = |value: &'a Spanned<DeValue<'i>>| (value.span().start, At::Value(value.get_ref()));
    match here {
        At::Table(table) | At::Value(DeValue::Table(table)) => {
            let (key, value) = table.iter().find(|(key, _)| key.get_ref() == word)?;
            // The value of a dotted or bracketed table has no text of its own; its key has.
            let (start, next) = found(value);
            Some((if matches!(next, At::Value(DeValue::Table(_))) { key.span().start } else { start }, next))
        }
        At::Value(DeValue::Array(array)) => {
            let named = |value: &&Spanned<DeValue<'i>>| match value.get_ref() {
                DeValue::Table(table) => table.iter().any(|(key, value)| {
                    key.get_ref() == "name" && matches!(value.get_ref(), DeValue::String(name) if name == word)
                }),
                DeValue::String(text) => text == word,
                _ => false,
            };
            let index = word.parse::<usize>().ok().and_then(|index| array.get(index));
            array.iter().find(named).or(index).map(found)
        }
        At::Value(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_through_tables_and_named_elements() {
        let text = "a = 1\n[b]\nc = [\"x\", \"yy\"]\n[[b.d]]\nname = \"e\"\nf = 2\n";
        let place = |key: &str| offset(text, key).map(|offset| line_and_column(text, offset));
        assert_eq!(place("a"), Some((1, 5)));
        assert_eq!(place("b.c.1"), Some((3, 11)));
        assert_eq!(place("b.c.yy"), Some((3, 11)));
        assert_eq!(place("b.d.e.f"), Some((6, 5)));
        // What is not there is shown at the deepest part that is.
        assert_eq!(place("b.d.e.g").map(|(line, _)| line), Some(4));
        assert_eq!(place("z"), None);
    }
}
