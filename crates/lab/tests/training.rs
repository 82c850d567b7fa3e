//! Training and transfer as laws: the same bits however it is run, frozen means frozen, and refusals before any work.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

mod stop_after;

use stop_after::StopAfter;
use transferscope_lab::{
    data::{self, ImageSet},
    training::{
        Augmentation, CheckpointError, Checkpointing, Fit, FitError, Fitted, Method, Recipe, Rule, Selection, Task,
        TransferError, TransferPlan, Watch, pixel_baseline, transfer, untrained,
    },
};
use transferscope_network::{
    contract::Contract,
    graph::Graph,
    zoo::{Settings, find},
};

/// A network with batch normalization and residual connections, small enough to train in a second.
fn resnet(data: &ImageSet) -> (Graph, Contract, Graph) {
    network("resnet8-cifar", 0.25, data)
}

fn network(name: &str, width: f64, data: &ImageSet) -> (Graph, Contract, Graph) {
    let architecture = find(name).unwrap();
    let classes = data.class_count().unwrap();
    let graph = architecture.build(&Settings { width, ..Settings::with_classes(classes) }).unwrap();
    let contract = architecture.contract(classes);
    let shape = data.shape();
    let attached = contract.attach(&graph, [shape.channels, shape.height, shape.width]).unwrap();
    (graph, contract, attached)
}

fn digits(count: usize) -> ImageSet {
    data::load(&format!("digits#split=train&limit={count}&seed=1")).unwrap()
}

fn recipe() -> Recipe {
    Recipe {
        epochs: 4,
        batch: 16,
        rate: 0.05,
        augmentation: Augmentation { crop_padding: 1, flip: true },
        selection: Selection::BestOnValidation { share: 0.25, patience: None },
        seed: 3,
        ..Recipe::default()
    }
}

fn bits(graph: &Graph) -> Vec<(String, Vec<u32>)> {
    graph
        .weights()
        .map(|(_, name, array)| (name.to_owned(), array.data().iter().map(|number| number.to_bits()).collect()))
        .collect()
}

fn same(one: &Fitted, other: &Fitted) {
    assert_eq!(one.history, other.history);
    assert_eq!(one.kept_epoch, other.kept_epoch);
    assert_eq!(bits(&one.graph), bits(&other.graph));
}

#[test]
fn threads_change_no_bit_and_seeds_do() {
    let images = digits(64);
    let (_, _, graph) = resnet(&images);
    let run = |threads: usize, seed: u64| {
        let recipe = Recipe { epochs: 2, seed, ..recipe() };
        Fit { threads, ..Fit::new(&graph, &images, &recipe) }.run(&Watch::nobody()).unwrap()
    };
    let one = run(1, 3);
    same(&one, &run(2, 3));
    assert_ne!(bits(&one.graph), bits(&run(1, 4).graph));
}

/// 48 images learned from, 3 steps an epoch: interrupted in the second, and once more in the fourth epoch.
#[test]
fn a_resumed_run_ends_with_the_bytes_of_an_uninterrupted_one() {
    let images = digits(64);
    let (_, _, graph) = resnet(&images);
    let adamw = Rule::AdamW { weight_decay: 0.01, spare_vectors: false };
    for optimizer in [Rule::Sgd { momentum: 0.9, weight_decay: 1e-4 }, adamw] {
        let rate = if matches!(optimizer, Rule::AdamW { .. }) { 2e-3 } else { 0.05 };
        let recipe = Recipe { optimizer, rate, ..recipe() };
        let [whole, parts] = [0, 1].map(|_| tempfile::tempdir().unwrap());
        let run = |folder: &std::path::Path, resume: bool, limit: usize| {
            let checkpoint = Some(Checkpointing { folder, resume });
            let stop = StopAfter::new(limit);
            Fit { checkpoint, ..Fit::new(&graph, &images, &recipe) }.run(&Watch::of(&stop))
        };
        let uninterrupted = run(whole.path(), false, usize::MAX).unwrap();
        assert!(matches!(run(parts.path(), false, 4), Err(FitError::Stopped)));
        assert!(matches!(run(parts.path(), true, 7), Err(FitError::Stopped)));
        let resumed = run(parts.path(), true, usize::MAX).unwrap();
        same(&uninterrupted, &resumed);
        let bytes = |folder: &tempfile::TempDir| std::fs::read(folder.path().join("checkpoint.npz")).unwrap();
        assert_eq!(bytes(&whole), bytes(&parts));
        // A finished run that is resumed gives its result again.
        same(&uninterrupted, &run(parts.path(), true, usize::MAX).unwrap());
    }
}

