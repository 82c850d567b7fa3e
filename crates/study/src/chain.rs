//! The chain from attack to knowledge, side by side for one pair, and which of its links breaks over several.

use serde::{Deserialize, Serialize};
use transferscope_theory::statistics::{
    correlation::{CorrelationKind, correlation},
    networks::{ExpectedSign, Verdict, permutation_test, verdict},
};

/// The boxes of the chain for one pair and one direction; whatever was not measured is absent.
///
/// Direction "target given source" (T|S): can an affine head on the source imitate the target, and tell the classes? Its
/// attacks are built on the target and seen on the source (paper §3.5). "Source given target" is the other way round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Chain {
    /// alpha1 of the attack that belongs to this direction.
    pub alpha1: Option<f64>,
    /// alpha2.
    pub alpha2: Option<f64>,
    /// The combined measure.
    pub combined: Option<f64>,
    /// R² of gradient matching.
    pub gradient_r2: Option<f64>,
    /// R² of function matching, in sample.
    pub function_r2: Option<f64>,
    /// R² of function matching, fitted on four of every five samples and measured on the fifth.
    pub function_r2_held_out: Option<f64>,
    /// R² of knowledge transfer: an affine head on the imitating network's outputs against the truth, held out.
    pub transfer_r2_held_out: Option<f64>,
    /// Share of held-out samples whose class that head gets right.
    pub transfer_accuracy_held_out: Option<f64>,
}

/// Both directions of one pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChainPair {
    /// The target imitated through the source: attacks T→S, adversarial → knowledge.
    pub t_given_s: Chain,
    /// The source imitated through the target: attacks S→T.
    pub s_given_t: Chain,
}

/// Which way a chain is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainDirection {
    /// The target given the source.
    TargetGivenSource,
    /// The source given the target.
    SourceGivenTarget,
}

/// What the chains are over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainsOver {
    /// Steps of one walk: correlations describe it, and nothing is tested.
    Steps,
    /// Different sources against one target: correlations are tested by permuting the sources.
    Sources,
}

/// How a link of the chain fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// Pearson and Spearman are both at least one half.
    Holds,
    /// Neither that nor a wrong sign.
    Weak,
    /// One of both is negative: the neighbours move against each other.
    Breaks,
    /// A side does not vary, or was not measured.
    Undefined,
}

/// Correlations of at least this size count as holding.
const HOLDS_FROM: f64 = 0.5;

/// Two neighbours of the chain and how they move together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChainLink {
    /// The earlier box.
    pub from: &'static str,
    /// The later box.
    pub to: &'static str,
    /// How many chains have both boxes.
    pub chains: usize,
    /// Pearson's correlation, both sides taken so that more is better.
    pub pearson: Option<f64>,
    /// Spearman's.
    pub spearman: Option<f64>,
    /// Two-sided permutation p of Spearman's over sources; absent over steps of one walk.
    pub p_value: Option<f64>,
    /// The word for it, at a level of 5 % for this link alone.
    pub verdict: Option<Verdict>,
    /// What the correlations mean.
    pub state: LinkState,
}

type Value = fn(&Chain) -> Option<f64>;

/// A box: its names in both directions, and where its value stands.
struct Box {
    names: [&'static str; 2],
    value: Value,
}

const ALPHA1: Box = Box { names: ["alpha1 T->S", "alpha1 S->T"], value: |chain| chain.alpha1 };
const ALPHA2: Box = Box { names: ["alpha2 T->S", "alpha2 S->T"], value: |chain| chain.alpha2 };
const COMBINED: Box = Box { names: ["combined T->S", "combined S->T"], value: |chain| chain.combined };
const GRADIENT: Box =
    Box { names: ["gradient matching R² (T|S)", "gradient matching R² (S|T)"], value: |chain| chain.gradient_r2 };
const FUNCTION: Box =
    Box { names: ["function matching R² (T|S)", "function matching R² (S|T)"], value: |chain| chain.function_r2 };
const TRANSFER: Box = Box {
    names: ["knowledge transfer R², held out", "knowledge transfer R² of the target, held out"],
    value: |chain| chain.transfer_r2_held_out,
};

/// Neighbours in the chain, then its two ends.
const LINKS: [(&Box, &Box); 6] = [
    (&ALPHA1, &GRADIENT),
    (&ALPHA2, &GRADIENT),
    (&COMBINED, &GRADIENT),
    (&GRADIENT, &FUNCTION),
    (&FUNCTION, &TRANSFER),
    (&COMBINED, &TRANSFER),
];

/// How the neighbours of the chain move together over several chains of one direction.
///
/// A chain that lacks a box is left out of that box's links. Over [`ChainsOver::Sources`] each link is tested by the
/// permutation test of Spearman's correlation, whose verdict below eight sources is never more than "consistent with".
///
/// ```
/// use transferscope_study::chain::{Chain, ChainDirection, ChainsOver, LinkState, chain_links};
/// let chains: Vec<Chain> = (0..6)
///     .map(|k| f64::from(k) / 10.0)
///     .map(|x| Chain { combined: Some(x), gradient_r2: Some(x * x), function_r2: Some(1.0 - x), ..Chain::default() })
///     .collect();
/// let links = chain_links(&chains, ChainDirection::TargetGivenSource, ChainsOver::Sources);
/// assert_eq!(links[2].state, LinkState::Holds);      // combined and gradient matching rise together
/// assert_eq!(links[3].state, LinkState::Breaks);     // gradient and function matching do not
/// assert_eq!(links[0].state, LinkState::Undefined);  // alpha1 was not measured
/// ```
#[must_use]
pub fn chain_links(chains: &[Chain], direction: ChainDirection, over: ChainsOver) -> Vec<ChainLink> {
    let name = |of: &Box| of.names[usize::from(direction == ChainDirection::SourceGivenTarget)];
    LINKS
        .iter()
        .map(|(first, second)| {
            let (one, two): (Vec<f64>, Vec<f64>) =
                chains.iter().filter_map(|chain| Some(((first.value)(chain)?, (second.value)(chain)?))).unzip();
            let of = |kind| correlation(kind, &one, &two).ok();
            let (pearson, spearman) = (of(CorrelationKind::Pearson), of(CorrelationKind::Spearman));
            let test = match over {
                ChainsOver::Steps => None,
                ChainsOver::Sources => permutation_test(CorrelationKind::Spearman, &one, &two, 0).ok(),
            };
            let state = match (pearson, spearman) {
                (Some(one), Some(two)) if one < 0.0 || two < 0.0 => LinkState::Breaks,
                (Some(one), Some(two)) if one >= HOLDS_FROM && two >= HOLDS_FROM => LinkState::Holds,
                (Some(_), Some(_)) => LinkState::Weak,
                _ => LinkState::Undefined,
            };
            ChainLink {
                from: name(first),
                to: name(second),
                chains: one.len(),
                pearson,
                spearman,
                p_value: test.map(|test| test.p_value),
                verdict: test.map(|test| verdict(&test, ExpectedSign::Positive, LEVEL)),
                state,
            }
        })
        .collect()
}

/// Level of the test of a single link.
const LEVEL: f64 = 0.05;
