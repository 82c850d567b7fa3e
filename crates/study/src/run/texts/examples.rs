//! The cell of a few texts: one network attacked, the words that changed, and what every network said before and after.

use transferscope_lab::{
    data::text::TextSet,
    objective::prediction,
    text::{ChangedText, TextSubject},
};

use super::pair::changed_words;
use crate::{
    plan::AttackSettings,
    records::{Piece, Said, TextExample, TextExamples},
    run::{RunError, means::Means},
};

/// Texts shown of each class, and classes shown.
const TEXTS: usize = 2;
const CLASSES: usize = 4;

/// Who reads the texts.
pub(super) struct Onlooker<'a> {
    pub name: String,
    pub reference: bool,
    pub subject: &'a TextSubject,
}

/// The first texts of each of the first classes, attacked on one network at one budget.
pub(super) fn examples(
    cell: &str,
    attacked: (&str, &TextSubject),
    onlookers: &[Onlooker<'_>],
    texts: &TextSet,
    settings: &AttackSettings,
    eps: usize,
    means: Means<'_>,
) -> Result<TextExamples, RunError> {
    let of_class = |class: usize| {
        let own = texts.labels().iter().enumerate().filter(move |(_, label)| **label as usize == class);
        own.map(|(place, _)| place).take(TEXTS)
    };
    let shown: Vec<usize> = (0..texts.class_names().len().min(CLASSES)).flat_map(of_class).collect();
    let chosen = texts.select(&shown).map_err(|error| RunError::text(cell, error.into()))?;
    let changed = changed_words(cell, attacked.1, &chosen, settings, eps, means.threads, means.events)?;
    let after: Vec<String> = changed.iter().map(|text| text.after.clone()).collect();
    let mut said: Vec<Vec<Said>> = vec![Vec::new(); chosen.len()];
    for onlooker in onlookers {
        let names = onlooker.subject.subject().class_names().unwrap_or_default();
        let class = |logits: &[f64]| {
            let place = prediction(logits);
            names.get(place).cloned().unwrap_or_else(|| place.to_string())
        };
        let (before, now) = (onlooker.subject.read(chosen.texts())?, onlooker.subject.read(&after)?);
        for (row, said) in said.iter_mut().enumerate() {
            said.push(Said {
                network: onlooker.name.clone(),
                reference: onlooker.reference,
                clean: class(before.row(row)),
                perturbed: class(now.row(row)),
            });
        }
    }
    let texts = changed
        .iter()
        .zip(said)
        .enumerate()
        .map(|(row, (text, said))| TextExample {
            id: text.id,
            label: chosen.class_names()[chosen.labels()[row] as usize].clone(),
            pieces: pieces(text, attacked.1),
            fooled: text.fooled,
            said,
        })
        .collect();
    Ok(TextExamples {
        attacked: attacked.0.to_owned(),
        share: settings.eps.get(eps).map_or_else(String::new, |(text, _)| text.clone()),
        texts,
    })
}

/// The text in pieces: what stayed, and words with what stands in their place now.
fn pieces(text: &ChangedText, subject: &TextSubject) -> Vec<Piece> {
    let spans = subject.tokenizer().encode(&text.before, subject.length()).spans;
    let mut words: Vec<_> = text.words.iter().collect();
    words.sort_by_key(|word| word.place);
    let (mut pieces, mut end) = (Vec::new(), 0);
    for word in words {
        let Some(span) = spans.get(word.place).cloned().flatten() else { continue };
        pieces.push(Piece { before: text.before[end..span.start].to_owned(), after: None });
        pieces.push(Piece { before: text.before[span.clone()].to_owned(), after: Some(word.after.clone()) });
        end = span.end;
    }
    pieces.push(Piece { before: text.before[end..].to_owned(), after: None });
    pieces.retain(|piece| !piece.before.is_empty());
    pieces
}
