//! Scores over several target tasks: both weighted taus with intervals, and whether a score beats the bars.

use super::{AcrossTargets, AcrossTargetsError, KindAcrossTargets, ScoreAcrossTargets, ScoreTable, TargetTable};
use crate::statistics::{
    Estimate, EstimateError, Exclusions, Interval, Over,
    correlation::{CorrelationKind, correlation},
    mean_and_error,
    networks::holm,
    student_interval, student_p,
};

/// The two coefficients that the field calls "weighted tau".
const KINDS: [CorrelationKind; 2] = [CorrelationKind::WeightedTauSymmetric, CorrelationKind::WeightedTauByOutcome];
/// Two networks always lie in some order: fewer say nothing.
const LEAST_NETWORKS: usize = 3;

/// Takes the tables of several target tasks together.
///
/// With τ_t(s) the weighted tau of score s with the outcomes on target t, each score has mean_t τ_t(s) with Student's
/// interval over the targets (cut at ±1), and its paired difference to the best bar b, mean_t (τ_t(s) − τ_t(b)). The best
/// bar is the one with the highest mean, chosen on the same targets, which is to the scores' disadvantage. A score *helps*
/// only where the interval of that difference lies above 0.
///
/// A target on which a network lacks the score, or on which the score does not vary, is left out of that score and counted.
///
/// # Errors
/// [`AcrossTargetsError`] for fewer than two tables, a name that stands twice, or a bar that no table has.
///
/// # Examples
///
/// ```
/// use transferscope_theory::recheck::{ScoreTable, TargetTable, across_targets};
///
/// let header = ["network", "outcome", "probe", "coin"];
/// let target = |name: &str, rows: [[&str; 4]; 3]| -> Result<TargetTable, Box<dyn std::error::Error>> {
///     let rows = rows.map(Vec::from);
///     Ok(TargetTable { target: name.to_owned(), table: ScoreTable::from_cells(&header, &rows, None)? })
/// };
/// let tables = [
///     target("one", [["a", "0.9", "3", "1"], ["b", "0.8", "2", "3"], ["c", "0.7", "1", "2"]])?,
///     target("two", [["a", "0.5", "1", "2"], ["b", "0.6", "2", "1"], ["c", "0.7", "3", "3"]])?,
/// ];
/// let found = across_targets(&tables, &["probe".to_owned()])?;
/// assert_eq!(found.kinds[0].best_bar.as_deref(), Some("probe"));
/// assert_eq!(found.kinds[0].scores[0].by_target, [Some(1.0), Some(1.0)]);
/// assert_eq!(found.kinds[0].scores[1].helps, Some(false));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn across_targets(tables: &[TargetTable], bars: &[String]) -> Result<AcrossTargets, AcrossTargetsError> {
    if tables.len() < 2 {
        return Err(AcrossTargetsError::TooFew { found: tables.len() });
    }
    if let Some(place) =
        (1..tables.len()).find(|&place| tables[..place].iter().any(|t| t.target == tables[place].target))
    {
        return Err(AcrossTargetsError::Repeated { target: tables[place].target.clone() });
    }
    let mut columns: Vec<&str> = Vec::new();
    for score in tables.iter().flat_map(|target| &target.table.scores) {
        if !columns.contains(&score.name.as_str()) {
            columns.push(&score.name);
        }
    }
    if let Some(bar) = bars.iter().find(|bar| !columns.contains(&bar.as_str())) {
        return Err(AcrossTargetsError::UnknownBar { bar: bar.clone(), columns: columns.join(", ") });
    }
    let kinds = KINDS.map(|kind| of_kind(kind, tables, &columns, bars));
    Ok(AcrossTargets {
        targets: tables.iter().map(|target| target.target.clone()).collect(),
        bars: bars.to_vec(),
        kinds: kinds.into_iter().collect::<Result<_, _>>()?,
    })
}

