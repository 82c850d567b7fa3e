//! What the numbers of one direction mean, in sentences.

use transferscope_study::measurement::Direction;
use transferscope_theory::transferability::DirectionMeasure;

/// Sentences on one direction of attack: `built` is the attacked network's role, `seen` the evaluated one's.
pub fn direction(direction: &Direction, built: &str, seen: &str) -> Vec<String> {
    let report = &direction.report;
    let mut sentences = Vec::new();
    let alpha1 = report.alpha1.mean.value();
    let reach = format!(
        "The attack built on the {built} moves the {seen} {:.0} % as far as the {seen}'s own attack does",
        100.0 * alpha1
    );
    sentences.push(match report.alpha1.references.noise {
        Some(noise) if noise > 0.0 => {
            format!("{reach}, {:.1} times as far as noise of the same size ({:.0} %).", alpha1 / noise, 100.0 * noise)
        }
        _ => format!("{reach}."),
    });
    let above_one = report.alpha1.share_above_1;
    if above_one > MANY_ABOVE_ONE {
        sentences.push(format!(
            "At {:.0} % of the images it moves it further than its own attack: that attack is not the strongest there \
             (masked gradients, too few steps?); compare networks by the envelope, {:.3}.",
            100.0 * above_one,
            report.alpha1.envelope
        ));
    }
    match &report.alpha2 {
        Some(alpha2) => sentences.push(consistency(alpha2)),
        None => sentences.push(format!("It moves the {seen} at no image, so alpha2 has no value.")),
    }
    sentences
}

/// Above this share of images a ratio above 1 is worth a sentence.
const MANY_ABOVE_ONE: f64 = 0.05;

/// Where alpha2 is near its bound of 1 and random pairings come so close to it, all deviations lie along one line.
const NEAR_ITS_BOUND: f64 = 0.99;
const SAME_AS_ANY_PAIRING: f64 = 1e-3;

fn consistency(alpha2: &DirectionMeasure) -> String {
    let value = alpha2.norm.value();
    let of_any_pairing = alpha2.permuted.map(|null| null.mean).filter(|mean| value - mean < SAME_AS_ANY_PAIRING);
    if let Some(mean) = of_any_pairing.filter(|_| value > NEAR_ITS_BOUND) {
        return format!(
            "alpha2 {value:.3} tells nothing here: random pairings give {mean:.3}, since the outputs move along one line \
             (as those of two classes do)."
        );
    }
    let mut text = match alpha2.above_chance() {
        Some(true) => format!(
            "alpha2 {value:.3} is above chance: centred {:.3} where random pairings reach {}",
            alpha2.centred,
            null(alpha2.permuted_centred.as_ref().map(|null| null.quantile95))
        ),
        Some(false) => format!(
            "alpha2 {value:.3} is not above chance: what is left without the mean directions, {:.3}, lies within what \
             random pairings reach ({})",
            alpha2.centred,
            null(alpha2.permuted_centred.as_ref().map(|null| null.quantile95))
        ),
        None => format!("alpha2 {value:.3} was not held against chance (no permutations)"),
    };
    if let Some(ceiling) = alpha2.references.itself {
        text.push_str(&format!("; its ceiling here, the attacked network against itself, is {ceiling:.3}"));
    }
    text.push('.');
    text
}

fn null(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |number| format!("{number:.3}"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use transferscope_theory::{
        deviation::{Deviations, DirectionDeviations, OtherUnderOther, OtherUnderOwn, OwnUnderOwn},
        transferability::{DirectionReport, ReportOptions},
    };

    use super::*;

    /// Eight images whose logits move along one line, as those of two classes do: no pairing can tell them apart. Where every
    /// second one moves the other way in both networks, the right pairing can.
    #[test]
    fn alpha2_on_one_line_is_said_to_tell_nothing_and_elsewhere_is_held_against_chance() {
        let said = |flip: f64| {
            let rows = |scale: f64| -> Vec<f64> {
                let side = |image: usize| if image.is_multiple_of(2) { scale } else { flip * scale };
                (0..8).flat_map(|image| [side(image), -side(image)]).collect()
            };
            let deviations = |scale: f64| Deviations::new(rows(scale), 8, 2).unwrap();
            let (own, seen, best) = (deviations(1.0), deviations(0.5), deviations(2.0));
            let direction =
                DirectionDeviations::new(OwnUnderOwn(&own), OtherUnderOwn(&seen), OtherUnderOther(&best)).unwrap();
            let options = ReportOptions { permutations: 99, ..ReportOptions::default() };
            consistency(DirectionReport::new(&direction, &options).unwrap().alpha2.as_ref().unwrap())
        };
        assert!(said(1.0).starts_with("alpha2 1.000 tells nothing here: random pairings give 1.000"), "{}", said(1.0));
        assert!(said(-1.0).starts_with("alpha2 1.000 is above chance"), "{}", said(-1.0));
    }
}
