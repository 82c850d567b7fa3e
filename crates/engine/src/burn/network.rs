//! A graph run by Burn, its weights fixed.

use std::{collections::HashMap, sync::OnceLock};

use ::burn::tensor::{Device, Gradients, Tensor};
use transferscope_network::{array::Array, graph::Graph, passes::fold_batch_normalization};

use super::{
    ENGINE,
    guard::{failed, guarded},
    plan::Plan,
    run::{Ran, Request},
    value::{Value, at_rank},
};
use crate::{
    device::DeviceChoice,
    door::{CotangentRule, EngineError, Feed, Frozen, Pulled, check_cotangents},
};

/// A graph run by Burn on a device.
///
/// Weights are constants of the device, outside of the automatic differentiation; only the value of which a gradient
/// is asked is a leaf. So no gradient of a weight is ever formed.
///
/// Batch normalization is folded into the layer before it. Where a name is asked for that folding removes (the layer
/// before a normalization), the graph as it stands is run instead; it is put on the device when this first happens.
pub struct BurnNetwork {
    graph: Graph,
    /// Shapes for a batch of one.
    shapes: Vec<Vec<usize>>,
    input_name: String,
    device: Device,
    folded: Plan,
    plain: OnceLock<Plan>,
}

impl BurnNetwork {
    /// Puts the weights on the device.
    ///
    /// # Errors
    /// Where Burn cannot run one of the operators, or fails.
    pub fn new(graph: &Graph, device: DeviceChoice) -> Result<Self, EngineError> {
        guarded(|| {
            let device = match device {
                DeviceChoice::Flex => Device::flex(),
            };
            let folded = fold_batch_normalization(graph).map_err(failed)?;
            let input_name = graph.inputs().first().map(|&id| graph.value(id).name.clone()).unwrap_or_default();
            Ok(Self {
                shapes: graph.shapes(1).map_err(failed)?,
                folded: Plan::new(&folded, &device)?,
                plain: OnceLock::new(),
                graph: graph.clone(),
                input_name,
                device,
            })
        })
    }

    /// The plan that has all these names: the folded one where it can be.
    fn plan<'name>(&self, mut names: impl Iterator<Item = &'name str>) -> Result<&Plan, EngineError> {
        if names.all(|name| self.folded.places.contains_key(name)) {
            return Ok(&self.folded);
        }
        if let Some(plan) = self.plain.get() {
            return Ok(plan);
        }
        let plan = guarded(|| Plan::new(&self.graph, &self.device))?;
        Ok(self.plain.get_or_init(|| plan))
    }

    /// The forward pass, recorded from `leaf` on where there is one.
    fn run(&self, feed: &Feed, want: &[&str], leaf: Option<&str>) -> Result<Ran, EngineError> {
        let given = || {
            std::iter::once((self.input_name.as_str(), &feed.input))
                .chain(feed.overrides.iter().map(|(name, array)| (name.as_str(), array)))
        };
        let names = want.iter().copied().chain(leaf).chain(given().map(|(name, _)| name));
        let plan = self.plan(names)?;
        let shapes = plan.graph.shapes(feed.input.rows()).map_err(failed)?;
        let mut places = HashMap::new();
        for (name, array) in given() {
            let place = plan.place(name)?;
            if array.shape() != shapes[place] || array.shape().is_empty() {
                return Err(EngineError::Shape {
                    name: name.to_owned(),
                    expected: shapes[place].get(1..).unwrap_or_default().to_vec(),
                    found: array.shape().to_vec(),
                });
            }
            places.insert(place, array);
        }
        let wanted = want.iter().map(|name| plan.place(name)).collect::<Result<Vec<_>, _>>()?;
        let leaf = leaf.map(|name| plan.place(name)).transpose()?;
        guarded(|| {
            let given = places.iter().map(|(&place, array)| (place, Value::from_array(array, &self.device))).collect();
            plan.run(Request { given, wanted, leaf, masks: HashMap::new() }, &shapes)
        })
    }

    fn shape_of(&self, name: &str) -> Option<&[usize]> {
        let id = self.graph.find(name)?;
        if self.graph.weight(id).is_some() { None } else { self.shapes[id.index()].get(1..) }
    }
}

