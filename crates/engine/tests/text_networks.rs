//! Text networks by Burn against the f64 interpreter: logits, and the gradient at the overridden embedding.
//!
//! Tolerance: f32 against f64 on the same weights; sums have at most some hundred terms of order 1, and a normalization
//! divides by deviations of order 0.01, which multiplies rounding by a hundred: 1e-4 of the largest number.

use transferscope_engine::{EngineChoice, Feed, Frozen, compile, interpreter::Interpreted};
use transferscope_network::{
    array::Array,
    graph::Graph,
    passes::find_embedding,
    zoo::text::{TextSettings, find_text},
};

const TOLERANCE: f32 = 1e-4;

fn miniature(name: &str) -> Graph {
    let settings = TextSettings { width: 8, heads: 2, hidden: 12, seed: 1, ..TextSettings::small(3, 9, 6) };
    find_text(name).and_then(|found| found.build(&settings)).expect("the settings are in range")
}

fn tokens() -> Array<f32> {
    Array::new(vec![2, 6], vec![2.0, 3.0, 8.0, 3.0, 0.0, 0.0, 1.0, 5.0, 6.0, 7.0, 4.0, 2.0]).expect("2 x 6")
}

fn close(what: &str, found: &Array<f32>, expected: &Array<f32>) {
    assert_eq!(found.shape(), expected.shape(), "{what}");
    let largest = expected.data().iter().fold(0.0_f32, |most, number| most.max(number.abs()));
    for (left, right) in found.data().iter().zip(expected.data()) {
        assert!((left - right).abs() <= TOLERANCE * largest, "{what}: {left}, not {right}");
    }
}

#[test]
fn logits_and_embedding_gradients_are_the_interpreters() {
    for name in ["text-bag", "text-cnn", "bert"] {
        let graph = miniature(name);
        let embedding = find_embedding(&graph).expect("it reads tokens");
        let embedded = graph.value(embedding.embedded).name.clone();
        let oracle = Interpreted::new(graph.clone());
        let network = compile(&graph, EngineChoice::Auto, "flex").expect("Burn has every operator");
        assert!(network.remark().is_some_and(|remark| remark.contains("lookup")), "{name}: it says why Burn runs it");
        let mut rows = oracle.forward(&Feed::batch(tokens()), &[&embedded]).expect("it runs").swap_remove(0);
        rows.data_mut().iter_mut().for_each(|number| *number += 0.01);
        let feed = Feed { input: tokens(), overrides: vec![(embedded.clone(), rows)] };
        let pulled = |network: &dyn Frozen| {
            let mut rule = |values: &[Array<f32>]| Ok(values.to_vec());
            network.vjp(&feed, &[network.output()], &embedded, &mut rule).expect("it runs")
        };
        let (found, expected) = (pulled(network.as_ref()), pulled(&oracle));
        close(&format!("{name}: logits"), &found.values[0], &expected.values[0]);
        close(&format!("{name}: gradient"), &found.gradient, &expected.gradient);
    }
}

#[test]
fn a_token_beyond_the_table_is_an_error_that_says_so() {
    let network = compile(&miniature("text-bag"), EngineChoice::Burn, "flex").expect("Burn has every operator");
    let mut beyond = tokens();
    beyond.data_mut()[0] = 9.0;
    let error = network.forward(&Feed::batch(beyond), &[network.output()]).expect_err("there are 9 rows");
    assert!(error.to_string().contains("table of 9 rows"), "{error}");
}
