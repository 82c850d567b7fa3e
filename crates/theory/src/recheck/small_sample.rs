//! What a table of few networks can and cannot say, in figures and in words.

use serde::Serialize;

use super::claims::complete_pairs;
use super::{ScoreColumn, ScoreMeaning, ScoreTable};
use crate::statistics::correlation::{
    CorrelationKind, PartialCorrelation, SlopeInterval, correlation, partial_correlation, slope_interval,
};
use crate::statistics::networks::fisher_power;

/// A column that holds squares where the paper's measure is a norm.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SquaredColumn {
    /// Column name.
    pub score: String,
    /// The square roots, in the order of the rows; `None` where missing.
    pub roots: Vec<Option<f64>>,
    /// Pearson correlation of the roots with the outcome (orders, and so all other kinds, do not change).
    pub pearson_of_roots: Option<f64>,
}

/// What the size of the table allows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SmallSampleAdvice {
    /// Smallest two-sided p of a test that only sees orders without ties, 2/n!.
    pub smallest_p: f64,
    /// True correlation that this many networks would show four times in five (Fisher, two-sided 5 %).
    pub detectable_correlation: Option<f64>,
    /// Outcome gained per unit of score, with its interval: (score, slope).
    pub slopes: Vec<(String, SlopeInterval)>,
    /// What remains of each Pearson correlation given the covariates: (score, partial correlation).
    pub given_covariates: Vec<(String, PartialCorrelation)>,
    /// Columns that are squares.
    pub squared: Vec<SquaredColumn>,
    /// The same in sentences.
    pub sentences: Vec<String>,
}

pub(super) fn advise(table: &ScoreTable, covariates: &[Vec<f64>], seed: u64) -> SmallSampleAdvice {
    let n = table.networks.len();
    let smallest_p = (2.0 / (1..=n).map(|k| k as f64).product::<f64>()).min(1.0);
    let detectable = detectable_correlation(n);
    let mut sentences = vec![format!(
        "{n} networks: a test of orders cannot give a two-sided p below {smallest_p:.2e}, whatever the scores are."
    )];
    if let Some(detectable) = detectable {
        sentences.push(format!(
            "A true correlation below {detectable:.2} would be missed more than one time in five at this size."
        ));
    }
    if n < 8 {
        sentences.push(
            "Below 8 networks the strongest word is \"consistent with\"; no claim about an order of scores is shown."
                .to_owned(),
        );
    }
    let slopes = table
        .scores
        .iter()
        .filter_map(|column| {
            let (scores, outcomes) = complete_pairs(column, &table.outcome);
            Some((column.name.clone(), slope_interval(&scores, &outcomes, 0.95, seed).ok()?))
        })
        .collect();
    let given_covariates = given_covariates(table, covariates, &mut sentences);
    let squared = squared_columns(table);
    for column in &squared {
        sentences.push(format!(
            "Column {} holds squares: together with alpha1 it fits alpha1² times the square of alpha2, not alpha1 \
             times alpha2; the norms are its square roots.",
            column.score
        ));
    }
    SmallSampleAdvice { smallest_p, detectable_correlation: detectable, slopes, given_covariates, squared, sentences }
}

/// Bisection on the closed-form power; `None` below five networks.
fn detectable_correlation(networks: usize) -> Option<f64> {
    if networks < 5 {
        return None;
    }
    let (mut low, mut high) = (0.0, 0.999_999);
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if fisher_power(networks, middle, 0.05).ok()? < 0.8 {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(high)
}

fn given_covariates(
    table: &ScoreTable,
    covariates: &[Vec<f64>],
    sentences: &mut Vec<String>,
) -> Vec<(String, PartialCorrelation)> {
    let fits = covariates.iter().all(|covariate| covariate.len() == table.networks.len());
    if covariates.is_empty() || !fits {
        return Vec::new();
    }
    let mut found = Vec::new();
    for column in &table.scores {
        let rows: Vec<usize> = (0..table.networks.len())
            .filter(|&row| column.values[row].is_some() && table.outcome.values[row].is_some())
            .collect();
        let (scores, outcomes) = complete_pairs(column, &table.outcome);
        let kept: Vec<Vec<f64>> =
            covariates.iter().map(|covariate| rows.iter().map(|&row| covariate[row]).collect()).collect();
        if let Ok(partial) = partial_correlation(&scores, &outcomes, &kept) {
            sentences.push(format!(
                "Given the covariates, the correlation of {} with the outcome is {:.3} with {} degrees of freedom, p = {:.2}.",
                column.name, partial.correlation, partial.degrees_of_freedom, partial.p_value
            ));
            found.push((column.name.clone(), partial));
        }
    }
    found
}

fn find(table: &ScoreTable, meaning: ScoreMeaning) -> Option<&ScoreColumn> {
    table.scores.iter().find(|column| column.meaning == meaning)
}

/// Compares combined with alpha1·alpha2 and with alpha1²·alpha2: squares fit the second (paper §10.1).
fn squared_columns(table: &ScoreTable) -> Vec<SquaredColumn> {
    let (Some(alpha1), Some(alpha2), Some(combined)) =
        (find(table, ScoreMeaning::Alpha1), find(table, ScoreMeaning::Alpha2), find(table, ScoreMeaning::Combined))
    else {
        return Vec::new();
    };
    let (mut product, mut square, mut rows) = (0.0, 0.0, 0);
    for ((one, two), both) in alpha1.values.iter().zip(&alpha2.values).zip(&combined.values) {
        if let (Some(one), Some(two), Some(both)) = (*one, *two, *both)
            && one > 0.0
            && two > 0.0
            && both > 0.0
        {
            product += (both / (one * two)).ln().abs();
            square += (both / (one * one * two)).ln().abs();
            rows += 1;
        }
    }
    // Squares must fit clearly better: within a fifth on average, and twice as well as the plain product.
    let squares = rows >= 3 && square / f64::from(rows) < 0.2 && 2.0 * square < product;
    if !squares {
        return Vec::new();
    }
    [alpha2, combined]
        .into_iter()
        .map(|column| {
            let roots: Vec<Option<f64>> =
                column.values.iter().map(|value| value.filter(|value| *value >= 0.0).map(f64::sqrt)).collect();
            let rooted = ScoreColumn { values: roots.clone(), ..column.clone() };
            let (scores, outcomes) = complete_pairs(&rooted, &table.outcome);
            SquaredColumn {
                score: column.name.clone(),
                roots,
                pearson_of_roots: correlation(CorrelationKind::Pearson, &scores, &outcomes).ok(),
            }
        })
        .collect()
}