#[test]
fn a_checkpoint_is_gone_on_from_by_its_own_run_alone() {
    let images = digits(64);
    let (_, _, graph) = network("fc", 0.05, &images);
    let folder = tempfile::tempdir().unwrap();
    let run = |recipe: &Recipe, images: &ImageSet, resume: bool| {
        let checkpoint = Some(Checkpointing { folder: folder.path(), resume });
        Fit { checkpoint, ..Fit::new(&graph, images, recipe) }.run(&Watch::nobody())
    };
    let recipe = Recipe { epochs: 1, ..recipe() };
    run(&recipe, &images, true).unwrap();
    let refused = |result: Result<Fitted, FitError>| match result {
        Err(FitError::Checkpoint(error)) => error,
        other => panic!("expected a refusal, found {other:?}"),
    };
    assert!(matches!(refused(run(&recipe, &images, false)), CheckpointError::Exists(_)));
    let other = Recipe { epochs: 2, ..recipe };
    assert!(matches!(refused(run(&other, &images, true)), CheckpointError::OtherRun { what: "recipe", .. }));
    let fewer = digits(60);
    assert!(matches!(refused(run(&recipe, &fewer, true)), CheckpointError::OtherRun { what: "training data", .. }));
    // A file where the folder should be, and a file that is no checkpoint.
    let file = folder.path().join("checkpoint.npz");
    let in_a_file = Checkpointing { folder: &file, resume: true };
    let blocked = Fit { checkpoint: Some(in_a_file), ..Fit::new(&graph, &images, &recipe) }.run(&Watch::nobody());
    assert!(matches!(refused(blocked), CheckpointError::Folder { .. }));
    std::fs::write(&file, b"nothing of the kind").unwrap();
    assert!(matches!(refused(run(&recipe, &images, true)), CheckpointError::Data(_)));
}

#[test]
fn the_kept_epoch_is_the_best_on_validation_and_patience_ends_a_run() {
    let images = digits(200);
    let (_, _, graph) = network("fc", 0.05, &images);
    let run = |patience: Option<usize>| {
        let recipe = Recipe {
            epochs: 12,
            rate: 0.1,
            selection: Selection::BestOnValidation { share: 0.2, patience },
            augmentation: Augmentation::default(),
            ..recipe()
        };
        Fit::new(&graph, &images, &recipe).run(&Watch::nobody()).unwrap()
    };
    let fitted = run(None);
    let shares: Vec<_> = fitted.history.iter().map(|row| row.selection.unwrap()).collect();
    let kept = shares[fitted.kept_epoch - 1];
    assert!(shares.iter().all(|share| !share.is_better_than(&kept)), "{shares:?}");
    assert!(fitted.history[0].selection.unwrap().images == 40 && fitted.history[0].train_images == 160);
    let impatient = run(Some(1));
    assert!(impatient.stopped_early, "{shares:?}");
    assert_eq!(impatient.history.len(), impatient.kept_epoch + 1);
    assert_eq!(impatient.history[..], fitted.history[..impatient.history.len()]);
}

#[test]
fn the_last_layer_leaves_every_other_bit_and_adapting_moves_statistics_only() {
    let (train, test) = (data::load("digits#split=train&classes=0,1,2&limit=60&seed=1").unwrap(), digits(200));
    let (graph, contract, _) = resnet(&digits(20));
    let task_test = data::load("digits#split=test&classes=0,1,2&limit=30").unwrap();
    assert!(matches!(Task::new(&train, &test), Err(TransferError::TestData { what: "classes", .. })));
    let task = Task::new(&train, &task_test).unwrap();
    let plan = |augmentation: Augmentation, adapting_normalization: bool| {
        let plan = TransferPlan::new(Method::LastLayer);
        let recipe = Recipe { epochs: 2, augmentation, ..plan.recipe };
        TransferPlan { recipe, rates: vec![0.1, 0.01], adapting_normalization, ..plan }
    };
    let crop = Augmentation { crop_padding: 1, flip: false };
    for (plan, adapts) in
        [(plan(Augmentation::default(), false), false), (plan(crop, false), false), (plan(crop, true), true)]
    {
        let given = transfer(&graph, &contract, &task, &plan, "flex", 2, &Watch::nobody()).unwrap();
        let after = bits(&given.graph);
        for ((name, before), (other, after)) in bits(&graph).iter().zip(&after) {
            assert_eq!(name, other);
            let may_move = name.starts_with("linear.") || (adapts && name.contains("running_"));
            assert_eq!(before != after, may_move, "{name}");
        }
        assert_eq!(given.candidates.len(), 2);
        assert!(plan.rates.contains(&given.chosen));
        assert_eq!((given.contract.classes, given.outcome.correct.len()), (3, 30));
    }
}

