//! A graph trained by Burn.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use ::burn::tensor::{Device, Tensor};
use transferscope_network::{array::Array, graph::Graph, passes::reweighted};

use super::{
    ENGINE,
    guard::{failed, guarded},
    network::{arrays, finite, reversed},
    plan::Plan,
    run::{Ran, Request},
    update::Update,
    value::Value,
};
use crate::{
    device::DeviceChoice,
    door::{CotangentRule, EngineError, check_cotangents},
    learning::{Running, check_masks, normalized_by_batch, running_statistics, trained_weights},
    trainable::{Trainable, Training},
};

/// A weight that changes, as a vector on the device.
struct Parameter {
    name: String,
    place: usize,
    shape: Vec<usize>,
    numbers: Tensor<1>,
}

/// A value that steps multiply by a mask.
struct Masked {
    name: String,
    place: usize,
}

/// A graph in training on a device.
pub struct BurnTrainable {
    graph: Graph,
    device: Device,
    plan: Plan,
    masked: Vec<Masked>,
    parameters: Vec<Parameter>,
    running: Vec<Running>,
    update: Update,
}

impl BurnTrainable {
    /// Puts the weights on the device.
    ///
    /// # Errors
    /// Where Burn cannot run an operator, a setting of the optimiser is out of range, or a name is no weight that can
    /// be trained.
    pub fn new(graph: &Graph, training: &Training, device: DeviceChoice) -> Result<Self, EngineError> {
        guarded(|| {
            let device = match device {
                DeviceChoice::Flex => Device::flex(),
            };
            let trained = trained_weights(graph, &training.trained, ENGINE)?;
            let open: BTreeSet<usize> = trained.iter().map(|id| id.index()).collect();
            let masked = training.masked.iter().map(|name| masked(graph, name)).collect::<Result<_, _>>()?;
            let by_batch = normalized_by_batch(graph, &trained, &training.trained);
            let parameters = trained
                .iter()
                .filter_map(|&id| Some((id, graph.weight(id)?)))
                .map(|(id, array)| Parameter {
                    name: graph.value(id).name.clone(),
                    place: id.index(),
                    shape: array.shape().to_vec(),
                    numbers: vector(array, &device),
                })
                .collect();
            Ok(Self {
                plan: Plan::with_open_places(graph, &open, &by_batch.iter().map(|id| id.index()).collect(), &device)?,
                masked,
                parameters,
                running: running_statistics(graph, &by_batch),
                update: Update::new(training.optimizer)?,
                graph: graph.clone(),
                device,
            })
        })
    }

    /// The forward pass of a step, and the leaves of the weights in the order of the parameters.
    fn forward(&self, input: &Array<f32>, masks: &[Array<f32>]) -> Result<(Ran, Vec<Tensor<1>>), EngineError> {
        let shapes = self.graph.shapes(input.rows()).map_err(failed)?;
        let Some(&image) = self.graph.inputs().first() else {
            return Err(failed("the graph has no input"));
        };
        if input.shape() != shapes[image.index()] {
            return Err(EngineError::Shape {
                name: self.graph.value(image).name.clone(),
                expected: self.graph.input_shape().to_vec(),
                found: input.shape().to_vec(),
            });
        }
        let (names, places): (Vec<String>, Vec<usize>) =
            self.masked.iter().map(|it| (it.name.clone(), it.place)).unzip();
        let of_masks: Vec<&[usize]> = places.iter().map(|&place| shapes[place].as_slice()).collect();
        check_masks(&names, &of_masks, masks)?;
        guarded(|| {
            let leaves: Vec<Tensor<1>> =
                self.parameters.iter().map(|it| it.numbers.clone().autodiff().require_grad()).collect();
            let weights = self.parameters.iter().zip(&leaves);
            let given = weights
                .map(|(it, leaf)| (it.place, Value::from(leaf.clone()).reshaped(&it.shape)))
                .chain([(image.index(), Value::from_array(input, &self.device))])
                .collect();
            let on_device = |mask: &Array<f32>| Value::from_array(mask, &self.device);
            let masks = places.iter().copied().zip(masks.iter().map(on_device)).collect();
            let request = Request { given, wanted: vec![self.graph.output().index()], leaf: None, masks };
            Ok((self.plan.run(request, &shapes)?, leaves))
        })
    }
}

