//! Text networks in f64: the gradient at the embedding against finite differences, and that padding does not matter.
//!
//! Tolerance of the differences: step 1e-6, truncation h²/6 · |f‴| ≈ 1e-12 and rounding ε · |f| / h ≈ 1e-9 for outputs of
//! order 1; normalization of small numbers makes third derivatives large, so 1e-6 leaves room for a factor of 10⁵.

use std::collections::HashMap;

use transferscope_network::{
    array::Array,
    graph::{Graph, ValueId},
    interpreter::evaluate,
    passes::find_embedding,
    zoo::{
        initial_weight,
        text::{TextPooling, TextSettings, find_text},
    },
};

const STEP: f64 = 1e-6;
const TOLERANCE: f64 = 1e-6;

fn miniature(name: &str, length: usize, pooling: TextPooling) -> Graph {
    let settings = TextSettings {
        width: 4,
        heads: 2,
        hidden: 6,
        positions: 9,
        pooling,
        seed: 3,
        ..TextSettings::small(3, 7, length)
    };
    find_text(name).and_then(|found| found.build(&settings)).expect("the settings are in range")
}

fn tokens(rows: &[&[f64]]) -> Array<f64> {
    Array::new(vec![rows.len(), rows[0].len()], rows.concat()).expect("rows of one length")
}

fn objective(graph: &Graph, input: &Array<f64>, replaced: (ValueId, Array<f64>), cotangent: &Array<f64>) -> f64 {
    let evaluation = evaluate(graph, std::slice::from_ref(input), &HashMap::from([replaced])).expect("it runs");
    evaluation.value(graph.output()).data().iter().zip(cotangent.data()).map(|(y, c)| y * c).sum()
}

/// The gradient of Σ cotangent · logits for the embedded tokens and for the table, number by number; padding has none.
#[test]
fn gradients_at_the_embedding_match_finite_differences() {
    let padded = tokens(&[&[2.0, 3.0, 4.0, 5.0, 0.0], &[1.0, 6.0, 6.0, 0.0, 0.0]]);
    for (name, pooling) in [
        ("text-bag", TextPooling::Mean),
        ("text-cnn", TextPooling::Mean),
        ("bert", TextPooling::Mean),
        ("bert", TextPooling::First),
    ] {
        let graph = miniature(name, 5, pooling);
        let embedding = find_embedding(&graph).expect("it reads tokens");
        let evaluation = evaluate(&graph, std::slice::from_ref(&padded), &HashMap::new()).expect("it runs");
        let cotangent = initial_weight(5, "cotangent", &[2, 3], 1).to_f64();
        let wrt = [embedding.embedded, embedding.table];
        let gradients = evaluation.pull_back(&[(graph.output(), cotangent.clone())], &wrt).expect("it fits");
        for (&id, gradient) in wrt.iter().zip(&gradients) {
            assert!(gradient.data().iter().any(|&number| number.abs() > 1e-6), "{name}: zeros show nothing");
            for place in 0..gradient.len() {
                let moved = |step: f64| {
                    let mut moved = evaluation.value(id).clone();
                    moved.data_mut()[place] += step;
                    objective(&graph, &padded, (id, moved), &cotangent)
                };
                let difference = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
                let found = gradient.data()[place];
                let error = (found - difference).abs();
                assert!(error <= TOLERANCE * difference.abs().max(1.0), "{name} {place}: {found}, not {difference}");
            }
        }
        let width = 4;
        for (row, tokens) in [(0, 4), (1, 3)] {
            let padding = &gradients[0].row(row)[tokens * width..];
            assert!(padding.iter().all(|&number| number == 0.0), "{name}: padding must not matter");
        }
    }
}

/// A text has the same logits whatever room is left behind it (e^−10,000 is 0; the sums differ by rounding alone).
#[test]
fn room_behind_a_text_does_not_matter() {
    for name in ["text-bag", "bert"] {
        let logits = |input: &Array<f64>| {
            let graph = miniature(name, input.row_length(), TextPooling::Mean);
            let evaluation = evaluate(&graph, std::slice::from_ref(input), &HashMap::new()).expect("it runs");
            evaluation.value(graph.output()).clone()
        };
        let short = logits(&tokens(&[&[2.0, 3.0, 4.0]]));
        let long = logits(&tokens(&[&[2.0, 3.0, 4.0, 0.0, 0.0, 0.0]]));
        for (left, right) in short.data().iter().zip(long.data()) {
            assert!((left - right).abs() < 1e-12, "{name}: {left}, {right}");
        }
    }
}

/// A number that is no row of the table is not taken for another.
#[test]
fn a_token_beyond_the_table_is_refused() {
    let graph = miniature("text-bag", 2, TextPooling::Mean);
    for number in [7.0, -1.0, 0.5] {
        let error = evaluate(&graph, &[tokens(&[&[1.0, number]])], &HashMap::new()).expect_err("there are 7 rows");
        assert!(error.to_string().contains(&format!("{number} was looked up in a table of 7 rows")), "{error}");
    }
}
