//! Burn and the processor engine against the f64 interpreter: every operator with its odd settings, forward and in
//! reverse, on every kernel tier that the processor has.
//!
//! Long because it is one table: every engine is held against every operator of it.
//!
//! Tolerance: the interpreter works in f64 on the same f32 inputs and weights, so what differs is the engine's rounding.
//! A sum of k terms errs by at most k · 6e-8 of its largest partial sum, mostly by √k of it; the longest sums here
//! have 363 terms (an 11 x 11 window over 3 channels). 1e-5 of the largest number of the array covers the likely error
//! with room, and is far below what a wrong pixel, pad or weight would do.

mod software_amx;

use software_amx::tiers;
use transferscope_engine::{
    DeviceChoice, EngineError, Feed, Frozen,
    burn::BurnNetwork,
    cpu::{CpuNetwork, CpuOptions, Precision},
    interpreter::Interpreted,
};
use transferscope_network::{
    array::Array,
    graph::{Builder, Graph, Wire},
    operator::{Activation, Arithmetic, Operator, Padding, Pooling, ReshapeDimension},
    zoo::{Settings, architectures, find, initial_weight},
};

const TOLERANCE: f64 = 1e-5;
const BATCH: usize = 3;

/// Uniform numbers in ±1, from a name.
fn numbers(name: &str, shape: &[usize]) -> Array<f32> {
    initial_weight(11, name, shape, 1)
}

/// A graph of one operator on an input `x` of this shape, and weights of these shapes.
fn one(operator: Operator, shape: &[usize], weights: &[&[usize]]) -> Graph {
    built(shape, |builder, x| {
        let mut inputs = vec![x];
        for (place, shape) in weights.iter().enumerate() {
            let name = format!("weight{place}");
            inputs.push(builder.weight(&name, numbers(&name, shape)));
        }
        builder.node("y", operator, &inputs)
    })
}

fn built(shape: &[usize], body: impl FnOnce(&mut Builder, Wire) -> Wire) -> Graph {
    let mut builder = Builder::new("case");
    let x = builder.input("x", shape);
    let y = body(&mut builder, x);
    builder.finish(y).expect("the case is a graph")
}

fn convolution(stride: [usize; 2], padding: [usize; 4], dilation: [usize; 2], groups: usize) -> Operator {
    let [top, bottom, left, right] = padding;
    Operator::Convolution { stride, padding: Padding { top, bottom, left, right }, dilation, groups }
}

fn pooling(kernel: [usize; 2], stride: [usize; 2], padding: [usize; 4]) -> Pooling {
    let [top, bottom, left, right] = padding;
    Pooling { kernel, stride, padding: Padding { top, bottom, left, right } }
}

fn batch_normalization(builder: &mut Builder, x: Wire, name: &str, channels: usize) -> Wire {
    let mut inputs = vec![x];
    for part in ["weight", "bias", "mean", "variance"] {
        let name = format!("{name}.{part}");
        let drawn = numbers(&name, &[channels]);
        let array = if part == "variance" { drawn.map(|number| number.abs() + 0.1) } else { drawn };
        inputs.push(builder.weight(&name, array));
    }
    builder.node(name, Operator::BatchNormalization { epsilon: 1e-3 }, &inputs)
}