fn of_kind(
    kind: CorrelationKind,
    tables: &[TargetTable],
    columns: &[&str],
    bars: &[String],
) -> Result<KindAcrossTargets, AcrossTargetsError> {
    let mut scores = Vec::with_capacity(columns.len());
    for &name in columns {
        let by_target: Vec<Option<f64>> = tables.iter().map(|target| tau(kind, &target.table, name)).collect();
        scores.push(ScoreAcrossTargets {
            name: name.to_owned(),
            is_bar: bars.iter().any(|bar| bar == name),
            mean: over_targets(&by_target, "mean over targets, Student's interval", 1.0)?,
            by_target,
            over_best_bar: None,
            p_value: None,
            p_adjusted: None,
            helps: None,
        });
    }
    let height = |score: &ScoreAcrossTargets| score.mean.as_ref().map_or(f64::NEG_INFINITY, Estimate::value);
    scores.sort_by(|a, b| height(b).total_cmp(&height(a)));
    let best = scores.iter().find(|score| score.is_bar && score.by_target.iter().all(Option::is_some)).cloned();
    if let Some(best) = &best {
        for score in scores.iter_mut().filter(|score| !score.is_bar) {
            let pairs = score.by_target.iter().zip(&best.by_target);
            let differences: Vec<Option<f64>> = pairs.map(|(own, bar)| Some((*own)? - (*bar)?)).collect();
            let found = over_targets(&differences, "mean of paired differences over targets, Student's interval", 2.0)?;
            score.helps = found.as_ref().and_then(Estimate::interval).map(|interval| interval.low() > 0.0);
            score.p_value =
                found.as_ref().and_then(|found| student_p(found.value(), found.std_error()?, found.count()));
            score.over_best_bar = found;
        }
    }
    let p_values: Vec<f64> = scores.iter().filter_map(|score| score.p_value).collect();
    let adjusted = holm(&p_values).unwrap_or_default();
    for (score, p) in scores.iter_mut().filter(|score| score.p_value.is_some()).zip(adjusted) {
        score.p_adjusted = Some(p);
    }
    Ok(KindAcrossTargets { kind, name: kind.name(), best_bar: best.map(|bar| bar.name), scores })
}

/// The correlation of one column with the outcomes; `None` where a network with an outcome lacks it, or it does not vary.
fn tau(kind: CorrelationKind, table: &ScoreTable, name: &str) -> Option<f64> {
    let column = table.scores.iter().find(|column| column.name == name)?;
    let with_outcome = column.values.iter().zip(&table.outcome.values).filter(|(_, outcome)| outcome.is_some());
    let pairs: Vec<(f64, f64)> =
        with_outcome.map(|(score, outcome)| Some(((*score)?, (*outcome)?))).collect::<Option<_>>()?;
    let (scores, outcomes): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
    if scores.len() < LEAST_NETWORKS {
        return None;
    }
    correlation(kind, &scores, &outcomes).ok()
}

