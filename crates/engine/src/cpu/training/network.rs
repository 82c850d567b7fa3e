//! A graph in training on the processor.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use rayon::prelude::*;
use transferscope_network::{
    array::Array,
    graph::{Graph, GraphError, ValueId},
    passes::reweighted,
};

use super::joint::{Joined, Statistics};
use crate::{
    burn::Update,
    cpu::{
        CpuOptions, Precision,
        kernels::winograd::TileSize,
        network::{ENGINE, finite, part, unsupported},
        plan::{Choice, Joint, Plan, Source, Step, Tables, VectorSource, Wish, build, fitting, padded},
        runner::{Runner, Scratch},
        workspace::{Batch, External, Workspace},
    },
    door::{CotangentRule, EngineError, check_cotangents},
    learning::{Running, check_masks, normalized_by_batch, running_statistics, trained_weights},
    trainable::{Trainable, Training},
};

/// A weight that changes.
struct Parameter {
    id: ValueId,
    name: String,
    numbers: Array<f32>,
}

/// A graph in training: the plans and kernels of the frozen engine, made anew from the weights in each step.
///
/// Sums over a batch do not depend on the number of threads, so neither do the bits of the weights.
pub(crate) struct CpuTrainable {
    graph: Graph,
    plan: Plan,
    choice: Choice,
    /// Kernels and vectors that no step changes are made once.
    tables: Tables,
    parameters: Vec<Parameter>,
    running: Vec<Running>,
    update: Update,
    workspace: Workspace,
    bytes: Vec<u8>,
    scratches: Mutex<Vec<Scratch>>,
}

impl CpuTrainable {
    /// Prepares the plan.
    ///
    /// # Errors
    /// Where this engine lacks an operator or cannot train one of the weights, a setting of the optimiser is out of
    /// range, or a name is no weight that can be trained.
    pub(crate) fn new(graph: &Graph, training: &Training, options: CpuOptions) -> Result<Self, EngineError> {
        if options.precision != Precision::F32 {
            let engine = "cpu (training)";
            return Err(EngineError::PrecisionOfAnother { engine, precision: options.precision.name() });
        }
        if let Some(name) = training.masked.first() {
            let (operator, node) = ("dropout".to_owned(), name.clone());
            return Err(EngineError::UnsupportedOperator { engine: ENGINE, operator, node });
        }
        let trained = trained_weights(graph, &training.trained, ENGINE)?;
        let failed = |error: GraphError| EngineError::Failed { engine: ENGINE, message: error.to_string() };
        let tier = fitting(options.tier, Precision::F32, graph, &graph.shapes(1).map_err(failed)?);
        let tile = |size| options.winograd.then_some(size);
        let (forward, reverse) = (tile(TileSize::Two), tile(TileSize::Four));
        let choice = Choice { tier, precision: Precision::F32, forward, reverse };
        let wish = Wish {
            want: vec![graph.output()],
            given: graph.inputs().iter().copied().take(1).collect(),
            wrt: None,
            by_batch: normalized_by_batch(graph, &trained, &training.trained),
            trained: trained.clone(),
        };
        let plan = build(graph, &wish, choice).map_err(unsupported)?;
        let parameters = trained
            .into_iter()
            .filter_map(|id| Some((id, graph.weight(id)?)))
            .map(|(id, array)| Parameter { id, name: graph.value(id).name.clone(), numbers: array.as_ref().clone() })
            .collect();
        Ok(Self {
            running: running_statistics(graph, &wish.by_batch),
            graph: graph.clone(),
            plan,
            choice,
            tables: Tables::default(),
            parameters,
            update: Update::new(training.optimizer)?,
            workspace: Workspace::default(),
            bytes: Vec::new(),
            scratches: Mutex::default(),
        })
    }

    /// The numbers of a weight as they are now.
    fn numbers(&self, id: ValueId) -> &[f32] {
        match self.parameters.iter().find(|parameter| parameter.id == id) {
            Some(parameter) => parameter.numbers.data(),
            None => self.graph.weight(id).map_or(&[], |array| array.data()),
        }
    }

