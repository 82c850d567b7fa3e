//! The interpreter's reverse mode against central finite differences of its forward pass, all in f64.
//!
//! Long because every operator has its own odd settings, and the table is read as one.
//!
//! Tolerance: with a step of 1e-6 a central difference is off by h²/6 · |f‴| ≈ 1e-12 from truncation and by
//! ε · |f| / h ≈ 2e-16 · 10 / 1e-6 ≈ 2e-9 from rounding. 1e-6 leaves room for sums of some hundred terms.
//! The kinks of relu, clip and max_pool need numbers that a step of 1e-6 does not carry across: the fixed numbers used
//! here have no pair closer than that, which the tests would show as a difference of order 1.

use std::collections::HashMap;

use transferscope_network::{
    array::Array,
    graph::{Builder, Graph, ValueId, Wire},
    interpreter::evaluate,
    operator::{Activation, Arithmetic, Operator, Padding, Pooling, ReshapeDimension},
    zoo::initial_weight,
};

const STEP: f64 = 1e-6;
const TOLERANCE: f64 = 1e-6;
const BATCH: usize = 2;

/// Uniform numbers in ±1, from a name.
fn numbers(name: &str, shape: &[usize]) -> Array<f32> {
    initial_weight(5, name, shape, 1)
}

fn built(shape: &[usize], body: impl FnOnce(&mut Builder, Wire) -> Wire) -> Graph {
    let mut builder = Builder::new("case");
    let x = builder.input("x", shape);
    let y = body(&mut builder, x);
    builder.finish(y).expect("the case is a graph")
}

/// One operator on an input of this shape and weights of these shapes; `shift` is added to the weights.
fn one(operator: Operator, shape: &[usize], weights: &[&[usize]], shift: f32) -> Graph {
    built(shape, |builder, x| {
        let mut inputs = vec![x];
        for (place, shape) in weights.iter().enumerate() {
            let name = format!("weight{place}");
            inputs.push(builder.weight(&name, numbers(&name, shape).map(|number| number + shift)));
        }
        builder.node("y", operator, &inputs)
    })
}

/// Σ cotangent · y, with one value replaced.
fn objective(graph: &Graph, input: &Array<f64>, replaced: (ValueId, Array<f64>), cotangent: &Array<f64>) -> f64 {
    let evaluation = evaluate(graph, std::slice::from_ref(input), &HashMap::from([replaced])).expect("it runs");
    evaluation.value(graph.output()).data().iter().zip(cotangent.data()).map(|(y, c)| y * c).sum()
}

/// Holds the gradient for the input and for every weight against central differences, number by number.
fn check(name: &str, graph: &Graph) {
    let shape: Vec<usize> = std::iter::once(BATCH).chain(graph.input_shape().iter().copied()).collect();
    let input = numbers("x", &shape).to_f64();
    let evaluation = evaluate(graph, std::slice::from_ref(&input), &HashMap::new()).expect("it runs");
    let cotangent = numbers("cotangent", evaluation.value(graph.output()).shape()).to_f64();
    let sources: Vec<ValueId> = graph.inputs().iter().copied().chain(graph.weights().map(|(id, _, _)| id)).collect();
    let gradients = evaluation.pull_back(&[(graph.output(), cotangent.clone())], &sources).expect("the cotangent fits");
    for (&id, gradient) in sources.iter().zip(&gradients) {
        let value = evaluation.value(id);
        assert_eq!(gradient.shape(), value.shape());
        assert!(gradient.data().iter().any(|&number| number != 0.0), "{name}: a gradient of zeros shows nothing");
        for place in 0..value.len() {
            let moved = |step: f64| {
                let mut moved = value.clone();
                moved.data_mut()[place] += step;
                objective(graph, &input, (id, moved), &cotangent)
            };
            let difference = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
            let found = gradient.data()[place];
            let error = (found - difference).abs();
            let what = &graph.value(id).name;
            assert!(
                error <= TOLERANCE * difference.abs().max(1.0),
                "{name}, {what} {place}: {found}, not {difference}"
            );
        }
    }
}

fn pooling(kernel: [usize; 2], stride: [usize; 2], padding: [usize; 4]) -> Pooling {
    let [top, bottom, left, right] = padding;
    Pooling { kernel, stride, padding: Padding { top, bottom, left, right } }
}

