//! A correlation over networks with everything that is to be held against it.

use serde::{Deserialize, Serialize};
use transferscope_theory::statistics::{
    correlation::{CorrelationKind, PartialCorrelation, correlation, fisher_interval, partial_correlation},
    networks::{PermutationTest, permutation_test},
};

/// The seed of random permutations above eight networks.
pub(super) const PERMUTATION_SEED: u64 = 0;

/// A correlation over networks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Correlated {
    /// Coefficient, n, permutation p.
    pub test: PermutationTest,
    /// Fisher's interval (assumes joint normality); absent for other coefficients than Pearson's and below five networks.
    pub fisher95: Option<[f64; 2]>,
    /// Smallest and largest coefficient when one network is left out; absent where leaving one out leaves too few.
    pub leave_one_out: Option<[f64; 2]>,
    /// The same correlation of other things with the outcome, which cost no attack.
    pub rivals: Vec<Rival>,
    /// What is left of it when other things are accounted for.
    pub partials: Vec<Partial>,
}

/// Something else that could tell of the outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rival {
    /// What.
    pub what: String,
    /// The same statistic; absent where it does not exist.
    pub test: Option<PermutationTest>,
    /// Why it does not.
    pub absent_because: Option<String>,
}

/// A partial correlation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Partial {
    /// What is accounted for.
    pub given: String,
    /// The partial correlation; absent where it does not exist.
    pub partial: Option<PartialCorrelation>,
    /// Why it does not.
    pub absent_because: Option<String>,
}

/// What is known of each network besides measure and outcome.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Covariates {
    /// What they learned from: images or texts.
    pub samples: &'static str,
    /// The family of each.
    pub families: Vec<String>,
    /// Accuracy on its own test images.
    pub source_accuracy: Vec<f64>,
    /// Number of parameters.
    pub parameters: Vec<f64>,
}

/// Correlates a measure with an outcome over networks; `Err` says why that is not possible.
///
/// # Errors
/// Why there is no correlation.
pub fn correlated(
    kind: CorrelationKind,
    measure: &[f64],
    outcome: &[f64],
    others: &Covariates,
) -> Result<Correlated, String> {
    let test = permutation_test(kind, measure, outcome, PERMUTATION_SEED).map_err(|error| error.to_string())?;
    let fisher95 = match kind {
        CorrelationKind::Pearson => {
            fisher_interval(test.correlation, test.n, 0.95).ok().map(|interval| [interval.lower, interval.upper])
        }
        _ => None,
    };
    let sizes: Vec<f64> = others.parameters.iter().map(|count| count.max(1.0).ln()).collect();
    let rival = |what: &str, values: &[f64]| {
        let test = permutation_test(kind, values, outcome, PERMUTATION_SEED);
        Rival { what: what.to_owned(), absent_because: test.as_ref().err().map(ToString::to_string), test: test.ok() }
    };
    let indicators = indicators(&others.families);
    let accuracy = vec![others.source_accuracy.clone()];
    let both = [indicators.clone(), accuracy.clone()].concat();
    let partial = |given: &str, covariates: &[Vec<f64>]| {
        let partial = partial_correlation(measure, outcome, covariates);
        Partial {
            given: given.to_owned(),
            absent_because: partial.as_ref().err().map(ToString::to_string),
            partial: partial.ok(),
        }
    };
    let mut partials = vec![partial("source accuracy", &accuracy)];
    if !indicators.is_empty() {
        partials.push(partial("family", &indicators));
        partials.push(partial("family and source accuracy", &both));
    }
    Ok(Correlated {
        leave_one_out: leave_one_out(kind, measure, outcome),
        fisher95,
        rivals: vec![
            rival(&format!("accuracy on its own test {}", others.samples), &others.source_accuracy),
            rival("parameter count (logarithm)", &sizes),
        ],
        partials,
        test,
    })
}

/// One column a family but for the first, 1 where a network is of it.
fn indicators(families: &[String]) -> Vec<Vec<f64>> {
    let mut names: Vec<&String> = families.iter().collect();
    names.sort();
    names.dedup();
    let column = |name: &&String| families.iter().map(|family| f64::from(u8::from(family == *name))).collect();
    names.iter().skip(1).map(column).collect()
}

fn leave_one_out(kind: CorrelationKind, measure: &[f64], outcome: &[f64]) -> Option<[f64; 2]> {
    let without = |left: usize, values: &[f64]| -> Vec<f64> {
        values.iter().enumerate().filter(|(place, _)| *place != left).map(|(_, value)| *value).collect()
    };
    let all: Option<Vec<f64>> = (0..measure.len())
        .map(|left| correlation(kind, &without(left, measure), &without(left, outcome)).ok())
        .collect();
    let all = all.filter(|all| measure.len() > 3 && !all.is_empty())?;
    Some([all.iter().copied().fold(f64::INFINITY, f64::min), all.iter().copied().fold(f64::NEG_INFINITY, f64::max)])
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use super::*;

    /// One network far out makes the whole relation: leaving it out shows it.
    #[test]
    fn leaving_one_out_shows_what_one_network_does() {
        let measure = [0.1, 0.2, 0.1, 0.2, 5.0];
        let outcome = [0.2, 0.1, 0.1, 0.2, 5.0];
        let others = Covariates {
            samples: "images",
            families: ["a", "a", "b", "b", "b"].map(str::to_owned).to_vec(),
            source_accuracy: vec![0.5, 0.6, 0.4, 0.5, 0.7],
            parameters: vec![10.0, 20.0, 10.0, 20.0, 30.0],
        };
        let result = correlated(CorrelationKind::Pearson, &measure, &outcome, &others).unwrap();
        assert!(result.test.correlation > 0.99);
        let [low, _] = result.leave_one_out.unwrap();
        // Without it: deviations ±.05 whose products cancel.
        assert!(low.abs() < 1e-9, "{low}");
        // Five networks, one family indicator and one accuracy leave one degree of freedom.
        let given_both = result.partials.iter().find(|partial| partial.given.starts_with("family and")).unwrap();
        assert_eq!(given_both.partial.unwrap().degrees_of_freedom, 1);
    }
}
