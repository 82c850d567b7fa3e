//! The verdict in words.

use transferscope_theory::statistics::networks::{
    ExpectedSign, PermutationTest, VERDICT_SMALLEST_COUNT, Verdict, verdict,
};

use crate::plan::{Claim, EndpointStatistic, Study};

/// The level of the primary test.
const LEVEL: f64 = 0.05;

/// The word of a test: both claims of the paper predict a positive sign.
#[must_use]
pub fn verdict_of(test: &PermutationTest) -> Verdict {
    verdict(test, ExpectedSign::Positive, LEVEL)
}

/// What the primary endpoint is, in words.
pub(super) fn what(study: &Study) -> String {
    let endpoint = &study.endpoint;
    let eps = study.attack.eps.get(endpoint.eps).map_or("", |(text, _)| text.as_str());
    let measure = format!("{} {} at eps {eps}", endpoint.measure.label(), endpoint.direction.label());
    match endpoint.statistic {
        EndpointStatistic::Correlation => format!(
            "{} correlation over networks of {measure} with the accuracy after carrying over ({})",
            endpoint.kind.name(),
            study.transfer.method.word()
        ),
        EndpointStatistic::Crossover => format!(
            "difference of the slopes of {measure} over the mix of the sources, between the target tasks {}",
            study.tasks.iter().map(|task| task.name.as_str()).collect::<Vec<_>>().join(" and ")
        ),
    }
}

/// The verdict in a sentence.
#[must_use]
pub fn sentence(study: &Study, verdict: Verdict, test: &PermutationTest) -> String {
    let claim = match (study.endpoint.statistic, study.claim) {
        (EndpointStatistic::Crossover, _) => {
            "attacks carry over better to the task whose classes the source has seen more of"
        }
        (_, Claim::AdversarialToKnowledge) => {
            "networks that answer more to attacks built on the target also transfer better to its task"
        }
        (_, Claim::KnowledgeToAdversarial) => {
            "networks that transfer better to the target's task also make attacks that carry over to it better"
        }
        (_, Claim::Both) => "adversarial transferability and knowledge transferability go together",
    };
    let statistic = match study.endpoint.statistic {
        EndpointStatistic::Correlation => format!("{} {:+.2}", short(study), test.correlation),
        EndpointStatistic::Crossover => format!("difference of slopes {:+.3}", test.correlation),
    };
    let numbers = format!("{statistic} over {} networks, p = {}", test.n, p(test.p_value));
    let few = test.n < VERDICT_SMALLEST_COUNT;
    match verdict {
        Verdict::Supports => format!("This study supports that {claim} ({numbers})."),
        Verdict::ConsistentWith => format!(
            "What came out is consistent with the claim that {claim} ({numbers}); fewer than {VERDICT_SMALLEST_COUNT} \
             networks can say no more than that."
        ),
        Verdict::Contradicts => format!("This study contradicts that {claim} ({numbers})."),
        Verdict::NotShown => format!(
            "It is not shown that {claim} ({numbers}){}.",
            if few { "; so few networks would show only a very strong relation" } else { "" }
        ),
    }
}

fn short(study: &Study) -> &'static str {
    use transferscope_theory::statistics::correlation::CorrelationKind;
    match study.endpoint.kind {
        CorrelationKind::Pearson => "Pearson r",
        CorrelationKind::Spearman => "Spearman rho",
        _ => "Kendall tau",
    }
}

/// A p value as it is printed.
pub(crate) fn p(value: f64) -> String {
    if value < 0.001 { "below 0.001".to_owned() } else { format!("{value:.3}") }
}
