//! Passes and contract: the changed graph is the function that it should be, in f64.
//!
//! Tolerance: changed graphs round their new weights to f32 once (6e-8 relative); behind a few layers 1e-6 holds.

use std::collections::HashMap;

use transferscope_network::{
    array::Array,
    contract::{ChannelOrder, Contract, PixelRange},
    graph::{Builder, Graph},
    interpreter::evaluate,
    operator::Operator,
    passes::{find_head, fold_batch_normalization, replace_head},
    zoo::{Settings, find, initial_weight},
};

const TOLERANCE: f64 = 1e-6;

fn numbers(name: &str, shape: &[usize]) -> Array<f32> {
    initial_weight(7, name, shape, 1)
}

fn output(graph: &Graph, input: &Array<f64>) -> Array<f64> {
    let evaluation = evaluate(graph, std::slice::from_ref(input), &HashMap::new()).expect("it runs");
    evaluation.value(graph.output()).clone()
}

fn assert_close(found: &Array<f64>, expected: &Array<f64>, tolerance: f64) {
    assert_eq!(found.shape(), expected.shape());
    for (found, expected) in found.data().iter().zip(expected.data()) {
        assert!((found - expected).abs() <= tolerance * expected.abs().max(1.0), "{found} is not {expected}");
    }
}

/// A zoo network whose batch normalizations all do something.
fn lively_resnet() -> Graph {
    let settings = Settings { width: 0.25, ..Settings::with_classes(10) };
    let graph = find("resnet8-cifar").and_then(|found| found.build(&settings)).expect("it is in the zoo");
    let statistics: Vec<_> = graph
        .weights()
        .filter(|(_, name, _)| name.contains("bn"))
        .map(|(_, name, array)| {
            let drawn = numbers(name, array.shape());
            let positive = name.ends_with("var") || name.ends_with(".weight");
            let array = if positive { drawn.map(|number| number.abs() + 0.5) } else { drawn };
            (name.to_owned(), std::sync::Arc::new(array))
        })
        .collect();
    assert!(!statistics.is_empty());
    transferscope_network::passes::reweighted(&graph, statistics).expect("the shapes are the graph's")
}

#[test]
fn folding_keeps_the_function_and_takes_every_normalization() {
    let graph = lively_resnet();
    let folded = fold_batch_normalization(&graph).expect("a checked graph folds");
    let is_normalization = |operator: &Operator| matches!(operator, Operator::BatchNormalization { .. });
    assert!(graph.nodes().iter().any(|node| is_normalization(&node.operator)));
    assert!(!folded.nodes().iter().any(|node| is_normalization(&node.operator)));
    let images = numbers("images", &[2, 3, 32, 32]).to_f64();
    assert_close(&output(&folded, &images), &output(&graph, &images), TOLERANCE);
}

#[test]
fn folding_leaves_a_layer_alone_that_somebody_else_reads() {
    let mut builder = Builder::new("read twice");
    let x = builder.input("x", &[2]);
    let weight = builder.weight("weight", numbers("weight", &[3, 2]));
    let layer = builder.linear("layer", x, weight, None);
    let inputs: Vec<_> = std::iter::once(layer)
        .chain(
            ["gamma", "beta", "mean", "variance"]
                .map(|name| builder.weight(name, numbers(name, &[3]).map(|number| number + 2.0))),
        )
        .collect();
    let normal = builder.node("normal", Operator::BatchNormalization { epsilon: 1e-5 }, &inputs);
    let sum = builder.add("sum", normal, layer);
    let graph = builder.finish(sum).expect("it is a graph");
    let folded = fold_batch_normalization(&graph).expect("a checked graph folds");
    assert!(folded.find("layer").is_some());
    let x = numbers("x", &[4, 2]).to_f64();
    assert_close(&output(&folded, &x), &output(&graph, &x), 0.0);
}

