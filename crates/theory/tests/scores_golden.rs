//! Every score against the values of the published programs, written anew in scripts/golden/scores.py.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use serde::Deserialize;
use transferscope_theory::linear::Matrix;
use transferscope_theory::scores::{
    Distance, Features, KNearest, Labels, LinearProbe, NleepOptions, ScoreInputs, ScoreKind, ScoreOptions,
    SourceProbabilities, compute, h_score, k_nearest, leep, linear_probe, logme, nce, nleep_from, parc,
    regularised_h_score, transrate,
};

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    features: Vec<Vec<f64>>,
    logits: Vec<Vec<f64>>,
    labels: Vec<usize>,
    assignment: Vec<usize>,
    logme: f64,
    logme_as_published: f64,
    h_score: Option<f64>,
    regularised_h_score: f64,
    shrinkage: f64,
    leep: f64,
    nce: f64,
    transrate: f64,
    parc: f64,
    knn_1_euclidean: f64,
    knn_5_euclidean: f64,
    knn_3_cosine: f64,
    probe_correct: Vec<u8>,
    nleep: f64,
    nleep_mean_probability: f64,
    nleep_axes: usize,
}

impl Case {
    fn features(&self) -> Features {
        Features::new(matrix(&self.features)).unwrap()
    }

    fn source(&self) -> SourceProbabilities {
        SourceProbabilities::from_logits(&matrix(&self.logits)).unwrap()
    }

    fn labels(&self) -> Labels {
        Labels::new(&self.labels).unwrap()
    }

    fn is_wide(&self) -> bool {
        self.features.len() < self.features[0].len()
    }
}

fn matrix(rows: &[Vec<f64>]) -> Matrix {
    Matrix::from_rows(rows.len(), rows[0].len(), rows.concat()).unwrap()
}

fn cases() -> Vec<Case> {
    serde_json::from_str::<Golden>(include_str!("golden/scores.json")).unwrap().cases
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance * (1.0 + expected.abs()), "{what}: {found} against {expected}");
}

/// Closed forms: what is left is the rounding of two decompositions.
#[test]
fn closed_forms_agree_to_1e_9() {
    let cases = cases();
    assert_eq!(cases.len(), 4);
    for case in cases {
        let (features, labels, source) = (case.features(), case.labels(), case.source());
        close(logme(&features, &labels).unwrap(), case.logme, 1e-9, &case.name);
        if let Some(expected) = case.h_score {
            close(h_score(&features, &labels).unwrap(), expected, 1e-9, &case.name);
        }
        let shrunk = regularised_h_score(&features, &labels).unwrap();
        close(shrunk.value, case.regularised_h_score, 1e-9, &case.name);
        close(shrunk.shrinkage, case.shrinkage, 1e-9, &case.name);
        close(leep(&source, &labels).unwrap(), case.leep, 1e-12, &case.name);
        close(nce(&source, &labels).unwrap(), case.nce, 1e-12, &case.name);
        close(transrate(&features, &labels, 1e-4).unwrap(), case.transrate, 1e-9, &case.name);
        close(parc(&features, &labels).unwrap(), case.parc, 1e-9, &case.name);
    }
}

/// For more features than images the published LogME leaves zero eigenvalues out of the determinant; ours does not.
#[test]
fn logme_is_the_published_one_where_there_are_more_images_than_features() {
    for case in cases() {
        let found = logme(&case.features(), &case.labels()).unwrap();
        let agrees = (found - case.logme_as_published).abs() < 1e-9 * (1.0 + found.abs());
        assert_eq!(agrees, !case.is_wide(), "{}: {found} and {}", case.name, case.logme_as_published);
    }
}

/// Votes and held-out predictions agree image by image, not only on average.
#[test]
fn classifiers_agree_exactly() {
    for case in cases() {
        let (features, labels) = (case.features(), case.labels());
        for (neighbours, distance, expected) in [
            (1, Distance::Euclidean, case.knn_1_euclidean),
            (5, Distance::Euclidean, case.knn_5_euclidean),
            (3, Distance::Cosine, case.knn_3_cosine),
        ] {
            let found = k_nearest(&features, &labels, KNearest { neighbours, distance }).unwrap();
            close(found.accuracy, expected, 1e-12, &case.name);
        }
        let found = linear_probe(&features, &labels, LinearProbe::default()).unwrap();
        let correct: Vec<u8> = found.correct.iter().map(|right| u8::from(*right)).collect();
        assert_eq!(correct, case.probe_correct, "{}", case.name);
    }
}

/// Expectation maximisation from the same start takes the same path: rounding grows a little on the way.
#[test]
fn nleep_agrees_from_the_same_start() {
    for case in cases() {
        let found = nleep_from(&case.features(), &case.labels(), NleepOptions::default(), &case.assignment).unwrap();
        assert_eq!(found.axes, case.nleep_axes, "{}", case.name);
        close(found.value, case.nleep, 1e-6, &case.name);
        close(found.mean_probability, case.nleep_mean_probability, 1e-6, &case.name);
    }
}

/// Every score stays in its range on every case, and a repeated call gives the same bits.
#[test]
fn ranges_hold_and_bits_repeat() {
    for case in cases() {
        let (features, labels, source) = (case.features(), case.labels(), case.source());
        let inputs = ScoreInputs { features: Some(&features), source: Some(&source), labels: &labels };
        for kind in ScoreKind::ALL {
            let options = ScoreOptions::default();
            let first = compute(kind, &inputs, &options).unwrap();
            let again = ScoreInputs { features: Some(&case.features()), source: Some(&source), labels: &labels };
            assert_eq!(first, compute(kind, &again, &options).unwrap(), "{}", kind.name());
            assert!(kind.range(labels.classes(), labels.len()).holds(first.value));
        }
    }
}
