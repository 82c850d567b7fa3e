//! Text networks and what attacks on words did, as text.

use transferscope_lab::data::text::TextInspection;
use transferscope_lab::text::ChangedText;
use transferscope_study::measurement::{Settings, WordSuccess};

use super::{
    measured::{attack, direction, network, sentences},
    number::{count, estimate, percent, share, table},
    trained::epochs,
};
use crate::commands::text::{TextAttackRecord, TextMeasurement, TextRunRecord, TextTrainingRecord};

/// The text networks of the zoo.
pub fn text_networks(rows: &[[&str; 3]]) -> String {
    let mut all = vec![["name", "family", "about"].map(str::to_owned).to_vec()];
    all.extend(rows.iter().map(|row| row.map(str::to_owned).to_vec()));
    format!(
        "{}\n\nSettings: #length=64&width=64&seed=0; bert also layers=2&heads=4&hidden=256&pooling=mean (or first). \
         A folder that `transferscope text train` wrote, or one of Hugging Face's BERT family, is a network too.",
        table(&all)
    )
}

/// A set of sentences.
pub fn text_inspection(found: &TextInspection) -> String {
    let classes: Vec<String> = found.classes.iter().map(|(name, number)| format!("{name} {number}")).collect();
    let [fewest, median, tenths, most] = found.words;
    let mut lines = vec![
        format!("{}: {} texts, {} different words", found.name, count(found.count), count(found.different_words)),
        format!("classes: {}", classes.join(", ")),
        format!("words a text: from {fewest} to {most}, median {median}, nine tenths have at most {tenths}"),
    ];
    if found.without_words > 0 {
        lines.push(format!("texts without a word: {}", found.without_words));
    }
    if found.bad_lines.count > 0 {
        lines.push(format!("lines that could not be used: {} ({})", found.bad_lines.count, found.bad_lines.named()));
    }
    lines.push(format!("sha256 {}", found.sha256));
    lines.join("\n")
}

/// What a training gave.
pub fn text_trained(record: &TextTrainingRecord) -> String {
    let mut lines = vec![
        format!(
            "{} ({} learned numbers, {} {}, {} tokens a text; trained: {}) on {} ({} texts, {} of the tokens unknown)",
            record.network.spec,
            count(record.network.parameters),
            count(record.vocabulary),
            record.contract.tokenizer.name(),
            record.contract.length,
            record.trained,
            record.data.spec,
            count(record.data.images),
            percent(Some(record.unknown_share))
        ),
        epochs(&record.history),
        format!("kept: epoch {}", record.kept_epoch),
    ];
    if record.stopped_early {
        lines.push("stopped before the last epoch: the patience ran out".to_owned());
    }
    if let Some(test) = &record.test_accuracy {
        lines.push(format!("accuracy on the test texts: {}", share(Some(test))));
    }
    lines.extend(record.notes.iter().map(|note| format!("note: {note}")));
    lines.push(format!("written: {}", record.out));
    lines.join("\n")
}

/// What a network said of sentences.
pub fn text_run(record: &TextRunRecord) -> String {
    let mut lines = vec![format!(
        "{} ({} learned numbers) on {} ({} texts)",
        record.network.spec,
        count(record.network.parameters),
        record.data.spec,
        count(record.data.images)
    )];
    lines.extend(record.accuracy.iter().map(|accuracy| format!("right: {}", share(Some(accuracy)))));
    lines.extend(record.notes.iter().map(|note| format!("note: {note}")));
    lines.extend(record.out.iter().map(|path| format!("written: {path}")));
    lines.join("\n")
}

/// An attack that makes steps or changes words.
fn finite_attack(settings: &Settings) -> String {
    let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"));
    let norm = settings.norm.as_deref().unwrap_or("-");
    let steps = settings.steps.map_or_else(String::new, |steps| format!(", {steps} x {}", number(settings.step_size)));
    format!(
        "attack  {} {norm} {}{steps}, {}, texts {}, seed {}",
        settings.attack,
        number(settings.eps),
        settings.objective.as_deref().unwrap_or("-"),
        settings.images,
        settings.seed
    )
}

