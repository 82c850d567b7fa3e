//! Training: the gradient of a step is the interpreter's, a small network learns, and what is not trained stays.

use std::{collections::HashMap, error::Error};

use transferscope_engine::{
    EngineChoice, EngineError,
    cpu::CpuOptions,
    trainable::{Optimizer, Trainable, Trained, Training, compile_trainable, compile_trainable_on},
};
use transferscope_network::{
    array::Array,
    graph::{Builder, Graph},
    interpreter::evaluate,
    operator::{Activation, Operator, Padding},
    zoo::{
        Settings, find, initial_weight,
        text::{TextSettings, find_text},
    },
};

const PLAIN: Optimizer = Optimizer::Sgd { momentum: 0.0, weight_decay: 0.0 };

fn zoo(name: &str, width: f64) -> Result<Graph, Box<dyn Error>> {
    Ok(find(name)?.build(&Settings { width, ..Settings::with_classes(10) })?)
}

fn start(graph: &Graph, optimizer: Optimizer, trained: Trained) -> Result<Box<dyn Trainable>, EngineError> {
    compile_trainable(graph, &Training::new(optimizer, trained), "flex")
}

fn numbers(name: &str, shape: &[usize]) -> Array<f32> {
    initial_weight(13, name, shape, 1)
}

/// Tolerance: the gradient is read off as old − new weight at rate 1, which rounds at 6e-8 of the weight; Burn's f32
/// sums against f64 err by some 1e-6 of the largest gradient. 1e-5 of it covers both.
#[test]
fn the_gradient_of_a_step_is_the_interpreters() -> Result<(), Box<dyn Error>> {
    let graph = zoo("lenet", 0.5)?;
    let images = numbers("images", &[4, 3, 32, 32]);
    let cotangent = numbers("cotangent", &[4, 10]);

    let evaluation = evaluate(&graph, &[images.to_f64()], &HashMap::new())?;
    let places: Vec<_> = graph.weights().map(|(id, _, _)| id).collect();
    let expected = evaluation.pull_back(&[(graph.output(), cotangent.to_f64())], &places)?;

    let mut network = start(&graph, PLAIN, Trained::All)?;
    network.step(&images, &mut |_| Ok(vec![cotangent.clone()]), 1.0)?;
    let after = network.weights()?;
    for ((_, name, before), ((_, after), expected)) in graph.weights().zip(after.iter().zip(&expected)) {
        let largest = expected.data().iter().fold(0.0_f64, |largest, number| largest.max(number.abs()));
        assert!(largest > 0.0, "{name}: a gradient of zeros shows nothing");
        for ((&before, &after), &expected) in before.data().iter().zip(after.data()).zip(expected.data()) {
            let found = f64::from(before) - f64::from(after);
            assert!((found - expected).abs() <= 1e-5 * largest.max(1.0), "{name}: {found} is not {expected}");
        }
    }
    Ok(())
}

/// ∂(mean cross entropy)/∂logits = (softmax − one-hot) / N.
fn cross_entropy(logits: &Array<f32>, labels: &[usize]) -> (f64, Array<f32>) {
    let mut cotangent = logits.to_f64();
    let count = f64::from(u32::try_from(labels.len()).expect("few labels"));
    let mut loss = 0.0;
    for (row, &label) in cotangent.data_mut().chunks_mut(10).zip(labels) {
        let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = row.iter().map(|number| (number - largest).exp()).sum();
        row.iter_mut().for_each(|number| *number = (*number - largest).exp() / total);
        loss -= row[label].ln() / count;
        row[label] -= 1.0;
        row.iter_mut().for_each(|number| *number /= count);
    }
    (loss, cotangent.to_f32())
}