    /// Kernels and vectors for the weights as they are now; those of fixed weights are kept.
    fn refreshed(&self) -> Tables {
        let changes = |id: ValueId| self.parameters.iter().any(|parameter| parameter.id == id);
        let kernels = self
            .plan
            .kernels
            .par_iter()
            .enumerate()
            .map(|(place, source)| match (source, self.tables.kernels.get(place)) {
                (Source::Fixed(kernel), _) => Arc::clone(kernel),
                (Source::Weight(recipe), Some(kernel)) if !changes(recipe.weight) => Arc::clone(kernel),
                (Source::Weight(recipe), _) => Arc::new(recipe.make(self.numbers(recipe.weight))),
            })
            .collect();
        let vectors = self
            .plan
            .vectors
            .iter()
            .map(|source| match source {
                VectorSource::Fixed(vector) => Arc::clone(vector),
                VectorSource::Weight(id, stride) => padded(self.numbers(*id), *stride),
            })
            .collect();
        Tables { kernels, vectors }
    }

    fn check_input(&self, input: &Array<f32>) -> Result<(), EngineError> {
        if input.shape().get(1..) == Some(self.graph.input_shape()) && input.rows() > 0 {
            return Ok(());
        }
        let name = self.graph.inputs().first().map_or("", |&id| &self.graph.value(id).name);
        Err(EngineError::Shape {
            name: name.to_owned(),
            expected: self.graph.input_shape().to_vec(),
            found: input.shape().to_vec(),
        })
    }

    fn parameter(&self, id: ValueId) -> Array<f32> {
        let found = self.parameters.iter().find(|parameter| parameter.id == id);
        let fixed =
            || self.graph.weight(id).map_or_else(|| Array::filled(vec![0], 0.0), |array| array.as_ref().clone());
        found.map_or_else(fixed, |parameter| parameter.numbers.clone())
    }
}

/// What one pass over a batch gives.
struct Pass {
    outputs: Vec<Array<f32>>,
    gradients: HashMap<ValueId, Array<f32>>,
    statistics: Vec<Statistics>,
}

impl CpuTrainable {
    fn pass(&mut self, input: &Array<f32>, rule: &mut CotangentRule<'_>) -> Result<Pass, EngineError> {
        let images = input.rows();
        self.tables = self.refreshed();
        let (mut workspace, mut bytes) = (std::mem::take(&mut self.workspace), std::mem::take(&mut self.bytes));
        workspace.fit(&mut bytes, &self.plan, images);
        let batch = Batch { plan: &self.plan, tables: &self.tables, tier: self.choice.tier, images };
        let joined = Joined { batch, memory: workspace.memory(&mut bytes), scratches: &self.scratches };
        let result = self.both_ways(joined, input, rule);
        (self.workspace, self.bytes) = (workspace, bytes);
        result
    }

    fn both_ways(
        &self,
        joined: Joined<'_>,
        input: &Array<f32>,
        rule: &mut CotangentRule<'_>,
    ) -> Result<Pass, EngineError> {
        let output = self.graph.output();
        let name = &self.graph.value(output).name;
        let shapes = self.graph.shapes(input.rows());
        let shape = shapes.map_err(|error| EngineError::Failed { engine: ENGINE, message: error.to_string() })?;
        let mut outputs = vec![Array::filled(shape[output.index()].clone(), 0.0)];
        let mut statistics = vec![Statistics::default(); self.plan.normalizations.len()];
        for step in &self.plan.forward {
            match step {
                Step::Joint(Joint::Normalize { normalization, from, to, layout, finish }) => {
                    let it = self.plan.normalizations[*normalization];
                    let found = joined.statistics(*from, *layout);
                    let pair = [self.parameter(it.weight), self.parameter(it.bias)];
                    joined.normalize((*from, *to, *layout), &found, [&pair[0], &pair[1]], it.epsilon, finish);
                    statistics[*normalization] = found;
                }
                Step::Export { .. } => {
                    let arrays = outputs.iter_mut().map(Array::data_mut).collect();
                    let mut external = External { inputs: Vec::new(), outputs: arrays };
                    let (batch, memory) = (joined.batch, joined.memory);
                    let scratch = &mut Scratch::default();
                    Runner { batch, memory, first: 0, count: batch.images, scratch }.step(step, &mut external);
                }
                step => alone(joined, step, std::slice::from_ref(input)),
            }
        }
        finite(name, &outputs[0])?;
        let cotangents = rule(&outputs)?;
        check_cotangents(&[name], &outputs, &cotangents)?;
        let mut gradients = HashMap::new();
        for step in &self.plan.reverse {
            match step {
                Step::Joint(Joint::NormalizeReverse { normalization, from, gradient, to, layout }) => {
                    let it = self.plan.normalizations[*normalization];
                    let found = &statistics[*normalization];
                    let places = (*from, *gradient, *layout);
                    let gamma = self.parameter(it.weight);
                    let [weight, bias] = joined.normalize_reverse(places, to.as_ref(), found, &gamma, it.epsilon);
                    add(&mut gradients, it.weight, weight);
                    add(&mut gradients, it.bias, bias);
                }
                Step::Joint(Joint::WeightGradient { weight, shape, gather, from, input, gradient, output }) => {
                    let own = self.parameter(*weight);
                    let made = joined.weight(gather, *shape, (*from, *input), (*gradient, *output), &own);
                    add(&mut gradients, *weight, made);
                }
                Step::Joint(Joint::BiasGradient { bias, gradient, layout }) => {
                    add(&mut gradients, *bias, joined.bias(*gradient, *layout));
                }
                step => alone(joined, step, &cotangents),
            }
        }
        Ok(Pass { outputs, gradients, statistics })
    }
}

