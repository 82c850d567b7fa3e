//! Several networks side by side: the answer of `score`.

use serde::Serialize;
use transferscope_theory::{
    recheck::{RecheckOptions, RecheckReport, ScoreColumn, ScoreMeaning, ScoreTable, recheck},
    scores::{ScoreError, ScoreKind, ScoreOptions},
};

use super::{Agreement, NetworkArrays, NetworkScores, Ties, agreement, score_network, ties};

/// Why networks could not be set side by side.
#[derive(Debug, thiserror::Error)]
pub enum RankingError {
    /// There is none.
    #[error("expected at least one network, found none")]
    Nothing,
    /// Two networks share a name.
    #[error("two networks are called '{name}'; rename one, or its file")]
    Repeated {
        /// The name.
        name: String,
    },
    /// The labels are not the same.
    #[error("'{name}' has other labels than '{first}': all must hold the same images in the same order")]
    OtherImages {
        /// The first network.
        first: String,
        /// The other.
        name: String,
    },
    /// The arrays of one network do not fit together.
    #[error("'{name}': {source}")]
    Score {
        /// The network.
        name: String,
        /// What is wrong.
        source: ScoreError,
    },
}

/// Scores of several networks on the same images.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScoreReport {
    /// What kind of document this is.
    pub format: &'static str,
    /// Its version.
    pub version: u32,
    /// Networks, in the order in which they were given.
    pub networks: Vec<NetworkScores>,
    /// The score that the order comes from: the linear probe, else the nearest neighbours, where every network has it.
    pub ordered_by: Option<ScoreKind>,
    /// Names, best first.
    pub order: Vec<String>,
    /// Which networks cannot be told from the first.
    pub ties: Option<Ties>,
    /// Whether two scores order the networks alike.
    pub agreement: Vec<Agreement>,
    /// Every score against the outcomes, where at least three networks have one.
    pub against_outcomes: Option<RecheckReport>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// Fewer networks with outcomes say nothing about a score.
const LEAST_OUTCOMES: usize = 3;

impl ScoreReport {
    /// Scores the networks; `after_each` is called when one is done.
    ///
    /// # Errors
    /// [`RankingError`].
    pub fn new(
        arrays: &[NetworkArrays],
        options: &ScoreOptions,
        seed: u64,
        mut after_each: impl FnMut(usize),
    ) -> Result<Self, RankingError> {
        let first = arrays.first().ok_or(RankingError::Nothing)?;
        for (place, other) in arrays.iter().enumerate() {
            if arrays[..place].iter().any(|earlier| earlier.name == other.name) {
                return Err(RankingError::Repeated { name: other.name.clone() });
            }
            if other.labels != first.labels {
                return Err(RankingError::OtherImages { first: first.name.clone(), name: other.name.clone() });
            }
        }
        let mut networks = Vec::with_capacity(arrays.len());
        for (place, arrays) in arrays.iter().enumerate() {
            let scored = score_network(arrays, options)
                .map_err(|source| RankingError::Score { name: arrays.name.clone(), source })?;
            networks.push(scored);
            after_each(place + 1);
        }
        Ok(Self::of(networks, seed))
    }

    /// Sets networks that are scored already side by side.
    #[must_use]
    pub fn of(networks: Vec<NetworkScores>, seed: u64) -> Self {
        let ordered_by = [ScoreKind::LinearProbe, ScoreKind::Knn]
            .into_iter()
            .find(|kind| networks.iter().all(|network| network.value(*kind).is_some()));
        let mut order: Vec<&NetworkScores> = networks.iter().collect();
        if let Some(kind) = ordered_by {
            // Equal values stay in the order in which they were given.
            order.sort_by(|a, b| b.value(kind).unwrap_or(f64::MIN).total_cmp(&a.value(kind).unwrap_or(f64::MIN)));
        }
        let order = order.into_iter().map(|network| network.network.clone()).collect();
        let columns: Vec<(String, Vec<Option<f64>>)> = ScoreKind::ALL
            .into_iter()
            .map(|kind| (kind.key().to_owned(), networks.iter().map(|network| network.value(kind)).collect()))
            .collect();
        let with_outcome = networks.iter().filter(|network| network.outcome.is_some()).count();
        let mut notes = Vec::new();
        let against_outcomes = (with_outcome >= LEAST_OUTCOMES).then(|| {
            let classes = networks.first().map(|network| network.classes);
            recheck(&score_table(&networks), &RecheckOptions { classes, seed, ..RecheckOptions::default() })
        });
        if (1..LEAST_OUTCOMES).contains(&with_outcome) {
            notes.push(format!(
                "{with_outcome} of {} networks have an outcome: correlations need at least {LEAST_OUTCOMES}",
                networks.len()
            ));
        }
        match ordered_by {
            Some(kind) => notes.push(format!(
                "ordered by the {}: {}; published comparisons found no score that beats it reliably",
                kind.name(),
                kind.about()
            )),
            None => notes.push(
                "in the order given: not every network has features, so neither linear probe nor kNN orders them"
                    .to_owned(),
            ),
        }
        let ties = ordered_by.and_then(|kind| ties(&networks, kind, seed));
        Self {
            format: "transferscope.score",
            version: 1,
            ordered_by,
            order,
            ties,
            agreement: agreement(&columns),
            against_outcomes,
            notes,
            networks,
        }
    }
}

