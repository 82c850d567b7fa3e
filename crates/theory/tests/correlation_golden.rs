//! Every kind of correlation, its Fisher interval and its exact permutation p against SciPy.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;

use serde::Deserialize;
use transferscope_theory::statistics::correlation::{
    CorrelationKind, correlation, fisher_interval, partial_correlation,
};
use transferscope_theory::statistics::networks::permutation_test;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    scores: Vec<f64>,
    outcomes: Vec<f64>,
    pearson_t_p: f64,
    fisher: Option<[f64; 2]>,
    exact_p: Option<BTreeMap<String, f64>>,
    #[serde(flatten)]
    rest: BTreeMap<String, serde_json::Value>,
}

fn golden() -> Vec<Case> {
    let text = include_str!("golden/correlations.json");
    serde_json::from_str::<Golden>(text).unwrap().cases
}

fn key(kind: CorrelationKind) -> &'static str {
    match kind {
        CorrelationKind::Pearson => "pearson",
        CorrelationKind::Spearman => "spearman",
        CorrelationKind::KendallTauB => "kendall_tau_b",
        CorrelationKind::WeightedTauSymmetric => "weighted_tau_symmetric",
        CorrelationKind::WeightedTauByOutcome => "weighted_tau_by_outcome",
    }
}

#[test]
fn coefficients_agree_to_1e_12() {
    let cases = golden();
    assert!(cases.len() >= 20);
    for case in cases {
        for kind in CorrelationKind::ALL {
            let expected = case.rest[key(kind)].as_f64().unwrap();
            let found = correlation(kind, &case.scores, &case.outcomes).unwrap();
            // Coefficients of at most 60 values: some hundred roundings.
            assert!((found - expected).abs() < 1e-12, "{}, {}: {found} against {expected}", case.name, kind.name());
        }
    }
}

#[test]
fn intervals_and_p_values_agree() {
    for case in golden() {
        let (x, y) = (&case.scores, &case.outcomes);
        if let Some([low, high]) = case.fisher {
            let r = correlation(CorrelationKind::Pearson, x, y).unwrap();
            let interval = fisher_interval(r, x.len(), 0.95).unwrap();
            // The normal quantiles of the two libraries agree to about 1e-11.
            assert!((interval.lower - low).abs() < 1e-9, "{}", case.name);
            assert!((interval.upper - high).abs() < 1e-9, "{}", case.name);
        }
        if x.len() >= 3 {
            let p = partial_correlation(x, y, &[]).unwrap().p_value;
            // Two implementations of the incomplete beta function.
            assert!((p - case.pearson_t_p).abs() < 1e-9, "{}: {p}", case.name);
        }
        for (name, expected) in case.exact_p.iter().flatten() {
            let kind = CorrelationKind::ALL.into_iter().find(|kind| key(*kind) == name).unwrap();
            let test = permutation_test(kind, x, y, 0).unwrap();
            // Both count the same n! pairings.
            assert!((test.p_value - expected).abs() < 1e-12, "{}, {name}: {test:?}", case.name);
        }
    }
}