#[test]
fn convolutions() {
    let convolution = |stride, padding: [usize; 4], dilation, groups| {
        let [top, bottom, left, right] = padding;
        Operator::Convolution { stride, padding: Padding { top, bottom, left, right }, dilation, groups }
    };
    let image: &[usize] = &[4, 5, 6];
    check("1x1", &one(convolution([1; 2], [0; 4], [1; 2], 1), image, &[&[3, 4, 1, 1], &[3]], 0.0));
    check("1x1 stride 2", &one(convolution([2; 2], [0; 4], [1; 2], 1), image, &[&[3, 4, 1, 1]], 0.0));
    check("3x3 stride 2", &one(convolution([2, 1], [1; 4], [1; 2], 1), image, &[&[2, 4, 3, 3], &[2]], 0.0));
    check("asymmetric", &one(convolution([2; 2], [0, 1, 2, 1], [1; 2], 1), image, &[&[2, 4, 3, 2]], 0.0));
    check("dilated", &one(convolution([1; 2], [2; 4], [2, 3], 1), image, &[&[2, 4, 3, 2]], 0.0));
    check("groups", &one(convolution([1; 2], [1; 4], [1; 2], 2), image, &[&[4, 2, 3, 3], &[4]], 0.0));
    check("depthwise", &one(convolution([2; 2], [1, 0, 0, 1], [1; 2], 4), image, &[&[8, 1, 2, 3]], 0.0));
}

#[test]
fn products_and_normalization() {
    check("linear", &one(Operator::Linear, &[2, 5], &[&[3, 5], &[3]], 0.0));
    check("matrix product", &one(Operator::MatrixProduct, &[3, 2, 5], &[&[3, 5, 4]], 0.0));
    check("matrix product, outer axes broadcast", &one(Operator::MatrixProduct, &[3, 2, 5], &[&[1, 5, 4]], 0.0));
    check(
        "from the left",
        &built(&[3, 4, 5], |builder, x| {
            let rows = builder.weight("rows", numbers("rows", &[6, 4]));
            builder.node("y", Operator::MatrixProduct, &[rows, x])
        }),
    );
    // The weights are shifted by 2, so that the variances are positive.
    let four: [&[usize]; 4] = [&[3]; 4];
    let operator = Operator::BatchNormalization { epsilon: 1e-3 };
    check("normalization of images", &one(operator.clone(), &[3, 2, 2], &four, 2.0));
    check("normalization of rows", &one(operator, &[3], &four, 2.0));
}

#[test]
fn activations_and_softmax() {
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
        check(activation.name(), &one(Operator::Activation(activation), &[3, 4], &[], 0.0));
    }
    // These want positive numbers.
    for activation in [Activation::Logarithm, Activation::SquareRoot, Activation::Power { exponent: -1.5 }] {
        let graph = built(&[3, 4], |builder, x| {
            let three = builder.weight("three", Array::filled(vec![1], 3.0));
            let positive = builder.add("positive", x, three);
            builder.activation("y", positive, activation)
        });
        check(activation.name(), &graph);
    }
    for axis in [1, 2] {
        check("softmax", &one(Operator::Softmax { axis }, &[3, 4], &[], 0.0));
        check("log_softmax", &one(Operator::LogSoftmax { axis }, &[3, 4], &[], 0.0));
    }
}

#[test]
fn pools_and_means() {
    let shapes =
        [pooling([2; 2], [2; 2], [0; 4]), pooling([3; 2], [2; 2], [1; 4]), pooling([3, 2], [1, 2], [0, 2, 1, 0])];
    for pooling in shapes {
        check("max_pool", &one(Operator::MaxPool(pooling), &[2, 5, 6], &[], 0.0));
        for count_padding in [true, false] {
            check("average_pool", &one(Operator::AveragePool { pooling, count_padding }, &[2, 5, 6], &[], 0.0));
        }
    }
    for keep in [true, false] {
        check("mean", &one(Operator::Mean { axes: vec![1, 3], keep }, &[2, 3, 4], &[], 0.0));
        check("maximum", &one(Operator::Maximum { axes: vec![1, 3], keep }, &[2, 3, 4], &[], 0.0));
    }
}

#[test]
fn arithmetic_with_broadcasting() {
    for kind in [Arithmetic::Add, Arithmetic::Subtract, Arithmetic::Multiply, Arithmetic::Divide] {
        let shapes: [&[usize]; 3] = [&[3, 1, 1], &[4], &[2, 1, 3, 1, 1]];
        for shape in shapes {
            // The weights are shifted by 3: divisors stay away from zero.
            check("x first", &one(Operator::Arithmetic(kind), &[3, 2, 4], &[shape], 3.0));
            check(
                "x second",
                &built(&[3, 2, 4], |builder, x| {
                    let other = builder.weight("other", numbers("other", shape));
                    let three = builder.weight("three", Array::filled(vec![1], 3.0));
                    let away = builder.add("away", x, three);
                    builder.node("y", Operator::Arithmetic(kind), &[other, away])
                }),
            );
        }
    }
}