/// The gain over the untrained twin: a network that learned the digits knows more of them than its twin does, whose
/// features a probe reads too.
#[test]
fn what_was_learned_is_worth_more_than_the_untrained_twin() {
    let learned_from = digits(400);
    let (graph, contract, attached) = resnet(&learned_from);
    let recipe = Recipe { epochs: 6, augmentation: Augmentation::default(), ..recipe() };
    let fitted = Fit::new(&attached, &learned_from, &recipe).run(&Watch::nobody()).unwrap();
    let trained = transferscope_lab::training::weights_of(&graph, &fitted.graph).unwrap();
    let (train, test) = (digits(100), data::load("digits#split=test&limit=200&seed=2").unwrap());
    let task = Task::new(&train, &test).unwrap();
    let plan = TransferPlan::new(Method::Probe);
    let probe = |graph: &Graph| transfer(graph, &contract, &task, &plan, "flex", 2, &Watch::nobody()).unwrap();
    let (own, twin) = (probe(&trained), probe(&untrained(&trained, &contract, &task, 5).unwrap()));
    let gain = own.outcome.gain_over(&twin.outcome).unwrap().unwrap();
    assert!(gain.interval().unwrap().low() > 0.0, "{gain:?}");
    assert_eq!(own.converged, Some(true));
    let pixels = pixel_baseline(&task, &plan, &Watch::nobody()).unwrap();
    assert!(pixels.converged && pixels.outcome.accuracy.value() > 0.5, "{:?}", pixels.outcome.accuracy);
}

#[test]
fn what_cannot_be_learned_is_refused_before_any_work() {
    let images = digits(64);
    let (graph, contract, attached) = network("fc", 0.05, &images);
    let fit = |recipe: Recipe, images: &ImageSet| Fit::new(&attached, images, &recipe).run(&Watch::nobody());
    assert!(matches!(fit(Recipe { rate: f64::NAN, ..recipe() }, &images), Err(FitError::Recipe(_))));
    assert!(matches!(fit(Recipe { selection: Selection::BestOnTest, ..recipe() }, &images), Err(FitError::NoTest)));
    let one = data::load("digits#classes=3").unwrap();
    assert!(matches!(fit(recipe(), &one), Err(FitError::OneClass(_))));
    let two = data::load("digits#classes=3,5").unwrap();
    assert!(matches!(fit(recipe(), &two), Err(FitError::Classes { network: 10, data: 2 })));
    let pixels = data::Pixels::U8(vec![0; 64 * 2]);
    let unlabelled = ImageSet::new("nameless", images.shape(), pixels, None, vec![0, 1]).unwrap();
    assert!(matches!(fit(recipe(), &unlabelled), Err(FitError::NoLabels(_))));
    assert!(matches!(Task::new(&unlabelled, &images), Err(TransferError::Fit(FitError::NoLabels(_)))));
    // Far too large a rate: the sentence says what to do.
    let wild = Recipe { rate: 1e30, selection: Selection::LastEpoch, ..recipe() };
    let error = fit(wild, &images).unwrap_err();
    assert!(matches!(error, FitError::Diverged { .. }) && error.to_string().contains("lower the learning rate"));
    let task = Task::new(&images, &images).unwrap();
    let plan = TransferPlan { rates: vec![1e30], ..TransferPlan::new(Method::Full) };
    let all = transfer(&graph, &contract, &task, &plan, "flex", 1, &Watch::nobody());
    assert!(matches!(all, Err(TransferError::AllDiverged(_))));
}
