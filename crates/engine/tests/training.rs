//! Training: the gradient of a step is the interpreter's, a small network learns, and what is not trained stays.

use std::{collections::HashMap, error::Error};

use transferscope_engine::{
    EngineError,
    trainable::{Optimizer, Trainable, Trained, Training, compile_trainable},
};
use transferscope_network::{
    array::Array,
    graph::Graph,
    interpreter::evaluate,
    zoo::{Settings, find, initial_weight},
};

const PLAIN: Optimizer = Optimizer::Sgd { momentum: 0.0, weight_decay: 0.0 };

fn zoo(name: &str, width: f64) -> Result<Graph, Box<dyn Error>> {
    Ok(find(name)?.build(&Settings { width, ..Settings::with_classes(10) })?)
}

fn start(graph: &Graph, optimizer: Optimizer, trained: Trained) -> Result<Box<dyn Trainable>, EngineError> {
    compile_trainable(graph, &Training { optimizer, trained }, "flex")
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
    let optimizer = Optimizer::AdamW { beta: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.0 };
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
