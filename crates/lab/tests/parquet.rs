//! Sentences from Parquet files as Hugging Face's data sets and pyarrow write them (scripts/golden/parquet.py).

use std::path::{Path, PathBuf};

use transferscope_lab::data::text::load_text;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/parquet").join(name)
}

fn typed(path: &Path, settings: &str) -> String {
    format!("text:{}{settings}", path.display())
}

fn refusal(path: &Path, settings: &str) -> String {
    load_text(&typed(path, settings)).expect_err("it cannot be used").to_string()
}

#[test]
fn rows_have_the_names_that_hugging_face_writes_and_bad_ones_are_counted() {
    let set = load_text(&typed(&golden("reviews.parquet"), "#bad=50%")).expect("four rows are sound");
    assert_eq!(set.texts(), ["a fine film", "dull, and \"long\"", "dull", "naïve"]);
    assert_eq!(set.class_names(), ["neg", "pos"]);
    assert_eq!(set.labels(), [1, 0, 0, 1]);
    assert_eq!(set.ids(), [0, 1, 4, 6], "rows keep their numbers");
    assert_eq!(set.bad().count, 3);
    let named = set.bad().named();
    for part in ["line 3: its text is null", "line 4: its label is null", "line 6: its label is -1", "2 classes"] {
        assert!(named.contains(part), "{part}: {named}");
    }
    let error = refusal(&golden("reviews.parquet"), "");
    assert!(error.contains("3 of 7 lines") && error.contains("its text is null"), "{error}");
}

#[test]
fn columns_go_by_their_usual_names_or_are_named() {
    let words = golden("words.parquet");
    let set = load_text(&typed(&words, "#label=class")).expect("texts are in `sentence`");
    assert_eq!(
        (set.texts(), set.class_names()),
        (["a fine film", "dull"].map(str::to_owned).as_slice(), ["bad", "good"].map(str::to_owned).as_slice())
    );
    let by_place = load_text(&typed(&words, "#label=1&text=0,class")).expect("as in tables");
    assert_eq!(by_place.texts(), ["a fine film good", "dull bad"]);
    let plain = load_text(&typed(&golden("plain.parquet"), "")).expect("32-bit labels, long texts");
    assert_eq!((plain.class_names(), plain.labels()), (["3", "12"].map(str::to_owned).as_slice(), [0, 1].as_slice()));
    let copy = tempfile::tempdir().expect("there is room");
    let path = copy.path().join("reviews.data");
    std::fs::copy(golden("reviews.parquet"), &path).expect("there is room");
    assert_eq!(load_text(&typed(&path, "#format=parquet&bad=50%&limit=1")).map(|set| set.len()).ok(), Some(1));
}

#[test]
fn what_cannot_be_read_is_refused_with_the_reason() {
    let words = golden("words.parquet");
    let error = refusal(&words, "");
    assert!(error.contains("no column 'label'") && error.contains("sentence, class, places, score"), "{error}");
    assert!(error.contains("label=COLUMN"), "{error}");
    assert!(refusal(&words, "#label=class&text=review").contains("no column 'review'"));
    let error = refusal(&words, "#label=score");
    assert!(error.contains("'score' holds DOUBLE") && error.contains("whole numbers or texts"), "{error}");
    assert!(refusal(&words, "#label=class&text=places").contains("nested values"));
    let error = refusal(&golden("zstd.parquet"), "");
    assert!(error.contains("ZSTD") && error.contains("snappy and gzip are read"), "{error}");
    assert!(refusal(&golden("versions.txt"), "#format=parquet").contains("Parquet"));
}

/// Whatever is broken in a file is told, and none ends the program.
#[test]
fn damaged_files_are_refused() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("damaged.parquet");
    let sound = std::fs::read(golden("reviews.parquet")).expect("it is committed");
    for end in (0..sound.len()).step_by(61) {
        std::fs::write(&path, &sound[..end]).expect("there is room");
        assert!(refusal(&path, "").contains("damaged.parquet"), "cut to {end}");
    }
    for place in (4..sound.len()).step_by(7) {
        let mut bytes = sound.clone();
        bytes[place] ^= 0x55;
        std::fs::write(&path, bytes).expect("there is room");
        // A changed letter of a text cannot be noticed.
        if let Err(error) = load_text(&typed(&path, "#bad=90%")) {
            assert!(error.to_string().contains("damaged.parquet"), "{error}");
        }
    }
}