/// Every operator: what it is, and a graph that has it.
fn cases() -> Vec<(&'static str, Graph)> {
    let image: &[usize] = &[4, 9, 8];
    let mut cases = vec![
        ("convolution 1x1", one(convolution([1; 2], [0; 4], [1; 2], 1), image, &[&[5, 4, 1, 1], &[5]])),
        ("convolution 1x1 stride 2", one(convolution([2; 2], [0; 4], [1; 2], 1), image, &[&[5, 4, 1, 1]])),
        ("convolution 3x3", one(convolution([1; 2], [1; 4], [1; 2], 1), image, &[&[5, 4, 3, 3]])),
        ("convolution 3x3 stride 2", one(convolution([2; 2], [1; 4], [1; 2], 1), image, &[&[5, 4, 3, 3], &[5]])),
        ("convolution 5x3 stride 1x2", one(convolution([1, 2], [2, 2, 1, 1], [1; 2], 1), image, &[&[2, 4, 5, 3]])),
        ("convolution asymmetric", one(convolution([2; 2], [0, 1, 0, 1], [1; 2], 1), image, &[&[5, 4, 3, 3]])),
        ("convolution very asymmetric", one(convolution([1; 2], [3, 0, 1, 2], [1; 2], 1), image, &[&[2, 4, 4, 2]])),
        ("convolution dilated", one(convolution([1; 2], [2; 4], [2; 2], 1), image, &[&[3, 4, 3, 3]])),
        ("convolution dilated 3x1", one(convolution([2, 1], [3, 3, 0, 0], [3, 1], 1), image, &[&[3, 4, 3, 2]])),
        ("convolution in 2 groups", one(convolution([1; 2], [1; 4], [1; 2], 2), image, &[&[6, 2, 3, 3], &[6]])),
        ("convolution 1x1 in 2 groups", one(convolution([1; 2], [0; 4], [1; 2], 2), image, &[&[6, 2, 1, 1]])),
        ("convolution depthwise", one(convolution([1; 2], [1; 4], [1; 2], 4), image, &[&[4, 1, 3, 3]])),
        ("convolution depthwise stride 2", one(convolution([2; 2], [0, 1, 0, 1], [1; 2], 4), image, &[&[8, 1, 3, 3]])),
        ("convolution 7x7", one(convolution([2; 2], [3; 4], [1; 2], 1), &[3, 14, 14], &[&[4, 3, 7, 7]])),
        ("convolution 11x11", one(convolution([4; 2], [2; 4], [1; 2], 1), &[3, 23, 23], &[&[4, 3, 11, 11], &[4]])),
        ("convolution of the whole image", one(convolution([1; 2], [0; 4], [1; 2], 1), image, &[&[2, 4, 9, 8]])),
        ("convolution 16 channels", one(convolution([1; 2], [1; 4], [1; 2], 1), &[16, 8, 8], &[&[16, 16, 3, 3]])),
        ("linear", one(Operator::Linear, &[7], &[&[3, 7], &[3]])),
        ("linear without bias", one(Operator::Linear, &[7], &[&[3, 7]])),
        ("linear on three axes", one(Operator::Linear, &[5, 7], &[&[3, 7], &[3]])),
        ("matrix product", one(Operator::MatrixProduct, &[4, 5], &[&[5, 3]])),
        ("matrix product, outer axes broadcast", one(Operator::MatrixProduct, &[2, 4, 5], &[&[2, 5, 3]])),
        ("mean of the image", one(Operator::Mean { axes: vec![2, 3], keep: false }, image, &[])),
        ("maximum of the image", one(Operator::Maximum { axes: vec![2, 3], keep: false }, image, &[])),
        ("maximum that stays", one(Operator::Maximum { axes: vec![1], keep: true }, image, &[])),
        ("select", one(Operator::Select { axis: 2, indices: vec![8, 0, 3, 0] }, image, &[])),
        (
            "repeat rows",
            built(&[3, 5], |builder, x| {
                let token = builder.weight("token", numbers("token", &[1, 2, 5]));
                let tokens = builder.node("tokens", Operator::RepeatRows, &[token, x]);
                builder.node("y", Operator::Concatenate { axis: 1 }, &[tokens, x])
            }),
        ),
        ("mean that stays", one(Operator::Mean { axes: vec![1, 3], keep: true }, image, &[])),
        ("slice with step", one(Operator::Slice { axis: 2, start: 1, end: 8, step: 3 }, image, &[])),
        ("slice", one(Operator::Slice { axis: 1, start: 2, end: 4, step: 1 }, image, &[])),
        ("slice of the last axis", one(Operator::Slice { axis: 3, start: 0, end: 8, step: 2 }, image, &[])),
        ("pad", one(Operator::Pad { amounts: vec![[0, 0], [2, 1], [0, 3], [1, 0]] }, image, &[])),
        ("flatten", one(Operator::flatten(), image, &[])),
        (
            "reshape",
            one(
                Operator::Reshape {
                    shape: vec![ReshapeDimension::Keep, ReshapeDimension::Size(6), ReshapeDimension::Rest],
                },
                image,
                &[],
            ),
        ),
        ("transpose", one(Operator::Transpose { permutation: vec![0, 2, 3, 1] }, image, &[])),
        ("softmax", one(Operator::Softmax { axis: 1 }, &[6], &[])),
        ("log softmax", one(Operator::LogSoftmax { axis: 1 }, &[6], &[])),
        ("log softmax of a middle axis", one(Operator::LogSoftmax { axis: 2 }, image, &[])),
        ("softmax of a middle axis", one(Operator::Softmax { axis: 1 }, image, &[])),
        (
            "concatenate",
            built(image, |builder, x| {
                let doubled = builder.add("doubled", x, x);
                builder.node("y", Operator::Concatenate { axis: 1 }, &[x, doubled, x])
            }),
        ),
        ("concatenate one", one(Operator::Concatenate { axis: 2 }, image, &[])),
        (
            "matrix from the left",
            built(&[2, 4, 5], |builder, x| {
                let rows = builder.weight("rows", numbers("rows", &[6, 4]));
                builder.node("y", Operator::MatrixProduct, &[rows, x])
            }),
        ),
        (
            "a value times itself transposed",
            built(&[4, 5], |builder, x| {
                let turned = builder.node("turned", Operator::Transpose { permutation: vec![0, 2, 1] }, &[x]);
                builder.node("y", Operator::MatrixProduct, &[x, turned])
            }),
        ),
        ("batch normalization alone", built(image, |builder, x| batch_normalization(builder, x, "y", 4))),
        ("batch normalization of rows", built(&[6], |builder, x| batch_normalization(builder, x, "y", 6))),
        (
            "batch normalization after a convolution",
            built(image, |builder, x| {
                let weight = builder.weight("weight", numbers("weight", &[5, 4, 3, 3]));
                let layer = builder.convolution("layer", x, weight, None, 1, 1);
                batch_normalization(builder, layer, "y", 5)
            }),
        ),
    ];
    let activations = [
        Activation::Relu,
        Activation::LeakyRelu { slope: 0.1 },
        Activation::Sigmoid,
        Activation::Tanh,
        Activation::Silu,
        Activation::GeluTanh,
        Activation::Clip { low: -0.2, high: 0.6 },
        Activation::Exponential,
        Activation::Power { exponent: 2.0 },
        Activation::Absolute,
        Activation::ErrorFunction,
        Activation::Gelu,
        Activation::HardSigmoid { slope: 1.5, offset: 0.5 },
        Activation::HardSwish,
        Activation::Softplus,
        Activation::Elu { scale: 0.7 },
        Activation::Affine { slope: -0.3, offset: 2.0 },
    ];
    for activation in activations {
        cases.push((activation.name(), one(Operator::Activation(activation), image, &[])));
    }
    let positive = [
        Activation::Logarithm,
        Activation::SquareRoot,
        Activation::Power { exponent: -1.0 },
        Activation::Power { exponent: 0.5 },
        Activation::Power { exponent: 1.7 },
    ];
    for activation in positive {
        let graph = built(image, |builder, x| {
            let three = builder.weight("three", Array::filled(vec![1], 3.0));
            let positive = builder.add("positive", x, three);
            builder.activation("y", positive, activation)
        });
        cases.push((activation.name(), graph));
    }
    let pools: [(&str, Pooling); 6] = [
        ("pool 2x2", pooling([2; 2], [2; 2], [0; 4])),
        ("pool 3x3 stride 2 pad 1", pooling([3; 2], [2; 2], [1; 4])),
        ("pool 3x3 stride 1", pooling([3; 2], [1; 2], [0; 4])),
        ("pool asymmetric", pooling([3; 2], [2; 2], [0, 1, 0, 1])),
        ("pool 3x2 asymmetric", pooling([3, 2], [2, 1], [2, 0, 0, 1])),
        ("pool 1x1 stride 2", pooling([1; 2], [2; 2], [0; 4])),
    ];
    for (name, pooling) in pools {
        cases.push((name, one(Operator::MaxPool(pooling), image, &[])));
        for count_padding in [true, false] {
            cases.push((name, one(Operator::AveragePool { pooling, count_padding }, image, &[])));
        }
    }
    let kinds = [
        Arithmetic::Add,
        Arithmetic::Subtract,
        Arithmetic::Multiply,
        Arithmetic::Divide,
        Arithmetic::Maximum,
        Arithmetic::Minimum,
    ];
    for kind in kinds {
        // Away from zero, so that a quotient is no accident of a small divisor.
        let divisor =
            |name: &str, shape: &[usize]| numbers(name, shape).map(|number| number + 2.0_f32.copysign(number));
        for (name, shape) in [("channels", &[4_usize, 1, 1][..]), ("columns", &[8]), ("larger", &[2, 1, 4, 1, 1])] {
            cases.push((
                name,
                built(image, |builder, x| {
                    let other = builder.weight("other", divisor("other", shape));
                    builder.node("y", Operator::Arithmetic(kind), &[x, other])
                }),
            ));
            cases.push((
                name,
                built(image, |builder, x| {
                    let other = builder.weight("other", divisor("other", shape));
                    let three = builder.weight("three", Array::filled(vec![1], 3.0));
                    let away = builder.add("away", x, three);
                    builder.node("y", Operator::Arithmetic(kind), &[other, away])
                }),
            ));
        }
        cases.push((
            "both from the input",
            built(image, |builder, x| {
                let three = builder.weight("three", Array::filled(vec![1], 3.0));
                let away = builder.add("away", x, three);
                let means = builder.node("means", Operator::Mean { axes: vec![2], keep: true }, &[away]);
                builder.node("y", Operator::Arithmetic(kind), &[means, away])
            }),
        ));
    }
    cases
}