/// The mean over the targets that have a value, its interval cut at ± `farthest`.
fn over_targets(
    values: &[Option<f64>],
    method: &'static str,
    farthest: f64,
) -> Result<Option<Estimate>, EstimateError> {
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    let Some((mean, error)) = mean_and_error(&known) else { return Ok(None) };
    let mut excluded = Exclusions::none();
    excluded.add("the score is missing or does not vary", values.len() - known.len());
    let estimate = Estimate::new(mean, known.len(), Over::Targets, method)?.with_exclusions(excluded);
    let Some(error) = error else { return Ok(Some(estimate.without_interval("one target varies over nothing"))) };
    let estimate = estimate.with_std_error(error)?;
    Ok(Some(match student_interval(mean, error, known.len())? {
        Some(interval) => {
            estimate.with_interval(Interval::new(interval.low().max(-farthest), interval.high().min(farthest))?)
        }
        None => estimate,
    }))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::recheck::{ScoreColumn, ScoreMeaning};

    fn column(name: &str, values: &[f64]) -> ScoreColumn {
        let values = values.iter().map(|value| value.is_finite().then_some(*value)).collect();
        ScoreColumn { name: name.to_owned(), meaning: ScoreMeaning::Other, values, decimals: 17 }
    }

    fn target(name: &str, outcome: &[f64], scores: &[(&str, &[f64])]) -> TargetTable {
        let table = ScoreTable {
            networks: (0..outcome.len()).map(|place| format!("network {place}")).collect(),
            outcome: column("outcome", outcome),
            scores: scores.iter().map(|(name, values)| column(name, values)).collect(),
            claims: Vec::new(),
        };
        TargetTable { target: name.to_owned(), table }
    }

    const RISING: [f64; 4] = [1.0, 2.0, 3.0, 4.0];
    const FALLING: [f64; 4] = [4.0, 3.0, 2.0, 1.0];

    fn find<'a>(found: &'a KindAcrossTargets, name: &str) -> &'a ScoreAcrossTargets {
        found.scores.iter().find(|score| score.name == name).unwrap()
    }

    #[test]
    fn a_score_helps_only_where_it_beats_the_best_bar_on_target_after_target() {
        // One exchange at the bottom, another of the two each time, so that the difference to a perfect score varies.
        let near = [1.0, 3.0, 2.0, 4.0];
        let nearer = [2.0, 1.0, 3.0, 4.0];
        let tables = [
            target("a", &RISING, &[("perfect", &RISING), ("bar", &near), ("worse bar", &FALLING)]),
            target("b", &RISING, &[("perfect", &RISING), ("bar", &nearer), ("worse bar", &FALLING)]),
            target("c", &RISING, &[("perfect", &RISING), ("bar", &near), ("worse bar", &FALLING)]),
            target("d", &RISING, &[("perfect", &RISING), ("bar", &nearer), ("worse bar", &FALLING)]),
        ];
        let found = across_targets(&tables, &["bar".to_owned(), "worse bar".to_owned()]).unwrap();
        for kind in &found.kinds {
            assert_eq!(kind.best_bar.as_deref(), Some("bar"));
            let perfect = find(kind, "perfect");
            assert_eq!(perfect.mean.as_ref().unwrap().value(), 1.0);
            let bar = find(kind, "bar").mean.as_ref().unwrap().value();
            assert!((perfect.over_best_bar.as_ref().unwrap().value() - (1.0 - bar)).abs() < 1e-12);
            assert_eq!((perfect.helps, find(kind, "bar").helps), (Some(true), None));
            assert!(perfect.p_value.unwrap() < 0.05);
        }
    }

    #[test]
    fn one_lucky_target_is_no_help() {
        let tables = [
            target("a", &RISING, &[("lucky", &RISING), ("bar", &FALLING)]),
            target("b", &RISING, &[("lucky", &RISING), ("bar", &RISING)]),
            target("c", &RISING, &[("lucky", &RISING), ("bar", &RISING)]),
        ];
        let found = across_targets(&tables, &["bar".to_owned()]).unwrap();
        let lucky = find(&found.kinds[0], "lucky");
        // Differences 2, 0, 0: mean 2/3 with a standard error of 2/3.
        assert!((lucky.over_best_bar.as_ref().unwrap().value() - 2.0 / 3.0).abs() < 1e-12);
        assert!((lucky.over_best_bar.as_ref().unwrap().std_error().unwrap() - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(lucky.helps, Some(false));
    }

    #[test]
    fn a_target_without_the_score_is_left_out_and_counted() {
        let gap = [1.0, f64::NAN, 3.0, 4.0];
        let tables = [
            target("a", &RISING, &[("score", &RISING)]),
            target("b", &RISING, &[("score", &gap)]),
            target("c", &RISING, &[("score", &[5.0; 4])]),
        ];
        let found = across_targets(&tables, &[]).unwrap();
        let score = find(&found.kinds[0], "score");
        assert_eq!(score.by_target, [Some(1.0), None, None]);
        let mean = score.mean.as_ref().unwrap();
        assert_eq!((mean.count(), mean.excluded().total(), mean.interval()), (1, 2, None));
        assert_eq!((score.helps, found.kinds[0].best_bar.as_ref()), (None, None));
    }

    #[test]
    fn what_cannot_be_taken_together_is_refused() {
        let one = target("a", &RISING, &[("score", &RISING)]);
        let failed = |tables: &[TargetTable], bars: &[String]| across_targets(tables, bars).unwrap_err();
        assert_eq!(failed(std::slice::from_ref(&one), &[]), AcrossTargetsError::TooFew { found: 1 });
        assert!(matches!(failed(&[one.clone(), one.clone()], &[]), AcrossTargetsError::Repeated { .. }));
        let other = TargetTable { target: "b".to_owned(), ..one.clone() };
        assert!(failed(&[one, other], &["probe".to_owned()]).to_string().contains("'probe'"));
    }
}
