//! A whole study of sentences, small enough to run in seconds: stopped anywhere it ends with the same bytes; what belongs to
//! images is refused.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
#![expect(clippy::result_large_err, reason = "errors are rare, and carry what a user needs to mend them")]

mod stopped_runs;

use std::path::Path;

use stopped_runs::run::{cells_of, run_on};
use transferscope_lab::text::{TextNetwork, Tokenizer, VocabularyRules};
use transferscope_network::{
    contract::{TextContract, TokenizerKind},
    zoo::text::{TextSettings, find_text},
};
use transferscope_study::{
    plan::{Override, Parsed, parse},
    records::Store,
    report::write,
    run::{Finished, Prepared, RunError, ShardOfCells, prepare},
};

/// Four small networks that learn two made-up languages and are carried over to a third.
const STUDY: &str = r#"
title = "Test"
question = "Does it run?"
claim = "adversarial-to-knowledge"
seeds = [1, 2, 3]
[endpoint]
statistic = "correlation"
measure = "alpha1-envelope"
direction = "t-to-s"
eps = "0.5"
[text]
length = 8
min_count = 1
[source]
data = "text:near.txt"
[[source.networks]]
name = "near-bag"
network = "text-bag"
width = 0.125
[[source.networks]]
name = "near-cnn"
network = "text-cnn"
width = 0.125
[[source.networks]]
name = "far-bag"
network = "text-bag"
width = 0.125
data = "text:far.txt"
floor = 0.99
[[source.networks]]
name = "far-cnn"
network = "text-cnn"
width = 0.125
data = "text:far.txt"
[[source.networks]]
name = "untrained"
network = "text-bag"
width = 0.125
untrained = true
control = true
[target]
data = "text:target.txt"
test_data = "text:test.txt"
alpha_images = 20
reference_seeds = [1]
[[target.references]]
name = "bag"
network = "text-bag"
width = 0.125
[training]
epochs = 3
batch = 16
rate = 0.02
validation = 0.0
[attack]
kind = "hotflip"
eps = ["0.2", "0.5"]
tried = 4
permutations = 19
"#;

/// Sentences whose class is that of their one deciding word; three of a class in a row, so that every tenth line is of both.
fn sentences(count: usize, words: [[&str; 3]; 2], nouns: [&str; 4]) -> String {
    let line = |at: usize| {
        let class = at / 3 % 2;
        let word = words[class][at % 3];
        format!("{} The {} of this {} is {word}.\n", ["bad", "good"][class], nouns[at / 2 % 4], nouns[at / 3 % 4])
    };
    (0..count).map(line).collect()
}

fn data() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let films = ["film", "plot", "actor", "scene"];
    let words = [["dull", "poor", "cold"], ["fine", "warm", "great"]];
    let put = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
    put("near.txt", sentences(120, words, ["book", "page", "actor", "style"]));
    put("far.txt", sentences(120, [["red", "blue", "grey"], ["one", "two", "six"]], ["car", "road", "tree", "gate"]));
    put("target.txt", sentences(80, words, films));
    put("test.txt", sentences(40, words, films));
    folder
}

fn parsed(study: &str, data: &Path, overrides: &[&str]) -> Parsed {
    let root = format!("data.root={}", data.display());
    let typed = overrides.iter().copied().chain([root.as_str()]);
    let overrides: Vec<Override> = typed.map(|text| Override::typed(text).unwrap()).collect();
    parse("test.toml", study, None, &overrides).unwrap()
}

/// A study's data; what it finds in folders is this.
fn prepared(parsed: &Parsed, found: Option<&TextNetwork>) -> Prepared {
    prepare(&parsed.study, &|_, _| found.cloned().ok_or_else(|| "there are no folders here".to_owned())).unwrap()
}

fn run(data: &Path, folder: &Path, overrides: &[&str], stop_after: usize) -> Result<Finished, RunError> {
    run_with(&parsed(STUDY, data, overrides), folder, None, stop_after)
}

fn run_with(
    parsed: &Parsed,
    folder: &Path,
    found: Option<&TextNetwork>,
    stop_after: usize,
) -> Result<Finished, RunError> {
    run_on(parsed, &prepared(parsed, found), folder, stop_after, ShardOfCells::WHOLE)
}

fn page(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("report.html")).unwrap()
}