#[test]
fn larger_and_smaller_of_two() {
    for kind in [Arithmetic::Maximum, Arithmetic::Minimum] {
        check("with a row", &one(Operator::Arithmetic(kind), &[3, 4], &[&[4]], 0.0));
        check(
            "with itself",
            &built(&[3, 4], |builder, x| {
                let half = builder.weight("half", Array::filled(vec![1], 0.5));
                let other = builder.node("other", Operator::Arithmetic(Arithmetic::Multiply), &[x, half]);
                builder.node("y", Operator::Arithmetic(kind), &[x, other])
            }),
        );
    }
}

#[test]
fn layout() {
    let image: &[usize] = &[3, 4, 5];
    check("slice", &one(Operator::Slice { axis: 3, start: 1, end: 5, step: 3 }, image, &[], 0.0));
    check("pad", &one(Operator::Pad { amounts: vec![[0, 0], [1, 0], [2, 1], [0, 3]] }, image, &[], 0.0));
    check("select", &one(Operator::Select { axis: 2, indices: vec![3, 0, 3, 1] }, image, &[], 0.0));
    check(
        "repeat_rows",
        &built(image, |builder, x| {
            let token = builder.weight("token", numbers("token", &[1, 1, 4, 5]));
            let tokens = builder.node("tokens", Operator::RepeatRows, &[token, x]);
            builder.node("y", Operator::Concatenate { axis: 1 }, &[tokens, x])
        }),
    );
    check("flatten", &one(Operator::flatten(), image, &[], 0.0));
    let shape = vec![ReshapeDimension::Keep, ReshapeDimension::Rest, ReshapeDimension::Size(6)];
    check("reshape", &one(Operator::Reshape { shape }, image, &[], 0.0));
    check("transpose", &one(Operator::Transpose { permutation: vec![0, 3, 1, 2] }, image, &[], 0.0));
    check(
        "concatenate",
        &built(image, |builder, x| {
            let turned = builder.activation("turned", x, Activation::Tanh);
            builder.node("y", Operator::Concatenate { axis: 2 }, &[x, turned, x])
        }),
    );
}

/// The whole Jacobian of a small convolutional network, one row an output.
#[test]
fn jacobian_of_a_convolutional_network() {
    let graph = built(&[2, 6, 6], |builder, x| {
        let weight = builder.weight("conv1.weight", numbers("conv1.weight", &[3, 2, 3, 3]));
        let bias = builder.weight("conv1.bias", numbers("conv1.bias", &[3]));
        let first = builder.convolution("conv1", x, weight, Some(bias), 1, 1);
        let active = builder.activation("relu1", first, Activation::Relu);
        let pooled = builder.max_pool("pool1", active, 2, 2, 0);
        let weight = builder.weight("conv2.weight", numbers("conv2.weight", &[3, 3, 3, 3]));
        let second = builder.convolution("conv2", pooled, weight, None, 1, 1);
        let sum = builder.add("sum", second, pooled);
        let features = builder.global_average_pool("features", sum);
        let weight = builder.weight("head.weight", numbers("head.weight", &[4, 3]));
        builder.linear("logits", features, weight, None)
    });
    let input = numbers("x", &[1, 2, 6, 6]).to_f64();
    let logits = |input: &Array<f64>| {
        let evaluation = evaluate(&graph, std::slice::from_ref(input), &HashMap::new()).expect("it runs");
        evaluation.value(graph.output()).clone()
    };
    let evaluation = evaluate(&graph, std::slice::from_ref(&input), &HashMap::new()).expect("it runs");
    for output in 0..4 {
        let mut unit = Array::filled(vec![1, 4], 0.0);
        unit.data_mut()[output] = 1.0;
        let row = evaluation.pull_back(&[(graph.output(), unit)], graph.inputs()).expect("the cotangent fits");
        for place in 0..input.len() {
            let moved = |step: f64| {
                let mut moved = input.clone();
                moved.data_mut()[place] += step;
                logits(&moved).data()[output]
            };
            let difference = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
            let found = row[0].data()[place];
            assert!((found - difference).abs() <= TOLERANCE, "∂{output}/∂{place}: {found}, not {difference}");
        }
    }
}
