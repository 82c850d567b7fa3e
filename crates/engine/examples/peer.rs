//! Times one piece of work on one engine, for the comparison with other programs (`cargo xtask bench-peers`):
//! `peer CASE forward|gradient|training [ENGINE] [REPEATS] [BATCH]`. Prints one JSON object.

use std::{error::Error, time::Instant};

use transferscope_engine::{
    EngineChoice, Feed, compile,
    trainable::{Optimizer, Trained, Training, compile_trainable_on},
};
use transferscope_network::{
    array::Array,
    graph::{Builder, Graph, GraphError},
    operator::{Activation, Operator, Padding},
    zoo::{Settings, find, initial_weight},
};

#[expect(clippy::print_stdout, reason = "an example whose output is read by a program")]
fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (case, work) = (arguments.next().unwrap_or_default(), arguments.next().unwrap_or_default());
    let engine: EngineChoice = arguments.next().unwrap_or_else(|| "cpu".to_owned()).parse()?;
    let repeats: usize = arguments.next().map_or(Ok(3), |count| count.parse())?;
    let batch: usize = arguments.next().map_or(Ok(64), |count| count.parse())?;
    let graph = match case.as_str() {
        "mobilenet" => depthwise()?,
        name => find(name)?.build(&Settings::with_classes(10))?,
    };
    let images = initial_weight(1, "images", &[batch, 3, 32, 32], 1).map(f32::abs);
    let (times, name) = timed(&graph, &work, engine, images, repeats)?;
    println!("{}", serde_json::json!({ "milliseconds": times, "version": name }));
    Ok(())
}

fn timed(
    graph: &Graph,
    work: &str,
    engine: EngineChoice,
    images: Array<f32>,
    repeats: usize,
) -> Result<(Vec<f64>, String), Box<dyn Error>> {
    let clock = |once: &mut dyn FnMut() -> Result<(), Box<dyn Error>>| {
        once()?;
        (0..repeats)
            .map(|_| {
                let start = Instant::now();
                once()?;
                Ok(start.elapsed().as_secs_f64() * 1e3)
            })
            .collect::<Result<Vec<f64>, Box<dyn Error>>>()
    };
    if work == "training" {
        let optimizer = Optimizer::Sgd { momentum: 0.9, weight_decay: 5e-4 };
        let training = Training::new(optimizer, Trained::All);
        let mut network = compile_trainable_on(graph, &training, engine, "flex")?;
        let mut rule = |values: &[Array<f32>]| Ok(values.iter().map(|value| value.map(|z| z * 1e-3)).collect());
        let times = clock(&mut || Ok(network.step(&images, &mut rule, 0.01).map(drop)?))?;
        return Ok((times, "cpu".to_owned()));
    }
    let network = compile(graph, engine, "flex")?;
    let feed = Feed::batch(images);
    let output = network.output().to_owned();
    let times = match work {
        "forward" => clock(&mut || Ok(network.forward(&feed, &[&output]).map(drop)?))?,
        "gradient" => {
            let mut rule = |values: &[Array<f32>]| Ok(values.to_vec());
            clock(&mut || Ok(network.vjp(&feed, &[&output], network.input_name(), &mut rule).map(drop)?))?
        }
        other => return Err(format!("expected forward, gradient or training, found '{other}'").into()),
    };
    Ok((times, network.engine().to_owned()))
}

/// The depthwise network of `benches/peers/pytorch.py`.
fn depthwise() -> Result<Graph, GraphError> {
    let mut builder = Builder::new("mobilenet");
    let mut x = builder.input("image", &[3, 32, 32]);
    let mut channels = 3;
    let layer = |builder: &mut Builder, x, name: &str, [inputs, outputs]: [usize; 2], kernel: usize, stride, groups| {
        let shape = [outputs, inputs / groups, kernel, kernel];
        let weight = initial_weight(0, name, &shape, inputs / groups * kernel * kernel);
        let weight = builder.weight(&format!("{name}.weight"), weight);
        let operator =
            Operator::Convolution { stride: [stride; 2], padding: Padding::same(kernel / 2), dilation: [1; 2], groups };
        let made = builder.node(name, operator, &[x, weight]);
        let mut inputs = vec![made];
        for (part, value) in [("weight", 1.0), ("bias", 0.0), ("running_mean", 0.0), ("running_var", 1.0)] {
            inputs.push(builder.weight(&format!("{name}.bn.{part}"), Array::filled(vec![outputs], value)));
        }
        let normal = builder.node(&format!("{name}.bn"), Operator::BatchNormalization { epsilon: 1e-5 }, &inputs);
        builder.activation(&format!("{name}.relu"), normal, Activation::Relu)
    };
    x = layer(&mut builder, x, "stem", [channels, 32], 3, 1, 1);
    channels = 32;
    let pairs = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1)];
    for (place, (outputs, stride)) in pairs.into_iter().enumerate() {
        x = layer(&mut builder, x, &format!("depthwise{place}"), [channels; 2], 3, stride, channels);
        x = layer(&mut builder, x, &format!("pointwise{place}"), [channels, outputs], 1, 1, 1);
        channels = outputs;
    }
    let features = builder.global_average_pool("features", x);
    let weight = builder.weight("head.weight", initial_weight(0, "head", &[10, channels], channels));
    let logits = builder.linear("logits", features, weight, None);
    builder.finish(logits)
}
