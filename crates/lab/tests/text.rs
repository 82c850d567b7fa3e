//! Attacks on sentences: the rules hold whatever an attack proposes, success is counted on the text read anew, and any
//! number of threads gives the same bits. The networks learn a made-up language in which two handfuls of words decide.

use std::sync::Arc;

use transferscope_lab::{
    attacks::{AttackError, FirstOrder, GradientAscent},
    compiled::EngineWish,
    data::text::TextSet,
    deviate::{Images, Silent},
    norm::Norm,
    objective::Objective,
    roles::{Pair, Source, Target},
    text::{
        EncodedTexts, TextAttackPlan, TextError, TextPlan, TextSubject, Tokenizer, VocabularyRules, attack_texts,
        attacks::{
            CleanText, EmbeddingFamily, Flip, HotFlip, T3, WordAttack, WordFamily, WordMethod, WordRules, WordSituation,
        },
        deviate_texts, meet_texts,
    },
    training::{Recipe, Rule, SampleFit, Selection, Watch, judge_samples},
};
use transferscope_network::{
    array::Array,
    contract::{TextContract, TokenizerKind},
    graph::Graph,
    passes::reweighted,
    zoo::text::{TextSettings, find_text},
};

const LENGTH: usize = 8;
const DECIDING: [[&str; 4]; 2] = [["dull", "poor", "cold", "weak"], ["fine", "warm", "great", "sharp"]];
const NEUTRAL: [&str; 6] = ["film", "plot", "actor", "scene", "music", "ending"];

/// Sentences such as "The plot is fine, great film": the class is that of the two deciding words.
fn sentences(count: usize) -> TextSet {
    let text = |place: usize| {
        let words = DECIDING[place % 2];
        let (first, second) = (words[place / 2 % 4], words[place / 8 % 4]);
        format!("The {} is {first}, {second} {}", NEUTRAL[place / 3 % 6], NEUTRAL[place / 5 % 6])
    };
    let labels: Vec<String> = (0..count).map(|place| (place % 2).to_string()).collect();
    TextSet::new("made up", (0..count).map(text).collect(), &labels).expect("one label a text")
}

fn tokenizer() -> Tokenizer {
    let rules = VocabularyRules { smallest_count: 1, most_words: 100 };
    Tokenizer::Words(rules.counted(sentences(200).texts()).expect("there are words"))
}

fn contract() -> TextContract {
    let class_names = ["0", "1"].map(str::to_owned).to_vec();
    TextContract { tokenizer: TokenizerKind::Words, length: LENGTH, class_names }
}

fn learned(name: &str, seed: u64) -> Graph {
    let tokenizer = tokenizer();
    let settings =
        TextSettings { width: 8, heads: 2, hidden: 8, seed, ..TextSettings::small(2, tokenizer.size(), LENGTH) };
    let graph = find_text(name).and_then(|found| found.build(&settings)).expect("in the zoo");
    let is_encoder = name == "bert";
    let recipe = Recipe {
        epochs: if is_encoder { 20 } else { 8 },
        batch: 16,
        rate: if is_encoder { 0.01 } else { 0.02 },
        optimizer: Rule::AdamW { weight_decay: 0.0, spare_vectors: false },
        selection: Selection::LastEpoch,
        seed,
        ..Recipe::default()
    };
    let train = EncodedTexts::new(&sentences(200), &tokenizer, LENGTH);
    let fitted = SampleFit::new(&graph, &train, &recipe).run(&Watch::nobody()).expect("it learns");
    let share = judge_samples(&fitted.graph, &train, "flex", 1).expect("it answers");
    assert!(share.accuracy() > 0.99, "{name} must have learned the language: {}", share.accuracy());
    fitted.graph
}

fn subject(name: &str, graph: &Graph) -> TextSubject {
    TextSubject::new(name, graph, &contract(), tokenizer(), &EngineWish::default()).expect("it is a text network")
}

fn family(most_share: f64) -> WordFamily {
    WordFamily { objective: Objective::CrossEntropy, rules: WordRules { most_share, beam: 2, tried: 8 } }
}

/// Proposes everything that the rules forbid: nothing, a place twice, a stop word's place, a place behind the text, padding, the unknown, the word
/// that stands there, a word beyond the vocabulary.
struct Cheat;