#[test]
fn stopped_anywhere_it_ends_with_the_same_page_which_shows_the_words() {
    let data = data();
    let whole = tempfile::tempdir().unwrap();
    run(data.path(), whole.path(), &[], usize::MAX).unwrap();
    let written = write(&Store::at(whole.path()), false).unwrap();
    let of = |name: &str| written.summary.rows.iter().find(|row| row.name == name).unwrap();
    // The near language decides by the target's own words; the far one shares no word but "the", "of", "this" and "is".
    let outcome = |name: &str| of(name).tasks[0].outcome.mean;
    assert!(outcome("near-bag") > 0.9, "{}", outcome("near-bag"));
    assert!(outcome("near-bag") > outcome("far-bag") + 0.2, "{}", outcome("far-bag"));
    let alpha = |name: &str| {
        let found = of(name).tasks[0].alphas.iter().find(|alpha| alpha.direction.word() == "t-to-s").unwrap();
        found.value.mean
    };
    assert!(alpha("near-bag") > 0.0);
    let text = page(whole.path());
    for part in ["What the networks read", "<del>", "<ins>", "word counts", "share of a text", "AdamW"] {
        assert!(text.contains(part), "{part}");
    }
    assert!(!text.contains("raw pixels") && !text.contains("http"), "a page of sentences speaks of none");

    let resumed = tempfile::tempdir().unwrap();
    let mut starts = 0;
    while let Err(error) = run(data.path(), resumed.path(), &[], 9) {
        assert!(matches!(error, RunError::Stopped), "{error}");
        starts += 1;
        assert!(starts < 50);
    }
    assert!(starts > 2);
    write(&Store::at(resumed.path()), false).unwrap();
    assert_eq!(page(resumed.path()), text);
}

#[test]
fn knowledge_is_carried_over_by_learning_too() {
    let (data, folder) = (data(), tempfile::tempdir().unwrap());
    for method in ["last-layer", "full"] {
        run(data.path(), folder.path(), &[&format!("transfer.method={method}")], usize::MAX).unwrap();
        let written = write(&Store::at(folder.path()), false).unwrap();
        assert!(written.summary.rows[0].tasks[0].outcome.mean > 0.6, "{method}");
    }
}

/// A network of a folder is what was found there: its cells, and no others, depend on its weights and not on where it lies; its twin,
/// with a fresh head and what it knew before, stands beside it.
#[test]
fn a_network_from_a_folder_is_a_source_like_any() {
    let data = data();
    let rules = VocabularyRules { smallest_count: 1, most_words: 100 };
    let words = ["The film of this plot is dull poor cold fine warm great".to_owned()];
    let tokenizer = Tokenizer::Words(rules.counted(&words).unwrap());
    let network = |seed: u64| TextNetwork {
        graph: find_text("text-bag")
            .unwrap()
            .build(&TextSettings { width: 8, seed, ..TextSettings::small(3, tokenizer.size(), 8) })
            .unwrap(),
        contract: TextContract {
            tokenizer: TokenizerKind::Words,
            length: 8,
            class_names: ["a", "b", "c"].map(str::to_owned).to_vec(),
        },
        tokenizer: tokenizer.clone(),
    };
    let in_folder = STUDY.replacen("network = \"text-bag\"\nwidth = 0.125", "network = \"old\"", 1);
    let study = parsed(&in_folder, data.path(), &["text.pretrained=[{name = \"old\", folder = \"/some/where\"}]"]);
    let hashes = |parsed: &Parsed, found: &TextNetwork| {
        let cells = cells_of(parsed, &prepared(parsed, Some(found)));
        cells.into_iter().map(|cell| (cell.name, cell.hash)).collect::<Vec<_>>()
    };
    let [one, other] = [hashes(&study, &network(1)), hashes(&study, &network(2))];
    for ((name, hash), (_, changed)) in one.iter().zip(&other) {
        let depends = name.contains("near-bag") || name.starts_with("examples");
        assert_eq!(hash != changed, depends, "{name}");
    }
    let folder = tempfile::tempdir().unwrap();
    run_with(&study, folder.path(), Some(&network(1)), usize::MAX).unwrap();
    let written = write(&Store::at(folder.path()), false).unwrap();
    // Where it lies stands in no file of the study.
    for file in ["plan.json", "study.toml"] {
        let text = std::fs::read_to_string(folder.path().join(file)).unwrap();
        assert!(text.contains("where") && !text.contains("/some"), "{file}");
    }
    let near = &written.summary.rows[0];
    assert_eq!((near.name.as_str(), near.family.as_str()), ("near-bag", "old"));
    assert!(near.tasks[0].outcome.mean > 0.8, "{}", near.tasks[0].outcome.mean);
}

#[test]
fn what_belongs_to_images_is_refused_where_it_stands() {
    let refused = |edit: &str, word: &str| {
        let typed = [Override::typed(edit).unwrap()];
        let error = parse("test.toml", STUDY, None, &typed).unwrap_err().to_string();
        assert!(error.contains(word), "{edit}: {error}");
    };
    refused("attack.kind=pgd", "hotflip");
    refused("attack.norm=l2", "no `norm`");
    refused("attack.steps=3", "hotflip goes on");
    refused("source.networks.near-bag.label_noise=0.5", "done to images");
    refused("source.networks.near-bag.network=lenet", "`text-bag`");
    refused("source.data=digits", "text:PATH");
    refused("training.optimizer=sgd", "adamw");
    refused("training.augment=true", "neither shifted");
    refused("text.length=3", "length");
    refused("text.pretrained=[{name = \"text-bag\", folder = \"x\"}]", "neither the zoo");
}
