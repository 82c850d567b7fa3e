//! Which networks cannot be told from the first, from the very images on which they were right or wrong.

use serde::Serialize;
use transferscope_theory::{scores::ScoreKind, statistics::networks::tied_with_best};

use super::NetworkScores;

/// The networks that may be the best by one score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ties {
    /// By which score.
    pub score: ScoreKind,
    /// All networks, best first.
    pub networks: Vec<TiedEntry>,
    /// Images that were compared pair by pair.
    pub images: usize,
    /// Chance, at most, that the truly best one is left out of the group.
    pub alpha: f64,
    /// How the comparison is made.
    pub method: &'static str,
}

/// One network against the best.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TiedEntry {
    /// Its name.
    pub network: String,
    /// Its share of right images.
    pub value: f64,
    /// How far it is behind the best over the same images.
    pub behind: f64,
    /// Standard error of that paired difference.
    pub std_error: f64,
    /// p of "no network is better than this one".
    pub p_value: f64,
    /// Whether it cannot be told from the best.
    pub tied: bool,
}

/// Chance that the best network is left out of its group.
const ALPHA: f64 = 0.05;

/// Groups the networks by the images that the score got right; `None` where a network has no such score, or there are fewer
/// than two networks or images.
#[must_use]
pub fn ties(networks: &[NetworkScores], score: ScoreKind, seed: u64) -> Option<Ties> {
    let outcomes: Vec<Vec<f64>> = networks
        .iter()
        .map(|network| Some(network.correct.get(&score)?.iter().map(|right| f64::from(u8::from(*right))).collect()))
        .collect::<Option<_>>()?;
    let group = tied_with_best(&outcomes, ALPHA, seed).ok()?;
    let entries = group.networks.iter().map(|entry| TiedEntry {
        network: networks[entry.network].network.clone(),
        value: entry.mean,
        behind: entry.behind,
        std_error: entry.std_error,
        p_value: entry.p_value,
        tied: entry.tied,
    });
    Some(Ties {
        score,
        networks: entries.collect(),
        images: group.images,
        alpha: group.alpha,
        method: "paired differences by image, multiple comparison with the best by sign flips",
    })
}