impl WordAttack for Cheat {
    fn name(&self) -> &'static str {
        "cheat"
    }

    fn propose(&self, _: &TextSubject, texts: &[WordSituation<'_>]) -> Result<Vec<Vec<Vec<Flip>>>, AttackError> {
        let situation = texts[0];
        let open = situation.open[0];
        let flips = [(0, 5), (7, 5), (99, 5), (open, 0), (open, 1), (open, situation.tokens[open]), (open, 1000)];
        let fine = |word| Flip { place: open, word };
        let twice = vec![fine(5), fine(6)];
        let alone = flips.map(|(place, word)| vec![Flip { place, word }]);
        Ok(vec![alone.into_iter().chain([twice, Vec::new()]).collect()])
    }
}

#[test]
fn an_attack_that_breaks_the_rules_changes_nothing() {
    let network = subject("text-bag", &learned("text-bag", 1));
    let text = "The plot is fine, great film";
    let clean = network.tokenizer().encode(text, LENGTH);
    let logits = network.read(&[text.to_owned()]).expect("it answers");
    let clean = CleanText { text, encoding: &clean, logits: logits.row(0) };
    let attempt = family(1.0).run(&Cheat, &network, &[clean]).expect("it runs").swap_remove(0);
    assert_eq!((attempt.flips.len(), attempt.text.as_str()), (0, text));
    assert!(!attempt.fooled_in_tokens);
}

/// With two deciding words in a sentence, changing both must do; changing one of four words (a quarter) may not.
#[test]
fn attacks_on_words_find_the_deciding_ones_and_keep_to_their_share() {
    let t3 = WordMethod::T3(T3 { steps: 40, ..T3::default() });
    for (name, method) in [
        ("text-bag", WordMethod::HotFlip),
        ("text-cnn", WordMethod::HotFlip),
        ("bert", WordMethod::HotFlip),
        ("text-bag", t3),
    ] {
        let network = subject(name, &learned(name, 1));
        let set = sentences(24);
        let changed = attack_texts(&network, &set, &family(0.5), method, 1, &Silent).expect("it runs");
        let fooled = changed.iter().filter(|text| text.fooled).count();
        // T3 minimises the change of vectors beside the hinge, and may miss where flips one by one do not.
        let least = if method == WordMethod::HotFlip { 20 } else { 12 };
        assert!(fooled >= least, "{name}, {}: {fooled} of 24 were fooled", method.attack().name());
        for text in &changed {
            assert!(text.words.len() <= 2 && text.open == 4, "{name}: {text:?}");
            let anew = network.read(std::slice::from_ref(&text.after)).expect("it answers");
            let said = usize::from(anew.row(0)[1] > anew.row(0)[0]);
            assert_eq!((said, text.fooled), (text.prediction_after, said != text.prediction_before));
            assert!(text.after.starts_with("The ") && text.after.contains(" is "), "stop words stay: {}", text.after);
        }
    }
}

/// The score is of first order, so a thousandth of the way along the proposed flip the objective must have risen.
#[test]
fn the_first_proposal_raises_the_objective_to_first_order() {
    let network = subject("text-bag", &learned("text-bag", 2));
    let text = "The plot is fine, great film";
    let clean = network.tokenizer().encode(text, LENGTH);
    let logits = network.read(&[text.to_owned()]).expect("it answers");
    let open: Vec<usize> = (0..clean.tokens.len()).collect();
    let situation = WordSituation {
        tokens: &clean.tokens,
        clean_logits: logits.row(0),
        objective: Objective::Margin,
        open: &open,
        most: 1,
        wanted: 1,
    };
    let flip = HotFlip.propose(&network, &[situation]).expect("it runs")[0][0][0];
    let fed = network.fed(&[&clean.tokens]);
    let mut vectors = network.embed(&fed);
    let width = network.table().row_length();
    for number in 0..width {
        let (from, to) = (clean.tokens[flip.place] as usize, flip.word as usize);
        let step = 1e-3 * (network.table().row(to)[number] - network.table().row(from)[number]);
        vectors.data_mut()[flip.place * width + number] += step;
    }
    let moved = network.logits_at(&fed, &vectors).expect("it answers");
    let value = |row: &[f64]| Objective::Margin.value(row, logits.row(0));
    assert!(value(moved.row(0)) > value(logits.row(0)));
}

