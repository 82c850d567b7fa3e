//! `transferscope explain`: what a term means.

use super::score_terms::SCORE_TERMS;
use crate::{console::Console, exit::Failure};

/// What can be typed.
#[derive(clap::Args)]
pub struct Arguments {
    /// The term; without one, the list of terms.
    term: Option<String>,
}

/// One term.
pub(super) struct Term {
    pub name: &'static str,
    pub also: &'static [&'static str],
    pub means: &'static str,
    pub formula: &'static str,
    pub range: &'static str,
    pub floor: &'static str,
    pub ceiling: &'static str,
    pub moved_by: &'static str,
    pub defined_in: &'static str,
}

/// All terms: the measures, then the scores.
fn terms() -> impl Iterator<Item = &'static Term> {
    TERMS.iter().chain(&SCORE_TERMS)
}

/// Explains.
///
/// # Errors
/// With exit code 2 for a term that is not explained here.
pub fn run(arguments: &Arguments, console: &Console) -> Result<(), Failure> {
    let Some(wanted) = &arguments.term else {
        let list: Vec<String> =
            terms().map(|term| format!("  {:<20} {}", term.name, first_sentence(term.means))).collect();
        console.answer(&format!("transferscope explain TERM, with one of\n{}", list.join("\n")));
        return Ok(());
    };
    let same = |term: &&Term| term.name == wanted || term.also.contains(&wanted.as_str());
    let term = terms().find(same).ok_or_else(|| {
        let names: Vec<&str> = terms().map(|term| term.name).collect();
        Failure::usage(anyhow::anyhow!("'{wanted}' is not explained here; the terms are {}", names.join(", ")))
    })?;
    console.answer(&text(term));
    Ok(())
}

fn first_sentence(text: &str) -> &str {
    text.split_once(". ").map_or(text, |(first, _)| first)
}

fn text(term: &Term) -> String {
    let rows = [
        ("means", term.means),
        ("formula", term.formula),
        ("range", term.range),
        ("floor", term.floor),
        ("ceiling", term.ceiling),
        ("moved by", term.moved_by),
        ("defined in", term.defined_in),
    ];
    let lines: Vec<String> =
        rows.iter().filter(|(_, what)| !what.is_empty()).map(|(label, what)| format!("  {label:<11}{what}")).collect();
    format!("{}\n{}", term.name, lines.join("\n"))
}

