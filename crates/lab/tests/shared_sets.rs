//! The real data sets beside the repository, read by the readers and by numpy: same counts, statistics and bytes.
//!
//! Answers: `scripts/golden/make_shared_sets_golden.py`, run with numpy 2.4.6. Where the data is absent, tests say so and pass.

#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::path::PathBuf;

use transferscope_lab::data::{DataError, ImageSet, inspect, load};

/// The folder of the data sets, if it is there.
fn shared_data() -> Option<PathBuf> {
    let root = std::env::var_os("TRANSFERSCOPE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = root.join("data");
    if !folder.is_dir() {
        eprintln!("skipped: no shared data at {} (set TRANSFERSCOPE_SHARED)", folder.display());
        return None;
    }
    Some(folder)
}

fn load_shared(folder: &std::path::Path, data: &str) -> Result<ImageSet, DataError> {
    let (kind, rest) = data.split_once(':').expect("KIND:PATH");
    load(&format!("{kind}:{}", folder.join(rest).display()))
}

#[test]
fn every_reader_finds_what_numpy_finds() -> Result<(), DataError> {
    let Some(folder) = shared_data() else {
        return Ok(());
    };
    let mut lines = 0;
    for line in include_str!("golden/shared_sets.tsv").lines().filter(|line| !line.starts_with('#')) {
        let [data, count, counts, means, deviations, sha256] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("six columns: {line}")
        };
        let found = inspect(&load_shared(&folder, data)?);
        assert_eq!(found.count.to_string(), count, "{data}");
        let classes = found.classes.map_or("-".to_owned(), |classes| {
            classes.iter().map(|class| class.count.to_string()).collect::<Vec<_>>().join(",")
        });
        assert_eq!(classes, counts, "{data}");
        let parse = |text: &str| text.split(',').map(|number| number.parse().expect("a number")).collect::<Vec<f64>>();
        for (channel, (mean, deviation)) in found.channels.iter().zip(parse(means).into_iter().zip(parse(deviations))) {
            // Twelve decimals are printed; both sums are f64 over up to 2e7 pixels.
            assert!(
                (channel.mean - mean).abs() < 1e-11 && (channel.std - deviation).abs() < 1e-11,
                "{data}: {channel:?}"
            );
        }
        assert_eq!(found.sha256, sha256, "{data}");
        lines += 1;
    }
    assert_eq!(lines, 11);
    Ok(())
}

#[test]
fn class_names_come_from_the_sets_and_unknown_ones_are_answered_with_the_list() -> Result<(), DataError> {
    let Some(folder) = shared_data() else {
        return Ok(());
    };
    let tiny = load_shared(&folder, "cifar10:tiny-imagenet-subset#classes=monkey,bus&limit=1")?;
    assert_eq!(tiny.class_names(), Some(&["bus".to_owned(), "monkey".to_owned()][..]));
    let refused = load_shared(&folder, "cifar10:tiny-imagenet-subset#classes=horse")
        .map(drop)
        .map_err(|error| (error.is_usage(), error.to_string()));
    let Err((false, message)) = refused else { panic!("expected a refusal about the data, got {refused:?}") };
    assert!(
        message.contains("no class `horse`")
            && message.contains("bird, bus, car, cat, deer, dog, frog, monkey, ship, truck"),
        "{message}"
    );
    let stl = load_shared(&folder, "stl10:stl10-subset#classes=monkey&size=32")?;
    assert_eq!((stl.len(), stl.shape().height), (1, 32));
    Ok(())
}

/// The JPEG twin of the k-th lossless image of a class is the k-th training image of that class.
#[test]
fn lossless_images_and_their_jpeg_twins_are_as_far_apart_as_their_readme_says() -> Result<(), DataError> {
    let Some(folder) = shared_data() else {
        return Ok(());
    };
    let lossless = load_shared(&folder, "cifar10:cifar10-subset/lossless/data_batch_1_first4000.bin")?;
    let jpeg = load_shared(&folder, "cifar10:cifar10-subset/cifar-10-batches-bin#split=train")?;
    let mut places = vec![Vec::new(); 10];
    for (place, label) in jpeg.labels().expect("labelled").iter().enumerate() {
        places[*label as usize].push(place);
    }
    let mut seen = [0; 10];
    let mut decibels = 0.0;
    for (place, label) in lossless.labels().expect("labelled").iter().enumerate() {
        let twin = places[*label as usize][seen[*label as usize]];
        seen[*label as usize] += 1;
        let (one, other) = (lossless.decode(place..place + 1)?, jpeg.decode(twin..twin + 1)?);
        let squared: f64 = one.iter().zip(&other).map(|(a, b)| f64::from(a - b).powi(2)).sum();
        decibels += -10.0 * (squared / one.len() as f64).log10();
    }
    // "a mean PSNR of 30.5 dB": one decimal.
    let mean = decibels / lossless.len() as f64;
    assert!((mean - 30.5).abs() < 0.05, "{mean} dB");
    Ok(())
}

#[test]
fn a_truncated_copy_is_refused_with_its_size() -> Result<(), DataError> {
    let Some(folder) = shared_data() else {
        return Ok(());
    };
    let mut bytes = std::fs::read(folder.join("tiny-imagenet-subset/test.bin")).expect("the file is there");
    bytes.truncate(1_000_000);
    let copy = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(copy.path().join("test.bin"), bytes).expect("space for 1 MB");
    let refused = load(&format!("cifar10:{}", copy.path().display())).map(drop);
    assert!(
        matches!(refused, Err(DataError::RecordSize { record_bytes: 3073, found_bytes: 1_000_000, .. })),
        "{refused:?}"
    );
    Ok(())
}