fn assert_close(found: &Array<f32>, expected: &Array<f32>, place: &str) {
    assert_within(TOLERANCE, found, expected, place);
}

fn assert_within(tolerance: f64, found: &Array<f32>, expected: &Array<f32>, place: &str) {
    assert_eq!(found.shape(), expected.shape(), "{place}");
    let largest = expected.data().iter().fold(0.0_f64, |largest, &number| largest.max(f64::from(number).abs()));
    for (index, (&found, &expected)) in found.data().iter().zip(expected.data()).enumerate() {
        let error = (f64::from(found) - f64::from(expected)).abs();
        assert!(error <= tolerance * largest.max(1.0), "{place} at {index}: {found} is not {expected}");
    }
}

fn batch_of(graph: &Graph, name: &str) -> Array<f32> {
    let shape: Vec<usize> = std::iter::once(BATCH).chain(graph.input_shape().iter().copied()).collect();
    numbers(name, &shape)
}

/// Forward and vector-Jacobian product of both engines agree for this feed.
fn compare(graph: &Graph, feed: &Feed, at: &[&str], wrt: &str, place: &str) {
    let burn = BurnNetwork::new(graph, DeviceChoice::Flex).expect("Burn has every operator");
    let interpreter = Interpreted::new(graph.clone());
    let expected = interpreter.forward(feed, at).expect("the interpreter runs it");
    for (found, expected) in burn.forward(feed, at).expect("Burn runs it").iter().zip(&expected) {
        assert_close(found, expected, &format!("{place}, forward"));
    }
    let mut rule = |values: &[Array<f32>]| {
        let cotangents = values.iter().enumerate();
        Ok(cotangents.map(|(index, value)| numbers(&format!("cotangent{index}"), value.shape())).collect())
    };
    let expected = interpreter.vjp(feed, at, wrt, &mut rule).expect("the interpreter pulls back");
    let found = burn.vjp(feed, at, wrt, &mut rule).expect("Burn pulls back");
    own_engine(graph, feed, at, wrt, place);
    own_engine_in_bf16(graph, feed, at, wrt, place);
    assert_close(&found.gradient, &expected.gradient, &format!("{place}, reverse"));
    assert!(expected.gradient.data().iter().any(|&number| number != 0.0), "{place}: a gradient of zeros shows nothing");
    for (found, expected) in found.values.iter().zip(&expected.values) {
        assert_close(found, expected, &format!("{place}, values of the reverse pass"));
    }
}