const TERMS: &[Term] = &[
    Term {
        name: "alpha1",
        also: &["alpha"],
        means: "How far the evaluated network's output moves under an attack built on another network, as a share of how far its own attack moves it. The mean over images of the ratio (the paper's choice); median, ratio of means and envelope stand beside it.",
        formula: "alpha1(S->T) = E |f_T(x+d_S) - f_T(x)| / |f_T(x+d_T) - f_T(x)|",
        range: "0 and up; at most 1 for exact first-order attacks; above 1 where the own attack is not the strongest",
        floor: "the value under noise of the same size, printed beside it; for a random direction its mean square is stable rank / n",
        ceiling: "1 (the attack is as good as the own one)",
        moved_by: "a weak or masked own attack of the evaluated network (raises it), the size of the budget, the number of steps; not by scaling either network (first order)",
        defined_in: "Liang et al. 2021, section 3 (practical metrics); theory::transferability::Alpha1",
    },
    Term {
        name: "envelope",
        also: &[],
        means: "alpha1 with the larger of both deviations as denominator, image by image. The form to compare networks by: a network that masks its own gradients cannot raise it above 1.",
        formula: "E |D_ST| / max(|D_TT|, |D_ST|)",
        range: "[0, 1]",
        floor: "as alpha1",
        ceiling: "1",
        moved_by: "as alpha1, but not by a weak own attack beyond 1",
        defined_in: "this project; theory::transferability::Alpha1",
    },
    Term {
        name: "alpha2",
        also: &["gamma"],
        means: "How consistent the direction is in which the evaluated network moves, given the direction in which the attacked one moves. Large when the same move of the one always goes with the same move of the other.",
        formula: "alpha2(S->T) = | E[ unit(D_SS) unit(D_ST)^T ] |_F, D_SS the attacked network's own deviation",
        range: "[0, 1]; the plug-in value is biased up, the unbiased square may be negative",
        floor: "about 1/sqrt(N) for unrelated directions; permuted pairing gives the value that mean directions alone make",
        ceiling: "the value of the attacked network against itself, which lies in [1/sqrt(d), 1] for d outputs, so raw values of different output dimensions are not comparable",
        moved_by: "mean directions that both networks share (use centred), the number of outputs (use normalised), few images (use unbiased)",
        defined_in: "Liang et al. 2021, section 3; the released image scripts print its square; theory::transferability::DirectionMeasure",
    },
    Term {
        name: "combined",
        also: &["alpha1*alpha2", "C"],
        means: "alpha1 inside the expectation of alpha2: how far and how consistently. Not the product of the two. The first-level content of the gradient matching distance.",
        formula: "C(S->T) = | E[ alpha1(x) unit(D_SS) unit(D_ST)^T ] |_F = | E[ unit(D_SS) D_ST^T / |D_TT| ] |_F",
        range: "0 to E alpha1 for exact attacks",
        floor: "permuted pairing",
        ceiling: "alpha2 of the attacked network against itself",
        moved_by: "whatever moves alpha1 and alpha2",
        defined_in: "Liang et al. 2021, table 1; theory::transferability::DirectionMeasure",
    },
    Term {
        name: "centred",
        also: &[],
        means: "What is left of alpha2 (or combined) when the mean directions are taken off. It separated trained from untrained pairs where the raw value did not.",
        formula: "| E[a b^T] - E[a] E[b]^T |_F",
        range: "0 to 1",
        floor: "its value under permuted pairing",
        ceiling: "that of the network against itself",
        moved_by: "few images (biased up by about 1/sqrt(N))",
        defined_in: "this project (paper.md 7.5)",
    },
    Term {
        name: "normalised",
        also: &[],
        means: "alpha2 divided by what both sides allow: the root of the uncentred linear CKA of the unit deviations. 1 for a network against itself.",
        formula: "alpha2_n^2 = alpha2^2 / (|E a a^T|_F |E b b^T|_F)",
        range: "[0, 1]",
        floor: "permuted pairing",
        ceiling: "1",
        moved_by: "shared mean directions",
        defined_in: "this project (paper.md 2.7)",
    },
    Term {
        name: "level",
        also: &[],
        means: "Which singular direction of the Jacobian a first-order attack uses; level 0 is the attack of the paper. In the paper's synthetic world the relation to knowledge transfer holds at level 0 and changes sign for alpha1 T->S at level 1.",
        formula: "d = right-singular vector number `level` of J",
        range: "0 to min(outputs, inputs) - 1",
        floor: "",
        ceiling: "",
        moved_by: "",
        defined_in: "Liang et al. 2021, section 3.1",
    },
    Term {
        name: "direction",
        also: &["s_to_t", "t_to_s"],
        means: "Where the attack is built and where it is seen. S->T: built on the source, seen on the target (knowledge -> adversarial, exposure). T->S: built on the target, seen on the source (adversarial -> knowledge, choosing a source).",
        formula: "",
        range: "",
        floor: "",
        ceiling: "",
        moved_by: "",
        defined_in: "paper.md Q14",
    },
    Term {
        name: "noise",
        also: &["reference"],
        means: "Random signs of the same budget instead of the attack. An attack that moves a network no further than this has found nothing.",
        formula: "d = +-eps for every pixel at random, clipped to [0,1]",
        range: "",
        floor: "",
        ceiling: "",
        moved_by: "the budget; clipping",
        defined_in: "lab::attacks::noise",
    },
    Term {
        name: "permuted",
        also: &["permuted pairing"],
        means: "The measure with the images of one network paired at random with those of the other: what is left when nothing connects the two moves of one image.",
        formula: "mean and 95 % quantile over random permutations of the pairing; p = (1 + reached) / (1 + permutations)",
        range: "",
        floor: "",
        ceiling: "",
        moved_by: "shared mean directions (they survive permutation; centred removes them)",
        defined_in: "theory::transferability::References",
    },
    Term {
        name: "self",
        also: &["ceiling"],
        means: "The measure of the attacked network against itself: the most that any other network could reach.",
        formula: "alpha2(f->f) = | E[a a^T] |_F",
        range: "[1/sqrt(d), 1]",
        floor: "",
        ceiling: "",
        moved_by: "the number of outputs and how many directions the attack uses",
        defined_in: "theory::transferability::References",
    },
    Term {
        name: "untrained-twin",
        also: &["untrained twin", "twin"],
        means: "The source's graph with fresh weights and calibrated batch normalization. What measures give for an architecture that learned nothing.",
        formula: "",
        range: "",
        floor: "",
        ceiling: "",
        moved_by: "the seed of the fresh weights",
        defined_in: "lab::twin",
    },
    Term {
        name: "gradient-matching",
        also: &["gradient matching", "gmd"],
        means: "How well the Jacobian of one network is a fixed linear map of the other's. R2 is the share that is matched.",
        formula: "min_A sqrt( E |J_T - A J_S|_F^2 ); R2 = 1 - distance^2 / E |J_T|_F^2",
        range: "R2 in [0, 1]",
        floor: "R2 = 0: nothing in common",
        ceiling: "R2 = 1: the one is an affine head on the other",
        moved_by: "the scale of the matched network (the distance, not R2); few samples (R2 is biased up)",
        defined_in: "Liang et al. 2021, section 3.1; theory::matching",
    },
    Term {
        name: "function-matching",
        also: &["function matching", "fmd"],
        means: "How well the outputs of one network are an affine map of the other's.",
        formula: "min_{A,b} sqrt( E |f_T - A f_S - b|^2 ); R2 = 1 - distance^2 / variance of f_T",
        range: "R2 in [0, 1]",
        floor: "R2 = 0",
        ceiling: "R2 = 1",
        moved_by: "few samples against many outputs (in-sample fit)",
        defined_in: "Liang et al. 2021, section 3.2; theory::matching",
    },
    Term {
        name: "success",
        also: &["attack success", "asr"],
        means: "How often an attack succeeds, under every denominator in use. Over all images, clean errors count as success, so the clean error is the floor; over images that were right before, it is 0.",
        formula: "share of images whose prediction changed, or is wrong, with Wilson's interval",
        range: "[0, 1]",
        floor: "clean error (over all images), 0 (over right images)",
        ceiling: "1",
        moved_by: "the denominator: compare only like with like",
        defined_in: "study::measurement::Success",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measure_says_range_floor_and_ceiling() {
        for name in ["alpha1", "envelope", "alpha2", "combined", "centred", "normalised"] {
            let term = terms().find(|term| term.name == name).expect("it is a measure");
            for part in [term.means, term.formula, term.range, term.floor, term.ceiling, term.moved_by, term.defined_in]
            {
                assert!(!part.is_empty(), "{name}");
            }
        }
    }

    /// By the name that tables print, and by the one of JSON.
    #[test]
    fn every_score_is_explained() {
        for kind in transferscope_theory::scores::ScoreKind::ALL {
            for typed in [kind.name(), kind.key()] {
                let found = terms().find(|term| term.name == typed || term.also.contains(&typed));
                let term = found.unwrap_or_else(|| panic!("'{typed}' is not explained"));
                let parts = [term.means, term.formula, term.range, term.floor, term.ceiling, term.moved_by];
                assert!(parts.iter().all(|part| !part.is_empty()), "{typed}");
            }
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<&str> = terms().flat_map(|term| term.also.iter().copied().chain([term.name])).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
