//! Running the steps of a plan: only those that the wanted values need, each value dropped after its last reader.

use std::collections::HashMap;

use transferscope_network::{graph::Origin, operator::Arithmetic};

use super::{
    elementwise,
    guard::failed,
    operators::{Action, apply},
    plan::Plan,
    product::normalized_by_batch,
    value::Value,
};
use crate::door::EngineError;

/// What is computed: from which values, up to which values, and recorded from which one on.
pub(super) struct Request {
    /// Values that are given, by place: the input, the overrides, the weights in training.
    pub given: HashMap<usize, Value>,
    /// The places that are wanted.
    pub wanted: Vec<usize>,
    /// The place whose gradient will be asked for.
    pub leaf: Option<usize>,
    /// What computed values are multiplied by, by place.
    pub masks: HashMap<usize, Value>,
}

/// What came out.
pub(super) struct Ran {
    /// The wanted values, in the order in which they were wanted.
    pub values: Vec<Value>,
    /// The leaf, where a wanted value needed it.
    pub leaf: Option<Value>,
    /// Mean and biased variance of the batch, by the place of the normalization that found them.
    pub statistics: Vec<(usize, [Value; 2])>,
}

impl Plan {
    /// Runs what the request needs; `shapes` are those of all values for this batch.
    pub(super) fn run(&self, request: Request, shapes: &[Vec<usize>]) -> Result<Ran, EngineError> {
        let mut reads = self.reads(&request);
        let mut values: Vec<Option<Value>> = vec![None; self.constants.len()];
        let mut leaf = None;
        let mut statistics = Vec::new();
        let mut track = |place: usize, value: Value| {
            if request.leaf != Some(place) {
                return value;
            }
            let tracked = value.tracked();
            leaf = Some(tracked.clone());
            tracked
        };
        let mut masks = request.masks;
        for (place, value) in request.given {
            if reads[place] > 0 {
                values[place] = Some(track(place, value));
            }
        }
        for step in &self.steps {
            if reads[step.output] == 0 || values[step.output].is_some() {
                continue;
            }
            let inputs = step
                .inputs
                .iter()
                .map(|&place| self.read(&mut values, &mut reads, place))
                .collect::<Result<Vec<_>, _>>()?;
            let made = match (&step.action, inputs.as_slice()) {
                (Action::BatchStatistics { epsilon }, [x, weight, bias]) => {
                    let [output, mean, variance] =
                        normalized_by_batch(x.clone(), weight.clone(), bias.clone(), *epsilon);
                    statistics.push((step.output, [mean, variance]));
                    output
                }
                _ => apply(&step.action, inputs, &shapes[step.output]),
            };
            let made = match masks.remove(&step.output) {
                Some(mask) => elementwise::combined(Arithmetic::Multiply, made, mask),
                None => made,
            };
            values[step.output] = Some(track(step.output, made));
        }
        let wanted = request
            .wanted
            .iter()
            .map(|&place| self.read(&mut values, &mut reads, place))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Ran { values: wanted, leaf, statistics })
    }

    /// How often each value will be read; 0 for what nobody needs.
    fn reads(&self, request: &Request) -> Vec<usize> {
        let mut reads = vec![0; self.constants.len()];
        for &place in &request.wanted {
            reads[place] += 1;
        }
        for step in self.steps.iter().rev() {
            if reads[step.output] > 0 && !request.given.contains_key(&step.output) {
                for &place in &step.inputs {
                    reads[place] += 1;
                }
            }
        }
        reads
    }

    /// A constant, or a value; a value is given away at its last reading, so that memory is free again and the
    /// framework may work in place.
    fn read(&self, values: &mut [Option<Value>], reads: &mut [usize], place: usize) -> Result<Value, EngineError> {
        if let Some(constant) = &self.constants[place] {
            return Ok(constant.clone());
        }
        reads[place] -= 1;
        let value = if reads[place] == 0 { values[place].take() } else { values[place].clone() };
        value.ok_or_else(|| {
            let value = self.graph.values().get(place);
            let name = value.map_or("", |value| value.name.as_str());
            match value.map(|value| &value.origin) {
                Some(Origin::Input { .. }) => failed(format!("the input '{name}' was not given")),
                _ => failed(format!("the value '{name}' was read before it was computed")),
            }
        })
    }
}