#[test]
fn folding_a_linear_layer_with_bias_in_front_of_a_normalization() {
    let mut builder = Builder::new("rows");
    let x = builder.input("x", &[2]);
    let weight = builder.weight("weight", numbers("weight", &[3, 2]));
    let bias = builder.weight("bias", numbers("bias", &[3]));
    let layer = builder.linear("layer", x, weight, Some(bias));
    let inputs: Vec<_> = std::iter::once(layer)
        .chain(
            ["gamma", "beta", "mean", "variance"]
                .map(|name| builder.weight(name, numbers(name, &[3]).map(|number| number + 2.0))),
        )
        .collect();
    let normal = builder.node("normal", Operator::BatchNormalization { epsilon: 1e-5 }, &inputs);
    let graph = builder.finish(normal).expect("it is a graph");
    let folded = fold_batch_normalization(&graph).expect("a checked graph folds");
    assert_eq!(folded.nodes().len(), 1);
    let x = numbers("x", &[4, 2]).to_f64();
    assert_close(&output(&folded, &x), &output(&graph, &x), TOLERANCE);
}

/// Rows [3, 3]: normalization goes along axis 1, the layer's outputs lie on axis 2.
#[test]
fn folding_leaves_a_linear_layer_on_three_axes_alone() {
    let mut builder = Builder::new("three axes");
    let x = builder.input("x", &[3, 2]);
    let weight = builder.weight("weight", numbers("weight", &[3, 2]));
    let layer = builder.linear("layer", x, weight, None);
    let inputs: Vec<_> = std::iter::once(layer)
        .chain(
            ["gamma", "beta", "mean", "variance"]
                .map(|name| builder.weight(name, numbers(name, &[3]).map(|number| number + 2.0))),
        )
        .collect();
    let normal = builder.node("normal", Operator::BatchNormalization { epsilon: 1e-5 }, &inputs);
    let graph = builder.finish(normal).expect("it is a graph");
    let folded = fold_batch_normalization(&graph).expect("a checked graph folds");
    let x = numbers("x", &[4, 3, 2]).to_f64();
    assert_close(&output(&folded, &x), &output(&graph, &x), 0.0);
}

/// New logits are features · Wᵀ + b of the old features.
#[test]
fn a_new_head_reads_the_old_features() {
    let graph = lively_resnet();
    let head = find_head(&graph).expect("a zoo network has a head");
    let width = graph.weight(head.weight).map_or(0, |weight| weight.row_length());
    let (weight, bias) = (numbers("new", &[4, width]), numbers("new bias", &[4]));
    let changed = replace_head(&graph, weight.clone(), bias.clone()).expect("the shapes fit");
    assert_eq!(changed.output_shape().expect("it is checked"), vec![4]);

    let images = numbers("images", &[2, 3, 32, 32]).to_f64();
    let evaluation = evaluate(&graph, std::slice::from_ref(&images), &HashMap::new()).expect("it runs");
    let features = evaluation.value(head.features);
    let mut expected = Array::filled(vec![2, 4], 0.0);
    for row in 0..2 {
        for class in 0..4 {
            let dot: f64 = features.row(row).iter().zip(weight.row(class)).map(|(x, &w)| x * f64::from(w)).sum();
            expected.data_mut()[row * 4 + class] = dot + f64::from(bias.data()[class]);
        }
    }
    // The same sums in the same f64: only their order differs.
    assert_close(&output(&changed, &images), &expected, 1e-12);
    assert!(replace_head(&graph, numbers("wide", &[4, width + 1]), bias).is_err());
}

/// A network that passes its input on: what comes out is what the contract makes of the pixels.
fn passing_on(height: usize, width: usize, channels: usize) -> Graph {
    let classes = channels * height * width;
    let mut builder = Builder::new("identity");
    let image = builder.input("image", &[channels, height, width]);
    let flat = builder.flatten("flat", image);
    let mut identity = Array::filled(vec![classes, classes], 0.0_f32);
    for place in 0..classes {
        identity.data_mut()[place * classes + place] = 1.0;
    }
    let weight = builder.weight("weight", identity);
    let logits = builder.linear("logits", flat, weight, None);
    builder.finish(logits).expect("it is a graph")
}