/// The same for the processor engine, on every tier, with and without Winograd's products. What it refuses is another
/// test's matter (see `what_the_processor_engine_refuses_is_known`).
fn own_engine(graph: &Graph, feed: &Feed, at: &[&str], wrt: &str, place: &str) {
    let interpreter = Interpreted::new(graph.clone());
    let mut rule = |values: &[Array<f32>]| {
        let cotangents = values.iter().enumerate();
        Ok(cotangents.map(|(index, value)| numbers(&format!("cotangent{index}"), value.shape())).collect())
    };
    let expected = interpreter.vjp(feed, at, wrt, &mut rule).expect("the interpreter pulls back");
    for tier in tiers() {
        for winograd in [false, true] {
            let own = match CpuNetwork::new(graph, CpuOptions { tier: Some(tier), winograd, precision: Precision::F32 })
            {
                Err(EngineError::UnsupportedOperator { .. }) => return,
                other => other.expect("it is compiled"),
            };
            let place = format!("{place}, own engine, {}{}", tier.name(), if winograd { " with tiles" } else { "" });
            let forward = own.forward(feed, at).expect("the own engine runs it");
            for (found, expected) in forward.iter().zip(&expected.values) {
                assert_close(found, expected, &format!("{place}, forward"));
            }
            let found = own.vjp(feed, at, wrt, &mut rule).expect("the own engine pulls back");
            assert_eq!(found.values, forward, "{place}: the values of the reverse pass are the forward pass's");
            assert_close(&found.gradient, &expected.gradient, &format!("{place}, reverse"));
        }
    }
}