/// Scores and outcomes as a table that `recheck` reads.
#[must_use]
pub fn score_table(networks: &[NetworkScores]) -> ScoreTable {
    // Values are kept to the last bit: no decimal is missing that could have decided an order.
    const DECIMALS: u32 = 17;
    let column = |name: &str, values: Vec<Option<f64>>| ScoreColumn {
        name: name.to_owned(),
        meaning: ScoreMeaning::from_column_name(name),
        values,
        decimals: DECIMALS,
    };
    let scores = ScoreKind::ALL
        .into_iter()
        .map(|kind| column(kind.key(), networks.iter().map(|network| network.value(kind)).collect()))
        .filter(|column| column.values.iter().any(Option::is_some));
    ScoreTable {
        networks: networks.iter().map(|network| network.network.clone()).collect(),
        outcome: column("outcome", networks.iter().map(|network| network.outcome).collect()),
        scores: scores.collect(),
        claims: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use transferscope_theory::linear::Matrix;

    use super::*;
    use crate::ranking::SourceOutputs;

    /// Features that tell the classes apart better the larger `signal` is.
    fn network(name: &str, signal: f64, outcome: Option<f64>) -> NetworkArrays {
        let labels: Vec<usize> = (0..60).map(|i| i % 3).collect();
        let entry = |i: usize, j: usize| ((i * 31 + j * 17) as f64).sin() + if j == i % 3 { signal } else { 0.0 };
        NetworkArrays {
            name: name.to_owned(),
            features: Ok(Matrix::from_fn(60, 4, entry)),
            source: SourceOutputs::Absent("headless".to_owned()),
            labels,
            outcome,
        }
    }

    #[test]
    fn networks_are_ordered_by_the_probe_and_absent_scores_say_why() {
        let arrays = [network("weak", 0.1, None), network("strong", 3.0, None), network("middle", 0.8, None)];
        let report = ScoreReport::new(&arrays, &ScoreOptions::default(), 0, |_| {}).unwrap();
        assert_eq!(report.order, ["strong", "middle", "weak"]);
        assert_eq!(report.ordered_by, Some(ScoreKind::LinearProbe));
        let leep = &report.networks[0].scores[&ScoreKind::Leep];
        assert_eq!((leep.value.as_ref(), leep.absent_because.as_deref()), (None, Some("headless")));
        let ties = report.ties.unwrap();
        assert_eq!(
            (ties.networks[0].network.as_str(), ties.networks[0].tied, ties.networks[2].tied),
            ("strong", true, false)
        );
        assert!(report.against_outcomes.is_none());
    }

    #[test]
    fn outcomes_are_correlated_with_their_caveats() {
        let arrays = [
            network("a", 0.1, Some(0.4)),
            network("b", 0.8, Some(0.6)),
            network("c", 3.0, Some(0.9)),
            network("d", 0.4, Some(0.5)),
        ];
        let report = ScoreReport::new(&arrays, &ScoreOptions::default(), 0, |_| {}).unwrap();
        let found = report.against_outcomes.unwrap();
        assert_eq!(found.networks, 4);
        // Four networks: 2/4! is the smallest p there is.
        assert!((found.advice.smallest_p - 1.0 / 12.0).abs() < 1e-12);
        assert!(found.scores.iter().all(|score| score.name != "leep"));
    }

    #[test]
    fn other_images_and_equal_names_are_refused() {
        let mut other = network("b", 1.0, None);
        other.labels.swap(0, 1);
        let mixed = [network("a", 1.0, None), other];
        let failed =
            |arrays: &[NetworkArrays]| ScoreReport::new(arrays, &ScoreOptions::default(), 0, |_| {}).unwrap_err();
        assert!(matches!(failed(&mixed), RankingError::OtherImages { .. }));
        assert!(matches!(failed(&[network("a", 1.0, None), network("a", 2.0, None)]), RankingError::Repeated { .. }));
        assert!(matches!(failed(&[]), RankingError::Nothing));
    }
}
