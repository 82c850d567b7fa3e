//! Running a plan over a pair: the same bits for any threads and shards, the filter, the first-order measures.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use transferscope_engine::function::Function;
use transferscope_lab::{
    attacks::{GradientAscent, Start},
    budget::Budget,
    data::{ImageSet, ImageShape, Pixels, load},
    deviate::{AttackPlan, AttackedReferences, DeviateError, Deviated, Images, Plan, Shard, Silent, deviate},
    norm::Norm,
    objective::Objective,
    roles::{Pair, Source, Target},
    subject::{Outputs, Subject},
};

/// A two-layer tanh network on the digits' 64 pixels, with weights from a fixed rule: smooth, and nothing to load.
fn network(name: &str, phase: f64) -> Subject {
    const HIDDEN: usize = 8;
    let first = move |unit: usize, pixel: usize| (phase + (unit * 64 + pixel) as f64 * 0.7).sin();
    let second = move |class: usize, unit: usize| (2.0 * phase + (class * HIDDEN + unit) as f64 * 1.3).cos();
    let hidden = move |x: &[f64]| -> Vec<f64> {
        (0..HIDDEN).map(|unit| (0..64).map(|pixel| first(unit, pixel) * x[pixel]).sum::<f64>().tanh()).collect()
    };
    let value = move |x: &[f64]| -> Vec<f64> {
        let h = hidden(x);
        (0..10).map(|class| (0..HIDDEN).map(|unit| second(class, unit) * h[unit]).sum()).collect()
    };
    let pull_back = move |x: &[f64], c: &[f64]| -> Vec<f64> {
        let h = hidden(x);
        let inner: Vec<f64> = (0..HIDDEN)
            .map(|unit| (1.0 - h[unit] * h[unit]) * (0..10).map(|class| second(class, unit) * c[class]).sum::<f64>())
            .collect();
        (0..64).map(|pixel| (0..HIDDEN).map(|unit| first(unit, pixel) * inner[unit]).sum()).collect()
    };
    Subject::new(name, Box::new(Function::new(&[1, 8, 8], 10, value, pull_back)), None).unwrap()
}

fn plan(attack: AttackPlan) -> Plan {
    Plan {
        attack,
        objective: Objective::CrossEntropy,
        outputs: Outputs::Logits,
        images: Images::All,
        seed: 1,
        moments: false,
        keep_images: true,
        shard: Shard::whole(),
        threads: 1,
    }
}

fn pgd() -> AttackPlan {
    AttackPlan::Ascent {
        ascent: GradientAscent { steps: 3, step_size: 0.02 },
        budget: Budget::new(Norm::Linf, 0.05).unwrap(),
        start: Start::Random,
        restarts: 2,
    }
}

fn run(plan: &Plan, data: &ImageSet) -> Result<Deviated, DeviateError> {
    let (source, target) = (network("source", 0.3), network("target", 0.5));
    deviate(Pair { source: Source(&source), target: Target(&target) }, data, plan, &Silent)
}

#[test]
fn threads_change_no_bit() {
    let data = load("digits#limit=150").unwrap();
    for attack in [pgd(), AttackPlan::FirstOrder { level: 0 }] {
        let one = run(&plan(attack), &data).unwrap();
        let two = run(&Plan { threads: 2, ..plan(attack) }, &data).unwrap();
        assert_eq!(format!("{one:?}"), format!("{two:?}"));
    }
}

/// Two shards hold different images, and each image has the bits that it has in the whole run.
#[test]
fn shards_are_parts_of_the_whole() {
    let data = load("digits#limit=200").unwrap();
    let whole = run(&plan(pgd()), &data).unwrap();
    let mut seen = 0;
    for index in 0..2 {
        let part = run(&Plan { shard: Shard::new(index, 2).unwrap(), ..plan(pgd()) }, &data).unwrap();
        for (place, id) in part.ids.iter().enumerate() {
            let there = whole.ids.iter().position(|other| other == id).unwrap();
            for restart in 0..2 {
                let (own, other) = (2 * place + restart, 2 * there + restart);
                assert_eq!(part.target_under_source.row(own), whole.target_under_source.row(other));
                assert_eq!(part.source_under_target.row(own), whole.source_under_target.row(other));
            }
            seen += 1;
        }
    }
    assert_eq!(seen, 200);
}

