//! The f64 interpreter behind the door: slow, plain, the reference for every other engine.

use std::collections::HashMap;

use transferscope_network::{
    array::Array,
    graph::{Graph, Origin, ValueId},
    interpreter::{Evaluation, InterpreterError, evaluate},
};

use crate::door::{CotangentRule, EngineError, Feed, Frozen, Pulled, check_cotangents};

/// The name of this engine in reports.
pub const ENGINE: &str = "interpreter";

/// A graph run by the interpreter.
#[derive(Clone, Debug)]
pub struct Interpreted {
    graph: Graph,
}

impl Interpreted {
    /// Takes a graph; it was checked when it was built.
    #[must_use]
    pub fn new(graph: Graph) -> Self {
        Self { graph }
    }

    fn id(&self, name: &str) -> Result<ValueId, EngineError> {
        self.graph.find(name).ok_or_else(|| EngineError::UnknownValue { name: name.to_owned() })
    }

    fn run(&self, feed: &Feed) -> Result<Evaluation<'_>, EngineError> {
        let overrides: HashMap<ValueId, Array<f64>> = feed
            .overrides
            .iter()
            .map(|(name, array)| Ok((self.id(name)?, array.to_f64())))
            .collect::<Result<_, EngineError>>()?;
        evaluate(&self.graph, &[feed.input.to_f64()], &overrides).map_err(failed)
    }
}

impl Frozen for Interpreted {
    fn engine(&self) -> &'static str {
        ENGINE
    }

    fn input_shape(&self) -> &[usize] {
        self.graph.input_shape()
    }

    fn input_name(&self) -> &str {
        self.graph.inputs().first().map_or("", |&id| &self.graph.value(id).name)
    }

    fn output(&self) -> &str {
        &self.graph.value(self.graph.output()).name
    }

    fn value_shape(&self, name: &str) -> Option<Vec<usize>> {
        let id = self.graph.find(name)?;
        let shapes = self.graph.shapes(1).ok()?;
        match self.graph.value(id).origin {
            Origin::Weight(_) => None,
            Origin::Input { .. } | Origin::Node(_) => shapes[id.index()].get(1..).map(<[usize]>::to_vec),
        }
    }

    fn forward(&self, feed: &Feed, want: &[&str]) -> Result<Vec<Array<f32>>, EngineError> {
        let evaluation = self.run(feed)?;
        want.iter().map(|name| Ok(evaluation.value(self.id(name)?).to_f32())).collect()
    }

    fn vjp(&self, feed: &Feed, at: &[&str], wrt: &str, rule: &mut CotangentRule<'_>) -> Result<Pulled, EngineError> {
        let evaluation = self.run(feed)?;
        let places = at.iter().map(|name| self.id(name)).collect::<Result<Vec<_>, _>>()?;
        let values: Vec<Array<f32>> = places.iter().map(|&id| evaluation.value(id).to_f32()).collect();
        let cotangents = rule(&values)?;
        check_cotangents(at, &values, &cotangents)?;
        let pairs: Vec<(ValueId, Array<f64>)> = places.into_iter().zip(cotangents.iter().map(Array::to_f64)).collect();
        let gradients = evaluation.pull_back(&pairs, &[self.id(wrt)?]).map_err(failed)?;
        let gradient = gradients.first().map_or_else(|| Array::filled(vec![0], 0.0), Array::to_f32);
        Ok(Pulled { values, gradient })
    }
}

fn failed(error: InterpreterError) -> EngineError {
    match error {
        InterpreterError::InputShape { name, expected, found } => {
            EngineError::Shape { name, expected: expected.get(1..).unwrap_or_default().to_vec(), found }
        }
        other => EngineError::Failed { engine: ENGINE, message: other.to_string() },
    }
}