impl Trainable for BurnTrainable {
    fn masked_step(
        &mut self,
        input: &Array<f32>,
        masks: &[Array<f32>],
        rule: &mut CotangentRule<'_>,
        rate: f64,
    ) -> Result<Vec<Array<f32>>, EngineError> {
        if !rate.is_finite() {
            return Err(failed(format!("the learning rate must be a finite number, but is {rate}")));
        }
        let (ran, leaves) = self.forward(input, masks)?;
        let name = self.graph.value(self.graph.output()).name.clone();
        let outputs = arrays(&[&name], &ran.values)?;
        let cotangents = rule(&outputs)?;
        check_cotangents(&[&name], &outputs, &cotangents)?;
        let shapes = self.graph.shapes(input.rows()).map_err(failed)?;
        // Everything is computed before anything is changed.
        let moved = self
            .running
            .iter()
            .map(|it| {
                let found = ran.statistics.iter().find(|(place, _)| *place == it.output.index());
                let moved = |[mean, variance]: &[Value; 2]| {
                    let shape = &shapes[it.output.index()];
                    let count = shape.iter().product::<usize>() / shape.get(1).copied().unwrap_or(1).max(1);
                    it.moved(&host(mean)?, &host(variance)?, count, ENGINE)
                };
                found.map(|(_, statistics)| moved(statistics)).transpose()
            })
            .collect::<Result<Vec<_>, _>>()?;
        let changes = guarded(|| {
            let Some(mut gradients) = reversed(ran.values, &cotangents, &self.device) else {
                return Ok(vec![]);
            };
            let mut changes = Vec::with_capacity(leaves.len());
            for (parameter, leaf) in self.parameters.iter().zip(&leaves) {
                // A weight that the output does not depend on has no gradient, and stays.
                if let Some(gradient) = leaf.grad_remove(&mut gradients) {
                    finite(&parameter.name, &Value::from(gradient.clone()).to_array()?)?;
                    let numbers = parameter.numbers.clone();
                    changes.push(Some(self.update.change(
                        &parameter.name,
                        parameter.shape.len(),
                        numbers,
                        gradient,
                        rate,
                    )));
                } else {
                    changes.push(None);
                }
            }
            Ok(changes)
        })?;
        for (parameter, change) in self.parameters.iter_mut().zip(changes) {
            if let Some(change) = change {
                parameter.numbers = self.update.keep(&parameter.name, change);
            }
        }
        for (it, moved) in self.running.iter_mut().zip(moved) {
            if let Some([mean, variance]) = moved {
                it.mean = mean;
                it.variance = variance;
            }
        }
        Ok(outputs)
    }

    fn weights(&self) -> Result<Vec<(String, Array<f32>)>, EngineError> {
        let mut changed: HashMap<&str, Array<f32>> = HashMap::new();
        for it in &self.parameters {
            let numbers = guarded(|| Value::from(it.numbers.clone()).to_array())?;
            changed.insert(&it.name, numbers.reshaped(it.shape.clone()).map_err(failed)?);
        }
        for it in &self.running {
            changed.insert(&it.names[0], it.mean.clone());
            changed.insert(&it.names[1], it.variance.clone());
        }
        let weights = self.graph.weights();
        Ok(weights
            .map(|(_, name, array)| (name.to_owned(), changed.remove(name).unwrap_or_else(|| array.as_ref().clone())))
            .collect())
    }

    fn graph(&self) -> Result<Graph, EngineError> {
        let weights = self.weights()?.into_iter().map(|(name, array)| (name, Arc::new(array)));
        reweighted(&self.graph, weights).map_err(failed)
    }

    fn optimizer_state(&self) -> Vec<(String, Array<f32>)> {
        self.update.export()
    }

    fn restore_optimizer_state(&mut self, state: Vec<(String, Array<f32>)>) -> Result<(), EngineError> {
        let lengths = self.parameters.iter().map(|it| (it.name.clone(), it.shape.iter().product())).collect();
        let (update, device) = (&mut self.update, &self.device);
        guarded(|| update.import(state, &lengths, device))
    }
}

/// The place of a value that a node computes.
fn masked(graph: &Graph, name: &str) -> Result<Masked, EngineError> {
    let id = graph.find(name).filter(|&id| graph.nodes().iter().any(|node| node.output == id));
    let id = id.ok_or_else(|| EngineError::UnknownValue { name: name.to_owned() })?;
    Ok(Masked { name: name.to_owned(), place: id.index() })
}

/// A device's numbers in double precision.
fn host(value: &Value) -> Result<Vec<f64>, EngineError> {
    Ok(guarded(|| value.to_array())?.to_f64().into_data())
}

fn vector(array: &Array<f32>, device: &Device) -> Tensor<1> {
    let flat = Array::new(vec![array.len()], array.data().to_vec()).unwrap_or_else(|_| array.clone());
    Value::from_array(&flat, device).at_rank()
}