/// Products in bf16: every tier gives what the portable one gives, which differs in nothing but the order of sums; and that is
/// as near to the interpreter as the parts of the numbers allow (2^-17 and 2^-9 a factor, with room for what cancels).
///
/// In a network the order of sums can move an activation over the border between two numbers of bf16, which are 2^-8 of it
/// apart: with one part that is seen in the outputs (2e-5 in ResNet-18), with two it is not.
fn own_engine_in_bf16(graph: &Graph, feed: &Feed, at: &[&str], wrt: &str, place: &str) {
    let interpreter = Interpreted::new(graph.clone());
    let mut rule = |values: &[Array<f32>]| {
        let cotangents = values.iter().enumerate();
        Ok(cotangents.map(|(index, value)| numbers(&format!("cotangent{index}"), value.shape())).collect())
    };
    let exact = interpreter.vjp(feed, at, wrt, &mut rule).expect("the interpreter pulls back");
    for (precision, tolerance, between_tiers) in [(Precision::Bf16x3, 3e-4, 1e-5), (Precision::Bf16, 0.1, 1e-4)] {
        for winograd in [false, true] {
            let mut portable = None;
            for tier in tiers() {
                let own = match CpuNetwork::new(graph, CpuOptions { tier: Some(tier), winograd, precision }) {
                    Err(EngineError::UnsupportedOperator { .. }) => return,
                    other => other.expect("it is compiled"),
                };
                let place = format!("{place}, {}{}", own.engine(), if winograd { " with tiles" } else { "" });
                let found = own.vjp(feed, at, wrt, &mut rule).expect("the own engine pulls back");
                for (found, exact) in found.values.iter().zip(&exact.values) {
                    assert_within(tolerance, found, exact, &format!("{place}, forward"));
                }
                let reference = portable.get_or_insert_with(|| found.clone());
                for (found, reference) in found.values.iter().zip(&reference.values) {
                    let place = format!("{place}, forward, beside the portable tier");
                    assert_within(between_tiers, found, reference, &place);
                }
                let place = format!("{place}, reverse, beside the portable tier");
                assert_within(1e-4, &found.gradient, &reference.gradient, &place);
            }
        }
    }
}

/// What of the table Burn has to run. A line that leaves this list is a gain; one that joins it is a loss.
#[test]
fn what_the_processor_engine_refuses_is_known() {
    let refused: std::collections::BTreeSet<String> = cases()
        .into_iter()
        .filter_map(|(_, graph)| match CpuNetwork::new(&graph, CpuOptions::default()) {
            Err(EngineError::UnsupportedOperator { operator, .. }) => Some(operator),
            Err(other) => panic!("{other}"),
            Ok(_) => None,
        })
        .collect();
    let known = [
        "a value with 2 axes behind the batch axis",
        "add with a constant of more axes",
        "add with a constant that is not one number a channel",
        "average_pool that does not count its padding",
        "concatenate",
        "divide of a constant by a computed value",
        "divide with a constant of more axes",
        "divide with a constant that is not one number a channel",
        "larger_of_two",
        "larger_of_two with a constant of more axes",
        "larger_of_two with a constant that is not one number a channel",
        "log_softmax",
        "logarithm whose value or slope may be infinite at 0",
        "matrix_product that is not a constant matrix along an axis of an image",
        "maximum",
        "mean",
        "multiply with a constant of more axes",
        "multiply with a constant that is not one number a channel",
        "power whose value or slope may be infinite at 0",
        "reshape",
        "select",
        "smaller_of_two",
        "smaller_of_two with a constant of more axes",
        "smaller_of_two with a constant that is not one number a channel",
        "softmax",
        "square_root whose value or slope may be infinite at 0",
        "subtract with a constant of more axes",
        "subtract with a constant that is not one number a channel",
        "transpose",
    ];
    assert_eq!(refused.into_iter().collect::<Vec<_>>(), known);
}

