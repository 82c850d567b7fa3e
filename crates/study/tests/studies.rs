//! A whole study, small enough to run in seconds: stopped anywhere it ends with the same bytes, edited it mixes nothing.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
#![expect(clippy::result_large_err, reason = "errors are rare, and carry what a user needs to mend them")]

mod stopped_runs;

use std::{collections::BTreeMap, path::Path};

use stopped_runs::run::run_on;
use transferscope_study::{
    plan::{CellKind, Override, parse},
    records::{Answer, PairedImages, Store},
    report::write,
    run::{Finished, RunError, ShardOfCells, prepare},
    verdict::Summary,
};

/// Four small networks that learn four digits or two and are carried over to two others.
const STUDY: &str = r#"
title = "Test"
question = "Does it run?"
claim = "both"
seeds = [1, 2, 3]
[endpoint]
statistic = "correlation"
measure = "alpha1-envelope"
direction = "t-to-s"
eps = "0.1"
[source]
data = "digits"
[[source.networks]]
name = "wide"
network = "fc"
width = 0.03
classes = ["0", "1", "2", "3"]
[[source.networks]]
name = "narrow"
network = "fc"
width = 0.05
classes = ["0", "1", "2", "3"]
floor = 0.99
[[source.networks]]
name = "noisy"
network = "fc"
width = 0.03
classes = ["0", "1", "2", "3"]
label_noise = 0.5
[[source.networks]]
name = "few"
network = "fc"
width = 0.04
classes = ["0", "1"]
[[source.networks]]
name = "untrained"
network = "fc"
width = 0.03
classes = ["0", "1", "2", "3"]
untrained = true
control = true
[target]
data = "digits"
reference_seeds = [1]
alpha_images = 40
[[target.references]]
name = "other"
network = "fc"
width = 0.02
[[target.tasks]]
name = "two"
classes = ["7", "8|absent"]
[training]
epochs = 1
batch = 64
rate = 0.02
augment = false
validation = 0.0
images = 120
[attack]
kind = "pgd"
steps = 2
eps = ["0.05", "0.1"]
restarts = 2
permutations = 19
"#;

fn run(folder: &Path, overrides: &[&str], stop_after: usize, shard: ShardOfCells) -> Result<Finished, RunError> {
    let overrides: Vec<Override> = overrides.iter().map(|text| Override::typed(text).unwrap()).collect();
    let parsed = parse("test.toml", STUDY, None, &overrides).unwrap();
    let data = prepare(&parsed.study, &|_, _| Err("there are no folders here".to_owned())).unwrap();
    run_on(&parsed, &data, folder, stop_after, shard)
}