/// 64 random images with random labels can be learned by heart only if the reverse pass reaches every layer.
#[test]
fn a_small_network_learns_64_samples_by_heart() -> Result<(), Box<dyn Error>> {
    let graph = zoo("lenet", 1.0)?;
    let images = numbers("images", &[64, 3, 32, 32]);
    let labels: Vec<usize> = (0..64).map(|index| index * 7 % 10).collect();
    let optimizer = Optimizer::AdamW { beta: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.0, spare_vectors: false };
    let mut network = start(&graph, optimizer, Trained::All)?;
    let mut losses = Vec::new();
    for _ in 0..60 {
        let mut rule = |outputs: &[Array<f32>]| {
            let (loss, cotangent) = cross_entropy(&outputs[0], &labels);
            losses.push(loss);
            Ok(vec![cotangent])
        };
        network.step(&images, &mut rule, 2e-3)?;
    }
    let (first, last) = (losses[0], losses[59]);
    assert!(first > 2.0, "untrained, it knows no more than one in ten: ln 10 = 2.30, found {first}");
    assert!(last < 0.1, "it must know them by heart, but the loss is {last}");
    Ok(())
}

/// A mask of zeros at the features leaves the head's bias alone with a gradient; what decays, decays all the same, but for
/// weights of one axis where these are spared.
#[test]
fn a_mask_stops_values_and_gradients_and_vectors_can_be_spared_from_decay() -> Result<(), Box<dyn Error>> {
    let graph = find_text("text-bag")?.build(&TextSettings { width: 4, ..TextSettings::small(2, 6, 3) })?;
    let tokens = Array::new(vec![2, 3], vec![2.0, 3.0, 0.0, 4.0, 5.0, 2.0])?;
    let decaying = Optimizer::AdamW { beta: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.5, spare_vectors: true };
    for (optimizer, factor) in [(PLAIN, 1.0), (decaying, 1.0 - 0.1 * 0.5)] {
        let training = Training { masked: vec!["features".to_owned()], ..Training::new(optimizer, Trained::All) };
        let mut network = compile_trainable(&graph, &training, "flex")?;
        let nothing = Array::filled(vec![2, 4], 0.0);
        // A constant cotangent on the logits; the sum over both rows is the gradient of the bias.
        let mut rule = |values: &[Array<f32>]| Ok(vec![values[0].map(|_| 1.0_f32)]);
        let outputs = network.masked_step(&tokens, &[nothing], &mut rule, 0.1)?;
        let bias = graph.find("classifier.bias").and_then(|id| graph.weight(id)).expect("the head has one");
        assert_eq!(outputs[0].row(0), bias.data(), "without features the bias is all there is");
        for ((_, name, before), (_, after)) in graph.weights().zip(network.weights()?) {
            let kept = if before.shape().len() > 1 { factor } else { 1.0 };
            let moved = before.data().iter().zip(after.data()).any(|(a, b)| (a * kept - b).abs() > 1e-6);
            assert_eq!(moved, name == "classifier.bias", "{name}");
        }
        // Without masks the same network learns everywhere; with too many it says so.
        network.step(&tokens, &mut rule, 0.1)?;
        let two = vec![Array::filled(vec![2, 4], 1.0); 2];
        assert!(network.masked_step(&tokens, &two, &mut rule, 0.1).is_err_and(|it| it.to_string().contains("1 masks")));
        let wide = [Array::filled(vec![2, 5], 1.0)];
        assert!(
            network.masked_step(&tokens, &wide, &mut rule, 0.1).is_err_and(|it| it.to_string().contains("features"))
        );
    }
    let unknown = Training { masked: vec!["nowhere".to_owned()], ..Training::new(PLAIN, Trained::All) };
    assert!(compile_trainable(&graph, &unknown, "flex").is_err());
    Ok(())
}

#[test]
fn what_is_not_trained_stays() -> Result<(), Box<dyn Error>> {
    let graph = zoo("resnet8-cifar", 0.25)?;
    let head = ["linear.weight", "linear.bias"].map(str::to_owned);
    let mut network = start(&graph, PLAIN, Trained::Only(head.to_vec()))?;
    let images = numbers("images", &[4, 3, 32, 32]);
    network.step(&images, &mut |outputs| Ok(outputs.to_vec()), 0.1)?;
    let mut changed = Vec::new();
    for ((_, name, before), (_, after)) in graph.weights().zip(network.weights()?) {
        if before.as_ref() != &after {
            changed.push(name);
        }
    }
    assert_eq!(changed, head);
    Ok(())
}

