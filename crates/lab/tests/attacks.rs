//! Every attack on every toy network: the family keeps the budget, the pixel range and the seed, whatever the attack proposes.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use transferscope_engine::function::Function;
use transferscope_lab::{
    attacks::{Attack, AttackError, Family, GradientAscent, SingularVector, Situation, Start, noise},
    budget::Budget,
    norm::Norm,
    objective::Objective,
    subject::{Outputs, Subject},
};
use transferscope_network::array::Array;

const PIXELS: usize = 4;
/// Three outputs of four pixels, chosen by hand: full rank, no symmetry.
const WEIGHTS: [[f64; PIXELS]; 3] = [[1.0, -2.0, 0.5, 0.0], [0.0, 1.0, 1.0, -1.0], [-1.5, 0.5, 0.0, 2.0]];

fn linear(x: &[f64], scale: f64) -> Vec<f64> {
    WEIGHTS.iter().map(|row| scale * row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>()).collect()
}

fn linear_pull_back(cotangent: &[f64], scale: f64) -> Vec<f64> {
    (0..PIXELS).map(|pixel| scale * (0..3).map(|row| WEIGHTS[row][pixel] * cotangent[row]).sum::<f64>()).collect()
}

fn subject(name: &str, network: Function) -> Subject {
    Subject::new(name, Box::new(network), None).unwrap()
}

fn toys() -> Vec<Subject> {
    let scaled =
        |scale: f64| Function::new(&[1, 2, 2], 3, move |x| linear(x, scale), move |_, c| linear_pull_back(c, scale));
    let squared = Function::new(
        &[1, 2, 2],
        3,
        |x| linear(x, 1.0).iter().map(|z| z * z).collect(),
        |x, c| {
            let z = linear(x, 1.0);
            let inner: Vec<f64> = z.iter().zip(c).map(|(z, c)| 2.0 * z * c).collect();
            linear_pull_back(&inner, 1.0)
        },
    );
    let constant = Function::new(&[1, 2, 2], 3, |_| vec![1.0, 0.0, 0.0], |_, _| vec![0.0; PIXELS]);
    vec![
        subject("linear", scaled(1.0)),
        // So sure of itself that 1 - p is 0 in f32.
        subject("saturated", scaled(1e4)),
        subject("squared", squared),
        subject("constant", constant),
    ]
}

/// Proposes nonsense far outside everything, to show that the family does not trust it.
struct Wild;

impl Attack for Wild {
    fn name(&self) -> &'static str {
        "wild"
    }

    fn rounds(&self) -> usize {
        2
    }

    fn propose(&self, situation: &Situation<'_>) -> Result<Array<f32>, AttackError> {
        Ok(situation.current.map(|pixel| if pixel > 0.5 { 1e6 } else { -1e6 }))
    }
}

fn attacks() -> Vec<(Box<dyn Attack>, Start)> {
    let singular = SingularVector { level: 0, outputs: Outputs::Logits };
    vec![
        (Box::new(GradientAscent { steps: 1, step_size: 0.1 }), Start::None),
        (Box::new(GradientAscent { steps: 1, step_size: 0.1 }), Start::Random),
        (Box::new(GradientAscent { steps: 7, step_size: 0.04 }), Start::Random),
        (Box::new(singular), Start::None),
        (Box::new(Wild), Start::None),
    ]
}

fn images() -> Array<f32> {
    // A dark, a bright and a middling image: clipping matters for the first two.
    let pixels = vec![0.0, 0.02, 0.0, 0.05, 1.0, 0.97, 1.0, 0.99, 0.4, 0.6, 0.5, 0.3];
    Array::new(vec![3, 1, 2, 2], pixels).unwrap()
}

fn family(norm: Norm, objective: Objective, start: Start, seed: u64, restarts: usize) -> Family {
    Family { objective, budget: Budget::new(norm, 0.1).unwrap(), start, restarts, seed, purpose: "test".into() }
}

#[test]
fn no_attack_leaves_the_budget_or_the_pixel_range() {
    let clean = images();
    for subject in toys() {
        for norm in [Norm::Linf, Norm::L2] {
            for objective in [Objective::CrossEntropy, Objective::Margin, Objective::OutputDistance] {
                for (attack, start) in attacks() {
                    let family = family(norm, objective, start, 5, 1);
                    let place = format!("{} on {} ({norm:?}, {objective:?})", attack.name(), subject.name());
                    let perturbed = family.run(attack.as_ref(), &subject, &clean, &[0, 1, 2]).unwrap();
                    for row in 0..3 {
                        let change: Vec<f32> =
                            perturbed.images.row(row).iter().zip(clean.row(row)).map(|(a, b)| a - b).collect();
                        // The difference of two f32 near 1 rounds by 6e-8.
                        assert!(norm.measure(&change) <= 0.1 + 1e-6, "{place}: {change:?}");
                        assert!(perturbed.images.row(row).iter().all(|pixel| (0.0..=1.0).contains(pixel)), "{place}");
                    }
                }
            }
        }
    }
}

