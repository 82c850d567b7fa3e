//! What a study of sentences has that one of images has not, and the other way round.

use std::path::Path;

use transferscope_lab::text::VocabularyRules;
use transferscope_network::zoo::text::{find_text, text_architectures};

use super::{
    DataPlace, PretrainedPlace, Problem, Study, TextReading,
    error::unknown_word,
    network_sketch::text_settings,
    study_file::{NetworkFile, StudyFile},
};

/// Words of a text that networks are fed where nothing is said: enough for a sentence.
const LENGTH: usize = 64;

/// What a study of sentences has: how they are read, and networks from folders.
pub(super) struct TextSide {
    pub reading: TextReading,
    pub pretrained: Vec<PretrainedPlace>,
}

/// How sentences are read, where the study is one of sentences.
pub(super) fn text_side(file: &StudyFile, root: &Path) -> Result<Option<TextSide>, Problem> {
    let Some(text) = &file.text else { return Ok(None) };
    let mut pretrained: Vec<PretrainedPlace> = Vec::new();
    for (place, one) in text.pretrained.iter().enumerate() {
        let key = format!("text.pretrained.{place}");
        let taken = find_text(&one.name).is_ok() || pretrained.iter().any(|other| other.name == one.name);
        if taken || one.name.is_empty() {
            let message = format!("expected a name that neither the zoo nor another has, found `{}`", one.name);
            return Err(Problem::at(format!("{key}.name"), message));
        }
        pretrained.push(PretrainedPlace { name: one.name.clone(), path: root.join(&one.folder) });
    }
    let rules = VocabularyRules::default();
    let reading = TextReading {
        length: text.length.unwrap_or(LENGTH),
        vocabulary: VocabularyRules {
            smallest_count: text.min_count.unwrap_or(rules.smallest_count),
            most_words: text.words.unwrap_or(rules.most_words),
        },
    };
    for (key, number) in [("text.length", reading.length), ("text.words", reading.vocabulary.most_words)] {
        if number == 0 {
            return Err(Problem::at(key, "expected a whole number from 1, found 0"));
        }
    }
    Ok(Some(TextSide { reading, pretrained }))
}

/// The family of a text network, checked with its width.
pub(super) fn architecture(
    key: &str,
    name: &str,
    width: Option<f64>,
    side: &TextSide,
) -> Result<(String, f64), Problem> {
    if side.pretrained.iter().any(|one| one.name == name) {
        return match width {
            None => Ok((name.to_owned(), 1.0)),
            Some(_) => {
                Err(Problem::at(format!("{key}.width"), "the network of a folder has its width: leave this out"))
            }
        };
    }
    let zoo = text_architectures().iter().map(|architecture| architecture.name);
    let known: Vec<&str> = zoo.chain(side.pretrained.iter().map(|one| one.name.as_str())).collect();
    let architecture =
        find_text(name).map_err(|_| Problem::at(format!("{key}.network"), unknown_word(name, &known)))?;
    let width = width.unwrap_or(1.0);
    // Two classes and two words are enough to find out whether the settings make a network.
    let settings = text_settings(&side.reading, width, 2, 2, 0);
    architecture.build(&settings).map_err(|error| Problem::at(format!("{key}.width"), error))?;
    Ok((architecture.family.to_owned(), width))
}

/// Refuses what is done to images alone.
pub(super) fn refuse_transforms(key: &str, network: &NetworkFile) -> Result<(), Problem> {
    let typed = [
        ("fraction", network.fraction.is_some()),
        ("label_noise", network.label_noise.is_some()),
        ("permuted_pixels", network.permuted_pixels),
    ];
    match typed.iter().find(|(_, typed)| *typed) {
        None => Ok(()),
        Some((word, _)) => Err(Problem::at(
            format!("{key}.{word}"),
            "this is done to images; of sentences `training.images` takes a part",
        )),
    }
}

/// That all data are sentences, and the attack one on words; or that none is.
pub(super) fn same_medium(study: &Study) -> Result<(), Problem> {
    let texts = study.reading.is_some();
    let places = study.sources.iter().map(|source| &source.data).chain(study.tasks.iter().map(|task| &task.data));
    let wrong = |place: &&DataPlace| place.is_text() != texts;
    if let Some(place) = places.into_iter().find(wrong) {
        let message = match texts {
            true => format!("a study of sentences ([text]) needs text:PATH, found '{}'", place.data),
            false => format!("'{}' are sentences: add the table [text], which makes the study one of them", place.data),
        };
        return Err(Problem::at(place.key.clone(), message));
    }
    match (texts, study.attack.on_words.is_some()) {
        (true, false) => Err(Problem::at(
            "attack.kind",
            "networks of different vocabularies share no pixels and no vectors; take `hotflip` or `t3`, which change words",
        )),
        (false, true) => Err(Problem::at("attack.kind", "images have no words; take `fgsm` or `pgd`")),
        _ => Ok(()),
    }
}