/// A frozen backbone in training mode: its weights stay, its running statistics move (paper.md Q27).
#[test]
fn an_adapting_backbone_moves_its_statistics_and_nothing_else() -> Result<(), Box<dyn Error>> {
    let graph = zoo("resnet8-cifar", 0.25)?;
    let head = ["linear.weight", "linear.bias"].map(str::to_owned);
    let mut network = start(&graph, PLAIN, Trained::OnlyAdapting(head.to_vec()))?;
    network.step(&numbers("images", &[4, 3, 32, 32]), &mut |outputs| Ok(outputs.to_vec()), 0.1)?;
    for ((_, name, before), (_, after)) in graph.weights().zip(network.weights()?) {
        let moves = name.starts_with("linear.") || name.contains("running_");
        assert_eq!(before.as_ref() != &after, moves, "{name}");
    }
    Ok(())
}

#[test]
fn training_all_moves_the_running_statistics_too() -> Result<(), Box<dyn Error>> {
    let graph = zoo("resnet8-cifar", 0.25)?;
    let mut network = start(&graph, PLAIN, Trained::All)?;
    network.step(&numbers("images", &[4, 3, 32, 32]), &mut |outputs| Ok(outputs.to_vec()), 0.1)?;
    for ((_, name, before), (_, after)) in graph.weights().zip(network.weights()?) {
        assert_ne!(before.as_ref(), &after, "{name}");
    }
    Ok(())
}

/// One step of each engine from the same weights. Both round in f32, in different orders; through a normalization by the
/// batch an error of 1e-6 of a gradient grows with the network's depth, so the gradients (read off as old − new weight)
/// are compared by the length of their difference: 1e-3 of their own length. (In deeper networks a gate near zero flips
/// between the engines and moves whole gradients; that is rounding, but nothing a test can hold.)
#[test]
fn the_processor_engine_trains_as_burn_does() -> Result<(), Box<dyn Error>> {
    let mut graphs = vec![("groups and single channels, joined", grouped()?)];
    for (name, width) in [("resnet8-cifar", 1.0), ("resnet18", 0.25), ("alexnet", 0.25), ("fc", 0.1)] {
        graphs.push((name, zoo(name, width)?));
    }
    for (name, graph) in graphs {
        let training = Training::new(PLAIN, Trained::All);
        let images = numbers("images", &[12, 3, 32, 32]);
        let cotangent = numbers("cotangent", &[12, 10]);
        let mut after = Vec::new();
        for engine in [EngineChoice::Burn, EngineChoice::Cpu(CpuOptions::default())] {
            let mut network = compile_trainable_on(&graph, &training, engine, "flex")?;
            let outputs = network.step(&images, &mut |_| Ok(vec![cotangent.clone()]), 0.01)?;
            after.push((network.weights()?, outputs));
        }
        let [(burn, burn_outputs), (cpu, cpu_outputs)] = after.as_slice() else { unreachable!("two engines ran") };
        assert!(distance(&burn_outputs[0], &cpu_outputs[0]) < 1e-5, "{name}: outputs");
        for ((_, weight, before), ((_, burn), (_, cpu))) in graph.weights().zip(burn.iter().zip(cpu)) {
            let moved = |after: &Array<f32>| {
                let mut moved = before.as_ref().clone();
                moved.data_mut().iter_mut().zip(after.data()).for_each(|(before, after)| *before -= after);
                moved
            };
            let (burn, cpu) = (moved(burn), moved(cpu));
            assert!(burn.data().iter().any(|&number| number != 0.0), "{name}, {weight}: it must move");
            assert!(distance(&burn, &cpu) < 1e-3, "{name}, {weight}: {}", distance(&burn, &cpu));
        }
    }
    Ok(())
}