#[test]
fn one_seed_gives_the_same_bits_and_another_does_not() {
    let (clean, toys) = (images(), toys());
    let attack = GradientAscent { steps: 3, step_size: 0.01 };
    let run = |seed| {
        let family = family(Norm::Linf, Objective::CrossEntropy, Start::Random, seed, 1);
        family.run(&attack, &toys[0], &clean, &[0, 1, 2]).unwrap().images
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

/// An image's random start depends on its id, not on its place in the batch.
#[test]
fn a_start_belongs_to_the_image() {
    let (clean, toys) = (images(), toys());
    let attack = GradientAscent { steps: 1, step_size: 1e-9 };
    let family = family(Norm::L2, Objective::CrossEntropy, Start::Random, 3, 2);
    let whole = family.run(&attack, &toys[0], &clean, &[7, 8, 9]).unwrap().images;
    let last = family.run(&attack, &toys[0], &clean.rows_between(2, 3), &[9]).unwrap().images;
    assert_eq!(whole.row(4), last.row(0));
    assert_eq!(whole.row(5), last.row(1));
    assert_ne!(whole.row(4), whole.row(5), "restarts differ");
}

/// On a linear network the direction of steepest ascent is known: one full FGSM step reaches size · |gradient|_1 for the
/// margin, where no pixel is clipped.
#[test]
fn fgsm_on_a_linear_network_gains_the_dual_norm() {
    let toys = toys();
    let clean = Array::new(vec![1, 1, 2, 2], vec![0.4, 0.6, 0.5, 0.3]).unwrap();
    let family = family(Norm::Linf, Objective::Margin, Start::None, 0, 1);
    let attack = GradientAscent { steps: 1, step_size: 0.1 };
    let perturbed = family.run(&attack, &toys[0], &clean, &[0]).unwrap().images;
    let wide = |image: &Array<f32>| linear(&image.data().iter().copied().map(f64::from).collect::<Vec<_>>(), 1.0);
    let (before, after) = (wide(&clean), wide(&perturbed));
    let gain = Objective::Margin.value(&after, &before) - Objective::Margin.value(&before, &before);
    let own = transferscope_lab::objective::prediction(&before);
    let other = (0..3).filter(|&index| index != own).max_by(|&a, &b| before[a].total_cmp(&before[b])).unwrap();
    let dual: f64 = (0..PIXELS).map(|pixel| (WEIGHTS[other][pixel] - WEIGHTS[own][pixel]).abs()).sum();
    assert!((gain - 0.1 * dual).abs() < 1e-5, "{gain} is not {}", 0.1 * dual);
}

/// A saturated network has 1 − p = 0 in f32; its attack still moves, and as the attack on the same network unscaled.
#[test]
fn a_saturated_network_is_attacked_like_its_scaled_down_self() {
    let toys = toys();
    let clean = Array::new(vec![1, 1, 2, 2], vec![0.4, 0.6, 0.5, 0.3]).unwrap();
    let family = family(Norm::Linf, Objective::Margin, Start::None, 0, 1);
    let cross_entropy = Family { objective: Objective::CrossEntropy, ..family.clone() };
    let attack = GradientAscent { steps: 1, step_size: 0.1 };
    let margin_step = family.run(&attack, &toys[0], &clean, &[0]).unwrap().images;
    let saturated = cross_entropy.run(&attack, &toys[1], &clean, &[0]).unwrap();
    // With 1 − p = 0 all weight of the other classes is on the runner-up, so cross entropy climbs the margin.
    assert_eq!(saturated.images, margin_step);
    assert_eq!(saturated.zero_gradients, 0);
}

#[test]
fn zero_gradients_are_counted() {
    let toys = toys();
    let family = family(Norm::Linf, Objective::CrossEntropy, Start::None, 0, 1);
    let attack = GradientAscent { steps: 2, step_size: 0.1 };
    let perturbed = family.run(&attack, &toys[3], &images(), &[0, 1, 2]).unwrap();
    assert_eq!(perturbed.zero_gradients, 3);
    assert_eq!(perturbed.images, images(), "a constant network gives no direction to go");
}

/// The singular-vector step of a linear network moves its output by size · σ₁, more than any other step of that length.
#[test]
fn the_singular_vector_is_the_strongest_l2_step_of_a_linear_network() {
    let toys = toys();
    let clean = Array::new(vec![1, 1, 2, 2], vec![0.4, 0.6, 0.5, 0.3]).unwrap();
    let family = family(Norm::L2, Objective::OutputDistance, Start::None, 0, 1);
    let singular = SingularVector { level: 0, outputs: Outputs::Logits };
    let moved = |images: &Array<f32>| {
        let change: Vec<f64> = images.data().iter().zip(clean.data()).map(|(a, b)| f64::from(a - b)).collect();
        linear(&change, 1.0).iter().map(|z| z * z).sum::<f64>().sqrt()
    };
    let strongest = moved(&family.run(&singular, &toys[0], &clean, &[0]).unwrap().images);
    for seed in 0..50 {
        let random = Family { start: Start::Random, seed, ..family.clone() };
        let other = random.run(&GradientAscent { steps: 1, step_size: 0.1 }, &toys[0], &clean, &[0]).unwrap();
        assert!(moved(&other.images) <= strongest + 1e-6);
    }
}

#[test]
fn noise_uses_the_whole_budget_and_repeats() {
    let clean = Array::filled(vec![2, 1, 2, 2], 0.5_f32);
    for (norm, size) in [(Norm::Linf, 0.1), (Norm::L2, 0.1)] {
        let budget = Budget::new(norm, size).unwrap();
        let noisy = noise(&clean, &[4, 5], budget, 1, 2);
        assert_eq!(noisy.rows(), 4);
        for row in 0..4 {
            let change: Vec<f32> = noisy.row(row).iter().map(|pixel| pixel - 0.5).collect();
            assert!((norm.measure(&change) - size).abs() < 1e-6);
        }
        assert_eq!(noisy, noise(&clean, &[4, 5], budget, 1, 2));
    }
}
