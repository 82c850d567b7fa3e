//! Training steps against PyTorch (version in the golden file; made by scripts/golden/training_steps.py).
//!
//! Tolerance: PyTorch computed in f64, Burn in f32. After three steps at these rates an error of 1e-6 of a gradient has
//! moved a weight by less than 1e-6; AdamW divides by the root of the second moment and so doubles relative errors.
//! 2e-5 of max(1, |expected|) holds both.

use std::{collections::BTreeMap, error::Error};

use serde::Deserialize;
use transferscope_engine::trainable::{Optimizer, Trainable, Trained, Training, compile_trainable};
use transferscope_network::{
    array::Array,
    graph::{Builder, Graph},
    operator::{Activation, Operator},
};

const TOLERANCE: f64 = 2e-5;

#[derive(Deserialize)]
struct Golden {
    versions: String,
    start: BTreeMap<String, Array<f64>>,
    images: Vec<Array<f64>>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    rate: f64,
    outputs: Vec<Array<f64>>,
    weights: BTreeMap<String, Array<f64>>,
}

fn graph(start: &BTreeMap<String, Array<f64>>) -> Result<Graph, Box<dyn Error>> {
    let mut builder = Builder::new("golden");
    let image = builder.input("image", &[3, 6, 6]);
    let weight = |builder: &mut Builder, name: &str| builder.weight(name, start[name].to_f32());
    let kernel = weight(&mut builder, "conv.weight");
    let layer = builder.convolution("conv", image, kernel, None, 2, 1);
    let mut inputs = vec![layer];
    for name in ["bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"] {
        inputs.push(weight(&mut builder, name));
    }
    let normal = builder.node("bn", Operator::BatchNormalization { epsilon: 1e-5 }, &inputs);
    let active = builder.activation("relu", normal, Activation::Relu);
    let features = builder.global_average_pool("pool", active);
    let head = weight(&mut builder, "head.weight");
    let bias = weight(&mut builder, "head.bias");
    let logits = builder.linear("logits", features, head, Some(bias));
    Ok(builder.finish(logits)?)
}

fn optimizer(name: &str) -> Optimizer {
    match name {
        "sgd" => Optimizer::Sgd { momentum: 0.0, weight_decay: 0.0 },
        "sgd momentum decay" => Optimizer::Sgd { momentum: 0.9, weight_decay: 0.01 },
        _ => Optimizer::AdamW { beta: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.05, spare_vectors: false },
    }
}

fn assert_close(found: &Array<f32>, expected: &Array<f64>, place: &str) {
    assert_eq!(found.shape(), expected.shape(), "{place}");
    for (&found, &expected) in found.data().iter().zip(expected.data()) {
        let error = (f64::from(found) - expected).abs();
        assert!(error <= TOLERANCE * expected.abs().max(1.0), "{place}: {found} is not {expected}");
    }
}

fn golden() -> Result<Golden, serde_json::Error> {
    serde_json::from_str(include_str!("golden/training_steps.json"))
}

fn trainable(golden: &Golden, name: &str) -> Result<Box<dyn Trainable>, Box<dyn Error>> {
    let training = Training::new(optimizer(name), Trained::All);
    Ok(compile_trainable(&graph(&golden.start)?, &training, "flex")?)
}

fn step(network: &mut dyn Trainable, images: &Array<f64>, rate: f64) -> Result<Vec<Array<f32>>, Box<dyn Error>> {
    // The cotangent of half the squared norm is the output.
    Ok(network.step(&images.to_f32(), &mut |outputs| Ok(outputs.to_vec()), rate)?)
}

#[test]
fn three_steps_are_pytorchs() -> Result<(), Box<dyn Error>> {
    let golden = golden()?;
    assert!(golden.versions.starts_with("torch "));
    assert_eq!(golden.cases.len(), 3);
    for case in &golden.cases {
        let mut network = trainable(&golden, &case.name)?;
        for (images, expected) in golden.images.iter().zip(&case.outputs) {
            let outputs = step(network.as_mut(), images, case.rate)?;
            assert_close(&outputs[0], expected, &format!("{}, outputs", case.name));
        }
        let weights = network.weights()?;
        assert_eq!(weights.len(), case.weights.len());
        for (name, found) in &weights {
            assert_close(found, &case.weights[name], &format!("{}, {name}", case.name));
        }
        assert_eq!(network.graph()?.weights().count(), weights.len());
    }
    Ok(())
}

/// Two steps, a checkpoint, a third step in another network: the same bits as three steps in one.
#[test]
fn a_checkpoint_resumes_with_the_same_bits() -> Result<(), Box<dyn Error>> {
    let golden = golden()?;
    for case in &golden.cases {
        let mut whole = trainable(&golden, &case.name)?;
        let mut first = trainable(&golden, &case.name)?;
        for images in &golden.images[..2] {
            step(whole.as_mut(), images, case.rate)?;
            step(first.as_mut(), images, case.rate)?;
        }
        let training = Training::new(optimizer(&case.name), Trained::All);
        let mut second = compile_trainable(&first.graph()?, &training, "flex")?;
        second.restore_optimizer_state(first.optimizer_state())?;
        step(whole.as_mut(), &golden.images[2], case.rate)?;
        step(second.as_mut(), &golden.images[2], case.rate)?;
        assert_eq!(whole.weights()?, second.weights()?, "{}", case.name);
        assert_eq!(whole.optimizer_state(), second.optimizer_state(), "{}", case.name);
    }
    let mut network = trainable(&golden, "adamw")?;
    let foreign = vec![("nobody.momentum.velocity".to_owned(), Array::filled(vec![4], 0.0))];
    assert!(network.restore_optimizer_state(foreign).is_err());
    Ok(())
}