#[test]
fn changes_of_embeddings_stay_in_the_budget_and_leave_padding_alone() {
    let network = subject("bert", &learned("bert", 1));
    let texts = sentences(6);
    let encodings: Vec<_> = texts.texts().iter().map(|text| network.tokenizer().encode(text, LENGTH)).collect();
    let rows: Vec<&[u32]> = encodings.iter().map(|encoding| encoding.tokens.as_slice()).collect();
    let tokens = network.fed(&rows);
    let open: Vec<Vec<bool>> = rows.iter().map(|row| (0..LENGTH).map(|place| place < row.len()).collect()).collect();
    let clean = network.subject().logits(&tokens).expect("it answers");
    for (norm, size) in [(Norm::Linf, 0.1), (Norm::L2, 0.3)] {
        let ascent = GradientAscent { steps: 3, step_size: size };
        let family = EmbeddingFamily { objective: Objective::CrossEntropy, norm, size, ascent };
        let (change, zeros) = family.run(&network, &tokens, &open, &clean).expect("it runs");
        assert_eq!(zeros, 0);
        for (row, tokens) in rows.iter().enumerate() {
            assert!(norm.measure(change.row(row)) <= size * (1.0 + 1e-6), "{norm:?}");
            assert!(norm.measure(change.row(row)) > 0.5 * size, "{norm:?}: it moves");
            assert!(change.row(row)[tokens.len() * 8..].iter().all(|&number| number == 0.0));
        }
    }
}

#[test]
fn embeddings_of_another_table_are_refused_and_words_are_not() {
    let graphs = [learned("text-bag", 1), learned("text-bag", 2)];
    let [source, target] = [subject("one", &graphs[0]), subject("two", &graphs[1])];
    let pair = Pair { source: Source(&source), target: Target(&target) };
    let ascent = GradientAscent { steps: 1, step_size: 0.1 };
    let family_of = EmbeddingFamily { objective: Objective::Margin, norm: Norm::Linf, size: 0.1, ascent };
    let plan = |attack| TextPlan { attack, texts: Images::All, seed: 0, threads: 1 };
    let embedding = plan(TextAttackPlan::Embedding(family_of));
    let error = deviate_texts(pair, &sentences(4), &embedding, &Silent).expect_err("the tables differ");
    assert!(matches!(error, TextError::NotShared { .. }) && error.to_string().contains("tables differ"), "{error}");
    let itself = Pair { source: Source(&source), target: Target(&source) };
    assert!(deviate_texts(itself, &sentences(4), &embedding, &Silent).is_ok());
    assert!(
        deviate_texts(pair, &sentences(4), &plan(TextAttackPlan::Words(family(0.5), WordMethod::HotFlip)), &Silent)
            .is_ok()
    );
}

/// An attack that was made once meets any number of networks: to the bits of the run over the pair. Texts of another set are
/// refused.
#[test]
fn an_attack_is_made_once_and_meets_many() {
    let graphs = [learned("text-bag", 1), learned("text-cnn", 1)];
    let [source, target] = [subject("bag", &graphs[0]), subject("cnn", &graphs[1])];
    let pair = || Pair { source: Source(&source), target: Target(&target) };
    let set = sentences(70);
    let attack = TextAttackPlan::Words(family(0.25), WordMethod::HotFlip);
    let plan = TextPlan { attack, texts: Images::All, seed: 3, threads: 1 };
    let whole = deviate_texts(pair(), &set, &plan, &Silent).expect("it runs");
    let [on_source, on_target] = [&source, &target]
        .map(|of| attack_texts(of, &set, &family(0.25), WordMethod::HotFlip, 1, &Silent).expect("it runs"));
    let met = meet_texts(pair(), &set, [&on_source, &on_target], 3, 1, &Silent).expect("they are of this set");
    assert_eq!(met.target_under_source, whole.deviated.target_under_source);
    assert_eq!(met.source_under_noise, whole.deviated.source_under_noise);
    let other = meet_texts(pair(), &sentences(60), [&on_source, &on_target], 3, 1, &Silent);
    assert!(matches!(other, Err(TextError::OtherTexts { expected: 60, found: 70, .. })));
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let graphs = [learned("text-bag", 1), learned("text-cnn", 1)];
    let [source, target] = [subject("bag", &graphs[0]), subject("cnn", &graphs[1])];
    let run = |threads: usize| {
        let pair = Pair { source: Source(&source), target: Target(&target) };
        let attack = TextAttackPlan::Words(family(0.25), WordMethod::HotFlip);
        let plan = TextPlan { attack, texts: Images::BothCorrect, seed: 3, threads };
        deviate_texts(pair, &sentences(130), &plan, &Silent).expect("it runs")
    };
    let (one, two) = (run(1), run(2));
    assert_eq!(one.changed, two.changed);
    assert_eq!(one.deviated.target_under_source, two.deviated.target_under_source);
    assert_eq!(one.deviated.source_under_noise, two.deviated.source_under_noise);
    assert_eq!(one.deviated.ids.len() + one.deviated.filtered, 130);
    // Both networks move under their own attack, and each text stands in every array.
    assert_eq!(one.deviated.source_under_source.count(), one.deviated.ids.len());
    assert!(one.deviated.source_under_source.values.iter().any(|&number| number.abs() > 0.1));
}