#[test]
fn an_attached_contract_normalises() {
    let contract = Contract::imagenet(2, 2, 12);
    let attached = contract.attach(&passing_on(2, 2, 3), [3, 2, 2]).expect("the graph keeps the contract");
    assert_eq!(attached.input_shape(), &[3, 2, 2]);
    let pixels = numbers("pixels", &[2, 3, 2, 2]).map(f32::abs).to_f64();
    let mut expected = pixels.clone().reshaped(vec![2, 12]).expect("as many numbers");
    for (place, number) in expected.data_mut().iter_mut().enumerate() {
        let channel = place / 4 % 3;
        *number = (*number - contract.mean[channel]) / contract.std[channel];
    }
    assert_close(&output(&attached, &pixels), &expected, TOLERANCE);
}

/// BGR with bytes: channels in reverse, 255 · x − mean.
#[test]
fn an_attached_contract_orders_channels_and_ranges() {
    let contract = Contract {
        channels: ChannelOrder::Bgr,
        range: PixelRange::Bytes,
        mean: vec![100.0, 110.0, 120.0],
        ..Contract::raw(1, 2, 6)
    };
    let attached = contract.attach(&passing_on(1, 2, 3), [3, 1, 2]).expect("the graph keeps the contract");
    let pixels = Array::new(vec![1, 3, 1, 2], vec![0.0, 0.1, 0.2, 0.3, 0.4, 0.5]).expect("six numbers");
    let byte = |pixel: f64, mean: f64| 255.0 * pixel - mean;
    let expected =
        [byte(0.4, 100.0), byte(0.5, 100.0), byte(0.2, 110.0), byte(0.3, 110.0), byte(0.0, 120.0), byte(0.1, 120.0)];
    let expected = Array::new(vec![1, 6], expected.to_vec()).expect("six numbers");
    assert_close(&output(&attached, &pixels), &expected, TOLERANCE);
}

/// By hand: halving two pixels takes the triangle 1/2 each at the pixel pair, and neighbours at 1.5 pixels distance with
/// weight 1 − 1.5/2: (3, 3, 1)/7 at the left border. A constant image stays constant under any resize.
#[test]
fn an_attached_contract_resizes() {
    let grey = |height, width| Contract {
        channels: ChannelOrder::Grey,
        mean: vec![0.0],
        std: vec![1.0],
        ..Contract::raw(height, width, height * width)
    };
    let attached = grey(1, 2).attach(&passing_on(1, 2, 1), [1, 1, 4]).expect("the graph keeps the contract");
    let pixels = Array::new(vec![1, 1, 1, 4], vec![0.7, 0.0, 0.0, 0.0]).expect("four numbers");
    let expected = Array::new(vec![1, 2], vec![0.7 * 3.0 / 7.0, 0.0]).expect("two numbers");
    assert_close(&output(&attached, &pixels), &expected, TOLERANCE);

    for [height, width] in [[5, 7], [2, 9], [8, 8]] {
        let attached = grey(height, width).attach(&passing_on(height, width, 1), [1, 4, 6]).expect("it attaches");
        let constant = Array::filled(vec![1, 1, 4, 6], 0.25);
        let expected = Array::filled(vec![1, height * width], 0.25);
        assert_close(&output(&attached, &constant), &expected, TOLERANCE);
    }
}

/// Grey data become three equal channels; their gradient is the sum of the three.
#[test]
fn grey_data_feed_a_colour_network() {
    let contract = Contract::raw(2, 2, 12);
    let attached = contract.attach(&passing_on(2, 2, 3), [1, 2, 2]).expect("it attaches");
    let pixels = numbers("pixels", &[1, 1, 2, 2]).to_f64();
    let evaluation = evaluate(&attached, std::slice::from_ref(&pixels), &HashMap::new()).expect("it runs");
    let ones = Array::filled(vec![1, 12], 1.0);
    let gradient = evaluation.pull_back(&[(attached.output(), ones)], attached.inputs()).expect("it fits");
    assert_close(&gradient[0], &Array::filled(vec![1, 1, 2, 2], 3.0), TOLERANCE);
    assert!(contract.attach(&passing_on(2, 2, 3), [2, 2, 2]).is_err());
}
