//! Fine-tuning text networks: dropout belongs to the step, so that a run that was ended and resumed has the bits of one that
//! was not; a head alone leaves every other bit; a checkpoint knows its texts.

mod stop_after;

use std::path::Path;

use stop_after::StopAfter;
use transferscope_engine::trainable::Trained;
use transferscope_lab::{
    data::text::TextSet,
    text::{EncodedTexts, Tokenizer, VocabularyRules},
    training::{CheckpointError, Checkpointing, FitError, Fitted, Recipe, SampleFit, Selection, Watch},
};
use transferscope_network::{
    graph::Graph,
    zoo::text::{TextSettings, find_text},
};

const LENGTH: usize = 6;

fn texts(count: usize) -> EncodedTexts {
    let words = [["dull", "poor", "cold"], ["fine", "warm", "great"]];
    let text = |at: usize| format!("a {} film with {} music", words[at % 2][at / 2 % 3], words[at % 2][at / 5 % 3]);
    let labels: Vec<String> = (0..count).map(|at| (at % 2).to_string()).collect();
    let set = TextSet::new("made up", (0..count).map(text).collect(), &labels).expect("one label a text");
    let rules = VocabularyRules { smallest_count: 1, most_words: 100 };
    let words = rules.counted(&(0..60).map(text).collect::<Vec<_>>()).expect("there are words");
    EncodedTexts::new(&set, &Tokenizer::Words(words), LENGTH)
}

fn network(name: &str) -> Graph {
    let settings = TextSettings { width: 8, heads: 2, hidden: 8, layers: 1, ..TextSettings::small(2, 13, LENGTH) };
    find_text(name).and_then(|found| found.build(&settings)).expect("in the zoo")
}

fn recipe() -> Recipe {
    let selection = Selection::BestOnValidation { share: 0.2, patience: None };
    Recipe { epochs: 4, batch: 16, rate: 2e-3, selection, ..Recipe::paper_text() }
}

fn weights(fitted: &Fitted) -> Vec<(String, Vec<f32>)> {
    fitted.graph.weights().map(|(_, name, array)| (name.to_owned(), array.data().to_vec())).collect()
}

/// 48 texts learned from, 3 steps an epoch: ended in the second epoch and in the third.
#[test]
fn a_resumed_run_with_dropout_ends_with_the_bits_of_an_uninterrupted_one() {
    let (graph, texts, recipe) = (network("bert"), texts(60), recipe());
    let [whole, parts] = [0, 1].map(|_| tempfile::tempdir().expect("a folder can be made"));
    let run = |folder: &Path, resume: bool, limit: usize| {
        let checkpoint = Some(Checkpointing { folder, resume });
        let stop = StopAfter::new(limit);
        SampleFit { checkpoint, ..SampleFit::new(&graph, &texts, &recipe) }.run(&Watch::of(&stop))
    };
    let uninterrupted = run(whole.path(), false, usize::MAX).expect("it learns");
    for limit in [4, 4] {
        assert!(matches!(run(parts.path(), true, limit), Err(FitError::Stopped)));
    }
    let resumed = run(parts.path(), true, usize::MAX).expect("it goes on");
    assert_eq!(weights(&uninterrupted), weights(&resumed));
    assert_eq!(uninterrupted.history, resumed.history);
    let without = Recipe { dropout: 0.0, ..recipe };
    let other = SampleFit::new(&graph, &texts, &without).run(&Watch::nobody()).expect("it learns");
    assert_ne!(weights(&uninterrupted), weights(&other), "dropout must change what is learned");
}

#[test]
fn a_head_alone_leaves_every_other_bit() {
    let (graph, texts) = (network("text-cnn"), texts(60));
    let head = ["classifier.weight", "classifier.bias"].map(str::to_owned);
    let recipe = recipe();
    let fit = SampleFit { trained: Trained::Only(head.to_vec()), ..SampleFit::new(&graph, &texts, &recipe) };
    let fitted = fit.run(&Watch::nobody()).expect("it learns");
    for ((_, name, before), (_, after)) in graph.weights().zip(weights(&fitted)) {
        assert_eq!(before.data() != after.as_slice(), head.contains(&name.to_owned()), "{name}");
    }
}

#[test]
fn a_checkpoint_of_other_texts_is_refused() {
    let (graph, recipe) = (network("text-bag"), Recipe { epochs: 1, ..recipe() });
    let folder = tempfile::tempdir().expect("a folder can be made");
    let run = |texts: &EncodedTexts| {
        let checkpoint = Some(Checkpointing { folder: folder.path(), resume: true });
        SampleFit { checkpoint, ..SampleFit::new(&graph, texts, &recipe) }.run(&Watch::nobody())
    };
    run(&texts(60)).expect("it learns");
    let refused = run(&texts(50)).expect_err("these are other texts");
    assert!(matches!(refused, FitError::Checkpoint(CheckpointError::OtherRun { what: "training data", .. })));
}