/// A step that looks at each image alone.
fn alone(joined: Joined<'_>, step: &Step, arrays: &[Array<f32>]) {
    joined.each(|runner| {
        let group = (runner.first, runner.count);
        let inputs = arrays.iter().map(|array| part(array, group)).collect();
        runner.step(step, &mut External { inputs, outputs: Vec::new() });
    });
}

/// A weight that is read twice has the sum of two gradients.
fn add(gradients: &mut HashMap<ValueId, Array<f32>>, id: ValueId, gradient: Array<f32>) {
    match gradients.get_mut(&id) {
        Some(sum) => sum.data_mut().iter_mut().zip(gradient.data()).for_each(|(sum, number)| *sum += number),
        None => {
            gradients.insert(id, gradient);
        }
    }
}

impl Trainable for CpuTrainable {
    fn masked_step(
        &mut self,
        input: &Array<f32>,
        masks: &[Array<f32>],
        rule: &mut CotangentRule<'_>,
        rate: f64,
    ) -> Result<Vec<Array<f32>>, EngineError> {
        check_masks(&[], &[], masks)?;
        if !rate.is_finite() {
            let message = format!("the learning rate must be a finite number, but is {rate}");
            return Err(EngineError::Failed { engine: ENGINE, message });
        }
        self.check_input(input)?;
        let Pass { outputs, gradients, statistics } = self.pass(input, rule)?;
        // Everything is computed before anything is changed.
        let mut moved = Vec::new();
        for (it, found) in self.plan.normalizations.iter().zip(&statistics) {
            if let Some(place) = self.running.iter().position(|running| running.weight == it.weight) {
                let running = &self.running[place];
                moved.push((place, running.moved(&found.mean, &found.variance, found.count, ENGINE)?));
            }
        }
        let update = &self.update;
        let changes: Vec<_> = self
            .parameters
            .par_iter()
            .map(|parameter| {
                // A weight that the output does not depend on has no gradient, and stays.
                let Some(gradient) = gradients.get(&parameter.id) else { return Ok(None) };
                finite(&parameter.name, gradient)?;
                update.change_array(&parameter.name, &parameter.numbers, gradient, rate).map(Some)
            })
            .collect::<Result<_, EngineError>>()?;
        for (parameter, change) in self.parameters.iter_mut().zip(changes) {
            if let Some((numbers, change)) = change {
                parameter.numbers = numbers;
                self.update.keep(&parameter.name, change);
            }
        }
        for (place, [mean, variance]) in moved {
            self.running[place].mean = mean;
            self.running[place].variance = variance;
        }
        Ok(outputs)
    }

    fn weights(&self) -> Result<Vec<(String, Array<f32>)>, EngineError> {
        let mut changed: HashMap<&str, &Array<f32>> =
            self.parameters.iter().map(|it| (it.name.as_str(), &it.numbers)).collect();
        for it in &self.running {
            changed.insert(&it.names[0], &it.mean);
            changed.insert(&it.names[1], &it.variance);
        }
        let weights = self.graph.weights();
        Ok(weights
            .map(|(_, name, array)| {
                (name.to_owned(), changed.get(name).map_or_else(|| array.as_ref().clone(), |array| (*array).clone()))
            })
            .collect())
    }

    fn graph(&self) -> Result<Graph, EngineError> {
        let weights = self.weights()?.into_iter().map(|(name, array)| (name, Arc::new(array)));
        reweighted(&self.graph, weights)
            .map_err(|error| EngineError::Failed { engine: ENGINE, message: error.to_string() })
    }

    fn optimizer_state(&self) -> Vec<(String, Array<f32>)> {
        self.update.export()
    }

    fn restore_optimizer_state(&mut self, state: Vec<(String, Array<f32>)>) -> Result<(), EngineError> {
        let lengths = self.parameters.iter().map(|it| (it.name.clone(), it.numbers.len())).collect();
        self.update.restore(state, &lengths)
    }
}