/// What the first networks of the zoo lack: groups, one channel a group, a join, a bounded clamp, a maximum.
fn grouped() -> Result<Graph, Box<dyn Error>> {
    let mut builder = Builder::new("grouped");
    let image = builder.input("image", &[3, 32, 32]);
    let weight = |builder: &mut Builder, name: &str, shape: &[usize]| builder.weight(name, numbers(name, shape));
    let kernel = weight(&mut builder, "first.weight", &[16, 3, 3, 3]);
    let first = builder.convolution("first", image, kernel, None, 2, 1);
    let convolution =
        |groups: usize| Operator::Convolution { stride: [1; 2], padding: Padding::same(1), dilation: [1; 2], groups };
    let kernel = weight(&mut builder, "single.weight", &[16, 1, 3, 3]);
    let single = builder.node("single", convolution(16), &[first, kernel]);
    let kernel = weight(&mut builder, "groups.weight", &[8, 4, 3, 3]);
    let bias = weight(&mut builder, "groups.bias", &[8]);
    let groups = builder.node("groups", convolution(4), &[single, kernel, bias]);
    let joined = builder.node("joined", Operator::Concatenate { axis: 1 }, &[groups, first]);
    let active = builder.activation("active", joined, Activation::Clip { low: 0.0, high: 6.0 });
    let pooled = builder.max_pool("pooled", active, 2, 2, 0);
    let features = builder.global_average_pool("features", pooled);
    let head = weight(&mut builder, "head.weight", &[10, 24]);
    let logits = builder.linear("logits", features, head, None);
    Ok(builder.finish(logits)?)
}

/// ‖a − b‖ / ‖a‖
fn distance(a: &Array<f32>, b: &Array<f32>) -> f64 {
    let square = |numbers: &mut dyn Iterator<Item = f64>| numbers.map(|number| number * number).sum::<f64>();
    let difference = square(&mut a.data().iter().zip(b.data()).map(|(a, b)| f64::from(a - b)));
    (difference / square(&mut a.data().iter().copied().map(f64::from))).sqrt()
}

/// Sums over a batch are made in groups of images that do not depend on the threads.
#[test]
fn any_number_of_threads_trains_to_the_same_bits() -> Result<(), Box<dyn Error>> {
    let graph = zoo("resnet8-cifar", 0.5)?;
    let images = numbers("images", &[20, 3, 32, 32]);
    let optimizer = Optimizer::Sgd { momentum: 0.9, weight_decay: 1e-4 };
    let mut results = Vec::new();
    for threads in [1, 2, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let weights = pool.install(|| {
            let mut network = start(&graph, optimizer, Trained::All)?;
            for _ in 0..2 {
                network.step(&images, &mut |outputs| Ok(outputs.to_vec()), 0.01)?;
            }
            network.weights()
        })?;
        results.push(weights);
    }
    assert_eq!(results[0], results[1]);
    assert_eq!(results[0], results[2]);
    Ok(())
}

#[test]
fn mistakes_leave_the_weights_as_they_were() -> Result<(), Box<dyn Error>> {
    let graph = zoo("lenet", 0.25)?;
    assert!(start(&graph, PLAIN, Trained::Only(vec!["fc9.weight".to_owned()])).is_err());
    let diverging = Optimizer::Sgd { momentum: 1.0, weight_decay: 0.0 };
    assert!(start(&graph, diverging, Trained::All).is_err());
    let mut network = start(&graph, PLAIN, Trained::All)?;
    let before = network.weights()?;
    let images = numbers("images", &[2, 3, 32, 32]);
    let mut refusing = |_: &[Array<f32>]| Err(EngineError::Objective("no labels".to_owned()));
    assert!(network.step(&images, &mut refusing, 0.1).is_err());
    let mut not_finite = |outputs: &[Array<f32>]| Ok(vec![outputs[0].map(|_| f32::NAN)]);
    assert!(network.step(&images, &mut not_finite, 0.1).is_err());
    assert!(network.step(&numbers("small", &[2, 3, 31, 32]), &mut |outputs| Ok(outputs.to_vec()), 0.1).is_err());
    assert!(network.step(&images, &mut |outputs| Ok(outputs.to_vec()), f64::NAN).is_err());
    assert_eq!(network.weights()?, before);
    Ok(())
}