/// Every file of a folder but the log of times.
fn bytes_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name != "times.log") {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

const ALL: usize = usize::MAX;

#[test]
fn stopped_or_sharded_it_ends_with_the_same_bytes_and_the_page_is_made_again_to_the_byte() {
    let whole = tempfile::tempdir().unwrap();
    let finished = run(whole.path(), &[], ALL, ShardOfCells::WHOLE).unwrap();
    assert_eq!((finished.kept, finished.left), (0, 0));
    let written = write(&Store::at(whole.path()), false).unwrap();
    let expected = bytes_of(whole.path());
    assert!(expected.keys().any(|name| name == "report.html") && expected.keys().any(|name| name == "pairs.csv"));
    // Four networks: whatever came out, it is no verdict.
    assert!(["consistent with", "not shown"].contains(&written.summary.primary.verdict.words()));
    assert_eq!(written.summary.rows.iter().filter(|row| row.control).count(), 1);
    let page = String::from_utf8(expected["report.html"].clone()).unwrap();
    for part in ["data:image/png;base64,", "<svg", "What this does and does not show", "under-trained"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("http"), "nothing from elsewhere");

    // Stopped after every few cells, and gone on with each time.
    let resumed = tempfile::tempdir().unwrap();
    let mut starts = 0;
    while let Err(error) = run(resumed.path(), &[], 7, ShardOfCells::WHOLE) {
        assert!(matches!(error, RunError::Stopped), "{error}");
        starts += 1;
        assert!(starts < 50);
    }
    assert!(starts > 2);
    write(&Store::at(resumed.path()), false).unwrap();
    assert_eq!(bytes_of(resumed.path()), expected);

    // In two shards of one folder, and the rest by the whole.
    let sharded = tempfile::tempdir().unwrap();
    for index in 0..2 {
        run(sharded.path(), &[], ALL, ShardOfCells { index, count: 2 }).unwrap();
    }
    run(sharded.path(), &[], ALL, ShardOfCells::WHOLE).unwrap();
    write(&Store::at(sharded.path()), false).unwrap();
    assert_eq!(bytes_of(sharded.path()), expected);

    // In two shards at once: what both need, one makes and the other waits for.
    let together = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for index in 0..2 {
            let folder = together.path();
            scope.spawn(move || run(folder, &[], ALL, ShardOfCells { index, count: 2 }).unwrap());
        }
    });
    run(together.path(), &[], ALL, ShardOfCells::WHOLE).unwrap();
    write(&Store::at(together.path()), false).unwrap();
    assert_eq!(bytes_of(together.path()), expected);

    // The page again, from the records alone.
    std::fs::remove_dir_all(sharded.path().join("networks")).unwrap();
    std::fs::remove_file(sharded.path().join("report.html")).unwrap();
    write(&Store::at(sharded.path()), false).unwrap();
    assert_eq!(bytes_of(sharded.path())["report.html"], expected["report.html"]);
}

/// The records of a source's pairs, without readings.
fn silence(store: &Store, silenced: usize) {
    for cell in &store.require_plan().unwrap().cells {
        if matches!(cell.kind, CellKind::Pair { source, .. } if source == silenced) {
            let mut record = store.record(cell).unwrap().unwrap();
            let Answer::Paired(paired) = &mut record.answer else { panic!("a pair") };
            for budget in paired.references.iter_mut().flat_map(|reference| &mut reference.budgets) {
                budget.all = PairedImages::undefined("nothing moves".to_owned(), [40, 0]);
                budget.reference_correct = None;
            }
            store.write_record(&record).unwrap();
        }
    }
}

#[test]
fn a_source_without_readings_is_left_out_and_named() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &[], ALL, ShardOfCells::WHOLE).unwrap();
    let store = Store::at(folder.path());
    let before = write(&store, false).unwrap().summary;
    assert!(!before.notes.iter().any(|note| note.contains("left out")), "{:?}", before.notes);
    silence(&store, 2);
    let after = write(&store, false).unwrap().summary;
    let count = |summary: &Summary| summary.primary.correlation.as_ref().map(|found| found.test.n);
    assert_eq!((count(&before), count(&after)), (Some(4), Some(3)));
    assert!(after.notes.iter().any(|note| note.starts_with("noisy is left out")), "{:?}", after.notes);
}

#[test]
fn an_edited_study_is_done_anew_where_it_changed_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(run(folder.path(), &[], 9, ShardOfCells::WHOLE), Err(RunError::Stopped)));
    // Before every cell is there, there is no page.
    assert!(write(&Store::at(folder.path()), false).is_err());
    let edit = ["attack.steps=1", "training.images=100"];
    run(folder.path(), &edit, ALL, ShardOfCells::WHOLE).unwrap();
    write(&Store::at(folder.path()), false).unwrap();
    let fresh = tempfile::tempdir().unwrap();
    run(fresh.path(), &edit, ALL, ShardOfCells::WHOLE).unwrap();
    write(&Store::at(fresh.path()), false).unwrap();
    for file in ["report.html", "summary.json", "networks.csv", "pairs.csv"] {
        assert_eq!(bytes_of(folder.path())[file], bytes_of(fresh.path())[file], "{file}");
    }
}