/// The windows that decide between kernels: tiles that hang over the border, channels that fill no vector, groups that
/// fill whole ones and groups that do not, one channel a group, strides that leave pixels unread.
#[test]
fn every_kernel_of_the_processor_engine_is_the_interpreters() {
    for (name, input, output, groups, kernel, stride, padding, size) in [
        ("tiles of an even image", 16, 32, 1, 3, 1, [1; 4], 8),
        ("tiles over the border", 17, 19, 1, 3, 1, [1; 4], 7),
        ("tiles without padding", 16, 16, 1, 3, 1, [0; 4], 9),
        ("tiles with uneven padding", 20, 16, 1, 3, 1, [2, 0, 1, 2], 6),
        ("a stride", 16, 24, 1, 3, 2, [1; 4], 9),
        ("a stride wider than the window", 12, 8, 1, 1, 3, [0; 4], 8),
        ("groups of whole vectors", 32, 64, 4, 3, 1, [1; 4], 6),
        ("groups of half vectors", 12, 24, 3, 3, 2, [1; 4], 7),
        ("one channel a group", 24, 24, 24, 3, 1, [1; 4], 7),
        ("one channel a group, with a stride", 19, 19, 19, 5, 2, [2; 4], 9),
        ("an eleven by eleven window", 3, 16, 1, 11, 4, [5; 4], 16),
        ("one tap, three vectors of outputs", 40, 48, 1, 1, 1, [0; 4], 9),
        ("one tap with a stride", 32, 32, 1, 1, 2, [0; 4], 13),
        ("a stride, three vectors of outputs", 34, 48, 1, 3, 2, [1; 4], 9),
    ] {
        let graph = one(
            convolution([stride; 2], padding, [1; 2], groups),
            &[input, size, size],
            &[&[output, input / groups, kernel, kernel], &[output]],
        );
        let feed = Feed::batch(batch_of(&graph, "x"));
        own_engine(&graph, &feed, &["y"], "x", name);
        own_engine_in_bf16(&graph, &feed, &["y"], "x", name);
    }
}

#[test]
fn every_operator_is_the_interpreters() {
    let all = cases();
    for (name, graph) in &all {
        let operator = graph.nodes().last().map_or("", |node| node.operator.name());
        compare(graph, &Feed::batch(batch_of(graph, "x")), &["y"], "x", &format!("{name} ({operator})"));
    }
    let names: std::collections::BTreeSet<&str> =
        all.iter().flat_map(|(_, graph)| graph.nodes()).map(|node| node.operator.name()).collect();
    // 14 kinds that need no word of their own, 20 activations, 6 kinds of arithmetic, 3 of pooling and normalization.
    assert_eq!(names.len(), 42, "an operator is missing from the table: {names:?}");
}

/// Two blocks of convolution and normalization with a sum, pooling, and a linear head.
fn small_network() -> Graph {
    built(&[3, 8, 8], |builder, x| {
        let layer = |builder: &mut Builder, x: Wire, name: &str, channels: [usize; 2]| {
            let weight = numbers(&format!("{name}.weight"), &[channels[1], channels[0], 3, 3]);
            let weight = builder.weight(&format!("{name}.weight"), weight);
            let made = builder.convolution(name, x, weight, None, 1, 1);
            batch_normalization(builder, made, &format!("{name}.bn"), channels[1])
        };
        let first = layer(builder, x, "conv1", [3, 4]);
        let active = builder.activation("act1", first, Activation::Relu);
        let second = layer(builder, active, "conv2", [4, 4]);
        let sum = builder.add("sum", second, active);
        let features = builder.global_average_pool("features", sum);
        let weight = builder.weight("head.weight", numbers("head.weight", &[5, 4]));
        let bias = builder.weight("head.bias", numbers("head.bias", &[5]));
        builder.linear("logits", features, weight, Some(bias))
    })
}

#[test]
fn values_between_can_be_read_and_two_cotangents_add() {
    let graph = small_network();
    let feed = Feed::batch(batch_of(&graph, "x"));
    compare(&graph, &feed, &["logits"], "x", "logits");
    compare(&graph, &feed, &["logits", "features"], "x", "logits and features");
    compare(&graph, &feed, &["conv2.bn", "logits", "act1"], "x", "three values");
    // Folding takes these names away; the graph as it stands has them.
    compare(&graph, &feed, &["conv1", "logits"], "x", "a convolution before its normalization");
}