/// The bag's mean of vectors is linear in each, so J·v of a text equals the difference of its logits over a step of any size (up to
/// rounding); v leaves closed tokens alone; and σ₁ is the length of J·v.
#[test]
fn the_singular_direction_of_a_linear_network_is_its_difference() {
    let network = subject("text-bag", &learned("text-bag", 1));
    let texts = ["The plot is fine, great film", "dull"];
    let encodings = texts.map(|text| network.tokenizer().encode(text, LENGTH));
    let rows: Vec<&[u32]> = encodings.iter().map(|encoding| encoding.tokens.as_slice()).collect();
    let tokens = network.fed(&rows);
    let open: Vec<Vec<bool>> = rows.iter().map(|row| (0..LENGTH).map(|place| place < row.len()).collect()).collect();
    let jacobians = network.jacobians(&tokens, &open).expect("it answers");
    let directions = jacobians.directions(0).expect("there is a level 0");
    let pushed = jacobians.push(&directions).expect("they fit");
    let (clean, width) = (network.embed(&tokens), network.table().row_length());
    let mut moved = clean.clone();
    for (row, direction) in directions.iter().enumerate() {
        assert!(direction.vector[rows[row].len() * width..].iter().all(|&number| number == 0.0), "padding stays");
        let length: f64 = direction.vector.iter().map(|number| number * number).sum();
        assert!((length - 1.0).abs() < 1e-9, "unit length: {length}");
        let sigma = pushed.row(row).iter().map(|number| number * number).sum::<f64>().sqrt();
        assert!((sigma - direction.top_value).abs() < 1e-6 * sigma, "{sigma} beside {}", direction.top_value);
        let place = row * LENGTH * width;
        for (number, step) in moved.data_mut()[place..].iter_mut().zip(&direction.vector) {
            *number += *step as f32;
        }
    }
    let [then, now] = [&clean, &moved].map(|vectors| network.logits_at(&tokens, vectors).expect("it answers"));
    for (place, pushed) in pushed.data().iter().enumerate() {
        let difference = now.data()[place] - then.data()[place];
        assert!((difference - pushed).abs() < 1e-4 * (1.0 + pushed.abs()), "{difference} beside {pushed}");
    }
}

/// Scaling a network's head scales its deviations and its own largest alike: first-order alpha1 does not see it. A network beside
/// itself moves as far as it can.
#[test]
fn first_order_at_embeddings_does_not_see_the_scale_of_the_head() {
    let graph = learned("bert", 1);
    let tripled = |name: &str, weight: &Array<f32>| (name.to_owned(), Arc::new(weight.map(|number| 3.0 * number)));
    let head = graph.weights().filter(|(_, name, _)| name.starts_with("classifier."));
    let scaled = reweighted(&graph, head.map(|(_, name, weight)| tripled(name, weight))).expect("the same shapes");
    let [source, target] = [subject("one", &graph), subject("three times", &scaled)];
    let attack = TextAttackPlan::FirstOrder { level: 0 };
    let plan = TextPlan { attack, texts: Images::All, seed: 0, threads: 1 };
    let pair = Pair { source: Source(&source), target: Target(&target) };
    let found = deviate_texts(pair, &sentences(70), &plan, &Silent).expect("they share their table").deviated;
    let length = |row: &[f64]| row.iter().map(|number| number * number).sum::<f64>().sqrt();
    for text in 0..70 {
        let own = length(found.target_under_source.row(text)) / found.top_values[1][text];
        assert!((own - 1.0).abs() < 1e-4, "alpha1 of a network beside itself, scaled: {own}");
        assert!((found.top_values[1][text] / found.top_values[0][text] - 3.0).abs() < 1e-3);
    }
    let level = TextPlan { attack: TextAttackPlan::FirstOrder { level: 2 }, ..plan };
    let pair = Pair { source: Source(&source), target: Target(&target) };
    let error = deviate_texts(pair, &sentences(4), &level, &Silent).expect_err("two classes have two levels");
    assert!(error.to_string().contains("levels 0 to 1"), "{error}");
}
