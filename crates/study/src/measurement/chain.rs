//! The chain of one measured pair: the numbers of its record, side by side.

use transferscope_theory::transferability::DirectionReport;

use super::{Knowledge, Match, MatchPair, Matchings};
use crate::chain::{Chain, ChainPair};

/// Both directions; attacks T→S speak of the target given the source (paper.md §3.5).
pub(super) fn of(s_to_t: &DirectionReport, t_to_s: &DirectionReport, matching: &Matchings) -> ChainPair {
    let side = |report: &DirectionReport, pick: fn(&MatchPair) -> &Match, knowledge: Option<&Knowledge>| {
        let r2 = |pair: &Option<MatchPair>| pair.as_ref().and_then(|pair| pick(pair).r2);
        Chain {
            alpha1: Some(report.alpha1.mean.value()),
            alpha2: report.alpha2.as_ref().map(|alpha2| alpha2.norm.value()),
            combined: Some(report.combined.norm.value()),
            gradient_r2: r2(&matching.gradient),
            function_r2: r2(&matching.function),
            function_r2_held_out: r2(&matching.function_held_out),
            transfer_r2_held_out: knowledge.and_then(|knowledge| knowledge.held_out.r2),
            transfer_accuracy_held_out: knowledge.map(|knowledge| knowledge.held_out_accuracy.value()),
        }
    };
    let knowledge = matching.knowledge.as_ref();
    ChainPair {
        t_given_s: side(t_to_s, |pair| &pair.t_given_s, knowledge.map(|pair| &pair.from_source)),
        s_given_t: side(s_to_t, |pair| &pair.s_given_t, knowledge.map(|pair| &pair.from_target)),
    }
}