#[test]
fn an_overridden_value_takes_the_place_of_its_node() {
    let graph = small_network();
    for name in ["act1", "conv2", "sum", "features"] {
        let interpreter = Interpreted::new(graph.clone());
        let shape: Vec<usize> =
            std::iter::once(BATCH).chain(interpreter.value_shape(name).expect("it is a value")).collect();
        let feed = Feed { input: batch_of(&graph, "x"), overrides: vec![(name.to_owned(), numbers(name, &shape))] };
        compare(&graph, &feed, &["logits"], name, name);
    }
}

#[test]
fn a_gradient_that_no_path_carries_is_zero() {
    let graph = small_network();
    let burn = BurnNetwork::new(&graph, DeviceChoice::Flex).expect("Burn has every operator");
    let features = numbers("features", &[BATCH, 4]);
    let feed = Feed { input: batch_of(&graph, "x"), overrides: vec![("features".to_owned(), features)] };
    let mut rule = |values: &[Array<f32>]| Ok(values.to_vec());
    let pulled = burn.vjp(&feed, &["logits"], "x", &mut rule).expect("it runs");
    assert_eq!(pulled.gradient, Array::filled(vec![BATCH, 3, 8, 8], 0.0));
}

#[test]
fn mistakes_are_told_before_burn_sees_them() {
    let graph = small_network();
    let burn = BurnNetwork::new(&graph, DeviceChoice::Flex).expect("Burn has every operator");
    let feed = Feed::batch(batch_of(&graph, "x"));
    let message = |result: Result<Vec<Array<f32>>, EngineError>| result.expect_err("it is a mistake").to_string();
    assert!(message(burn.forward(&feed, &["logit"])).contains("'logit'"));
    assert!(message(burn.forward(&feed, &["head.weight"])).contains("'head.weight'"));
    let wrong = Feed::batch(Array::filled(vec![2, 3, 8, 9], 0.0));
    assert!(message(burn.forward(&wrong, &["logits"])).contains("[3, 8, 8]"));
    let wrong = Feed {
        input: batch_of(&graph, "x"),
        overrides: vec![("features".to_owned(), Array::filled(vec![BATCH + 1, 4], 0.0))],
    };
    assert!(message(burn.forward(&wrong, &["logits"])).contains("'features'"));
    let mut too_few = |_: &[Array<f32>]| Ok(vec![]);
    assert!(burn.vjp(&feed, &["logits"], "x", &mut too_few).is_err());
    let mut wrong_shape = |_: &[Array<f32>]| Ok(vec![Array::filled(vec![BATCH, 4], 1.0)]);
    assert!(burn.vjp(&feed, &["logits"], "x", &mut wrong_shape).is_err());
    let huge = Feed::batch(Array::filled(vec![1, 3, 8, 8], f32::MAX));
    assert!(message(burn.forward(&huge, &["logits"])).contains("NaN or infinity"));
}

/// No network of the zoo needs Burn to be run.
#[test]
fn the_processor_engine_runs_the_zoo_but_for_attention() {
    // Attention is not among its operators: Burn runs the vision transformers.
    for architecture in architectures().iter().filter(|architecture| architecture.family != "vit") {
        let settings = Settings { width: 0.0625, ..Settings::with_classes(10) };
        let graph = architecture.build(&settings).expect("it is in the zoo");
        CpuNetwork::new(&graph, CpuOptions::default()).expect("every operator is there");
    }
}

/// Whole networks of the zoo; depth adds roundings, the tolerance of one operator still holds for these.
#[test]
fn the_zoo_is_the_interpreters() {
    for (name, width) in [("lenet", 1.0), ("resnet8-cifar", 0.5), ("resnet18", 0.0625), ("resnet50", 0.03125)] {
        let settings = Settings { width, ..Settings::with_classes(10) };
        let graph = find(name).and_then(|found| found.build(&settings)).expect("it is in the zoo");
        let shape = [1, 3, 32, 32];
        let feed = Feed::batch(numbers(name, &shape));
        let output = graph.value(graph.output()).name.clone();
        compare(&graph, &feed, &[&output], "image", name);
    }
}