impl Frozen for BurnNetwork {
    fn engine(&self) -> &'static str {
        ENGINE
    }

    fn input_shape(&self) -> &[usize] {
        self.graph.input_shape()
    }

    fn input_name(&self) -> &str {
        &self.input_name
    }

    fn output(&self) -> &str {
        &self.graph.value(self.graph.output()).name
    }

    fn value_shape(&self, name: &str) -> Option<Vec<usize>> {
        self.shape_of(name).map(<[usize]>::to_vec)
    }

    fn forward(&self, feed: &Feed, want: &[&str]) -> Result<Vec<Array<f32>>, EngineError> {
        let ran = self.run(feed, want, None)?;
        arrays(want, &ran.values)
    }

    fn vjp(&self, feed: &Feed, at: &[&str], wrt: &str, rule: &mut CotangentRule<'_>) -> Result<Pulled, EngineError> {
        let ran = self.run(feed, at, Some(wrt))?;
        let values = arrays(at, &ran.values)?;
        let cotangents = rule(&values)?;
        check_cotangents(at, &values, &cotangents)?;
        let pulled = guarded(|| pull_back(ran, &cotangents, &self.device))?;
        let gradient = match pulled {
            Some(gradient) => gradient,
            // No wanted value depends on it.
            None => {
                let behind = self.shape_of(wrt).unwrap_or_default();
                let shape = std::iter::once(feed.input.rows()).chain(behind.iter().copied()).collect();
                Array::filled(shape, 0.0)
            }
        };
        finite(wrt, &gradient)?;
        Ok(Pulled { values, gradient })
    }
}

/// The gradient at the leaf, or `None` where nothing depends on it.
fn pull_back(ran: Ran, cotangents: &[Array<f32>], device: &Device) -> Result<Option<Array<f32>>, EngineError> {
    let (Some(leaf), Some(mut gradients)) = (ran.leaf, reversed(ran.values, cotangents, device)) else {
        return Ok(None);
    };
    let gradient: Option<Value> = at_rank!(leaf, x => x.grad_remove(&mut gradients).map(Value::from));
    gradient.map(|gradient| gradient.to_array()).transpose()
}

/// One reverse pass from these values; `None` where nothing of them is recorded.
pub(super) fn reversed(values: Vec<Value>, cotangents: &[Array<f32>], device: &Device) -> Option<Gradients> {
    // Burn starts with ones at every number of the tensor it goes back from. So value · cotangent, all pairs in one
    // row, starts with the cotangents exactly; there is no sum whose order could depend on threads.
    let parts: Vec<Tensor<1>> = values
        .into_iter()
        .zip(cotangents)
        .filter(|(value, cotangent)| value.is_tracked() && !cotangent.is_empty())
        .map(|(value, cotangent)| {
            let count = cotangent.len();
            at_rank!(value, x => (x * Value::from_array(cotangent, device).at_rank()).reshape([count]))
        })
        .collect();
    if parts.is_empty() { None } else { Some(Tensor::cat(parts, 0).backward()) }
}

/// The numbers of these values, all of them finite.
pub(super) fn arrays(names: &[&str], values: &[Value]) -> Result<Vec<Array<f32>>, EngineError> {
    names
        .iter()
        .zip(values)
        .map(|(name, value)| {
            let array = guarded(|| value.to_array())?;
            finite(name, &array)?;
            Ok(array)
        })
        .collect()
}

pub(super) fn finite(name: &str, array: &Array<f32>) -> Result<(), EngineError> {
    if array.data().iter().all(|number| number.is_finite()) {
        Ok(())
    } else {
        Err(EngineError::NotFinite { name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use transferscope_network::zoo::{Settings, find};

    use super::*;

    /// The structural form of "no weight gradient is formed": of all that the recorded pass reads, the leaf alone is
    /// part of the record. A constant that is not tracked has no node to which a gradient could be added.
    #[test]
    fn no_weight_is_part_of_the_record() {
        let graph =
            find("resnet8-cifar").and_then(|found| found.build(&Settings::with_classes(10))).expect("in the zoo");
        let network = BurnNetwork::new(&graph, DeviceChoice::Flex).expect("all operators are there");
        let feed = Feed::batch(Array::filled(vec![1, 3, 32, 32], 0.5));
        let ran = network.run(&feed, &[network.output()], Some(network.input_name())).expect("it runs");
        assert!(ran.values.iter().all(Value::is_tracked), "the output must be recorded");
        assert!(ran.leaf.is_some_and(|leaf| leaf.is_tracked()), "the input must be recorded");
        let mut weights = network.folded.constants.iter().flatten().peekable();
        assert!(weights.peek().is_some());
        assert!(weights.all(|weight| !weight.is_tracked()));
    }
}