/// The filter keeps just the images whose clean prediction is the label, and counts the others.
#[test]
fn the_filter_keeps_and_counts() {
    let data = load("digits#limit=200").unwrap();
    let all = run(&plan(pgd()), &data).unwrap();
    let labels = all.labels.clone().unwrap();
    let right = |predictions: &[usize], place: usize| predictions[place] == labels[place] as usize;
    let expected: Vec<u64> =
        (0..200).filter(|&place| right(&all.target_prediction, place)).map(|place| all.ids[place]).collect();
    let filtered = run(&Plan { images: Images::TargetCorrect, ..plan(pgd()) }, &data).unwrap();
    assert_eq!(filtered.ids, expected);
    assert_eq!(filtered.filtered, 200 - expected.len());
}

/// An attack depends on the attacked network alone: made once for all pairs, it gives each pair the bits of its own run.
#[test]
fn references_attacked_once_give_the_bits_of_each_pair() {
    let data = load("digits#limit=150").unwrap();
    let AttackPlan::Ascent { ascent, budget, .. } = pgd() else { unreachable!() };
    let fixed_start = AttackPlan::Ascent { ascent, budget, start: Start::None, restarts: 1 };
    let references = [network("one", 0.5), network("two", 0.9)];
    for attack in [fixed_start, AttackPlan::FirstOrder { level: 0 }] {
        for images in [Images::All, Images::TargetCorrect] {
            let plan = Plan { images, keep_images: false, ..plan(attack) };
            let attacked = AttackedReferences::new(&references, &data, &plan, &Silent).unwrap();
            for phase in [0.3, 0.7] {
                let source = network("source", phase);
                let together = attacked.against(&source, &Silent).unwrap();
                for (reference, found) in references.iter().zip(together) {
                    let pair = Pair { source: Source(&source), target: Target(reference) };
                    let mut alone = deviate(pair, &data, &plan, &Silent).unwrap();
                    // The counts of zero gradients are those of all images where images are chosen afterwards.
                    alone.zero_gradients = found.zero_gradients;
                    assert_eq!(format!("{found:?}"), format!("{alone:?}"), "{}, {images:?}", reference.name());
                }
            }
        }
    }
}

/// First-order deviations are J·v of unit v: the finite step along the same v, divided by its size, converges to them.
#[test]
fn small_singular_steps_converge_to_first_order() {
    // Middling grey, so that no step is cut at 0 or 1.
    let pixels = (0..20 * 64).map(|place| 0.4 + 0.2 * ((place * 37 % 101) as f32 / 101.0)).collect();
    let shape = ImageShape { channels: 1, height: 8, width: 8 };
    let data = ImageSet::new("grey", shape, Pixels::F32(pixels), None, (0..20).collect()).unwrap();
    let exact = run(&plan(AttackPlan::FirstOrder { level: 0 }), &data).unwrap();
    let norm = |row: &[f64]| row.iter().map(|x| x * x).sum::<f64>().sqrt();
    let mut errors = Vec::new();
    for size in [0.04, 0.02, 0.01] {
        let step = AttackPlan::SingularStep { level: 0, budget: Budget::new(Norm::L2, size).unwrap() };
        let finite = run(&plan(step), &data).unwrap();
        let error = |image: usize| {
            let ratio = norm(finite.source_under_source.row(image)) / size;
            (ratio / norm(exact.source_under_source.row(image)) - 1.0).abs()
        };
        errors.push((0..20).map(error).sum::<f64>() / 20.0);
    }
    // A smooth network: each halving brings the step closer to its tangent, in the end to within a hundredth.
    assert!(errors[1] < errors[0] && errors[2] < errors[1], "{errors:?}");
    assert!(errors[2] < 0.01, "{errors:?}");
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let data = load("digits#limit=10").unwrap();
    let refused = |plan: &Plan| run(plan, &data).unwrap_err().to_string();
    assert!(refused(&Plan { threads: 0, ..plan(pgd()) }).contains("threads"));
    let same_starts = AttackPlan::Ascent {
        ascent: GradientAscent { steps: 3, step_size: 0.02 },
        budget: Budget::new(Norm::Linf, 0.05).unwrap(),
        start: Start::None,
        restarts: 2,
    };
    assert!(refused(&plan(same_starts)).contains("--start random"));
    let AttackPlan::Ascent { ascent, budget, .. } = same_starts else { unreachable!() };
    let stuck = AttackPlan::Ascent { ascent, budget, start: Start::None, restarts: 1 };
    assert!(refused(&Plan { objective: Objective::OutputDistance, ..plan(stuck) }).contains("never moves"));
    assert!(refused(&plan(AttackPlan::FirstOrder { level: 10 })).contains("levels 0 to 9"));
    assert!(Shard::new(2, 2).is_err());
}