/// A measurement of a pair of text networks.
pub fn text_measurement(result: &TextMeasurement) -> String {
    let found = &result.measurement;
    let mut head = Vec::new();
    if let Some(networks) = &found.networks {
        head.push(format!("source  {}", network(&networks.source)));
        head.push(format!("target  {}", network(&networks.target)));
    }
    if let Some(data) = &found.data {
        head.push(format!("data    {} ({} texts)", data.spec, count(data.images)));
    }
    let settings = &found.settings;
    head.push(match settings.first_order {
        true => format!("attack  {}, texts {}", attack(settings), settings.images),
        false => finite_attack(settings),
    });
    // The tables are those of images; here every image is a text.
    let of_texts = |text: String| text.replace("images", "texts").replace("image", "text");
    let s_to_t = "S -> T: attack built on the source, seen on the target (knowledge -> adversarial)";
    let t_to_s = "T -> S: attack built on the target, seen on the source (adversarial -> knowledge)";
    let mut parts = vec![
        head.join("\n"),
        of_texts(direction(s_to_t, &found.s_to_t)),
        of_texts(sentences(&found.s_to_t, "source", "target")),
        of_texts(direction(t_to_s, &found.t_to_s)),
        of_texts(sentences(&found.t_to_s, "target", "source")),
    ];
    if let Some(words) = &result.words {
        for (role, account) in [("source", &words.source), ("target", &words.target)] {
            parts.push(format!("Words changed by the attack on the {role}\n{}", word_success(&account.success)));
            parts.extend(account.texts.first().map(side_by_side));
        }
    }
    let mut samples = vec![format!("{} texts measured", count(found.samples.used))];
    samples.extend(
        found
            .samples
            .excluded
            .iter()
            .map(|(reason, number)| format!("  {}: {}", count(*number), of_texts(reason.clone()))),
    );
    if let Some(sizes) = &found.perturbations {
        samples.push(format!(
            "changes of embeddings: on the source linf {:.4} (l2 mean {:.3}), on the target linf {:.4} (l2 mean {:.3})",
            sizes.source.linf.max, sizes.source.l2.mean, sizes.target.linf.max, sizes.target.l2.mean
        ));
    }
    parts.push(samples.join("\n"));
    if !found.notes.is_empty() {
        let notes: Vec<String> = found.notes.iter().map(|note| format!("  - {note}")).collect();
        parts.push(format!("To know:\n{}", notes.join("\n")));
    }
    parts.join("\n\n")
}

/// An attack on words.
pub fn text_attacked(record: &TextAttackRecord) -> String {
    let mut parts = vec![
        format!(
            "{} on {} over {} ({} texts), at most {} of the open words",
            record.attack.attack().name(),
            record.network.spec,
            record.data.spec,
            count(record.data.images),
            percent(Some(record.rules.most_share))
        ),
        word_success(&record.words.success),
    ];
    parts.extend(record.words.texts.iter().map(|text| {
        let name = |class: usize| record.class_names.get(class).map_or("?", String::as_str);
        format!("{} -> {}\n{}", name(text.prediction_before), name(text.prediction_after), side_by_side(text))
    }));
    parts.extend(record.notes.iter().map(|note| format!("note: {note}")));
    parts.extend(record.out.iter().map(|path| format!("written: {path}")));
    parts.join("\n\n")
}

fn word_success(success: &WordSuccess) -> String {
    let mut rows = vec![
        vec!["fooled".to_owned(), share(success.fooled.as_ref())],
        vec!["  before the text was read anew".to_owned(), share(success.fooled_in_tokens.as_ref())],
    ];
    let number = |found: &Option<_>| found.as_ref().map_or_else(|| "-".to_owned(), estimate);
    rows.push(vec!["words changed a fooled text".to_owned(), number(&success.words_changed)]);
    rows.push(vec!["  share of its open words".to_owned(), number(&success.share_changed)]);
    if success.nothing_open > 0 {
        rows.push(vec!["texts with no word open".to_owned(), count(success.nothing_open)]);
    }
    table(&rows)
}

/// A text before and after, changed words in brackets.
fn side_by_side(text: &ChangedText) -> String {
    let changes: Vec<String> = text.words.iter().map(|word| format!("{} -> [{}]", word.before, word.after)).collect();
    format!("  line {}: {}\n  before: {}\n  after:  {}", text.id + 1, changes.join(", "), text.before, text.after)
}
