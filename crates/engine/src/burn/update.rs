//! Burn's optimisers on plain vectors, their state by the name of the weight.

use std::collections::{BTreeMap, HashMap};

use ::burn::{
    optim::{
        AdamW, AdamWConfig, AdamWState, Optimizer as _, RecordState, Sgd, SgdConfig, SgdState, StateSink, StateSource,
        decay::WeightDecayConfig, momentum::MomentumConfig,
    },
    tensor::{Device, Tensor, TensorData},
};
use transferscope_network::array::Array;

use super::guard::{failed, guarded};
use crate::{door::EngineError, trainable::Optimizer};

/// An optimiser and what it remembers of each weight.
///
/// Burn's optimisers work on one tensor at a time; the state is kept here by the weight's name, so no identity of a
/// parameter can be lost between two runs.
pub(crate) enum Update {
    Sgd {
        rule: Sgd,
        state: HashMap<String, SgdState<1>>,
    },
    /// Weights of one axis follow the second rule.
    AdamW {
        rules: [AdamW; 2],
        state: HashMap<String, AdamWState<1>>,
    },
}

/// What one weight becomes, and what is remembered of it.
pub(crate) struct Change {
    pub(super) weight: Tensor<1>,
    memory: Memory,
}

enum Memory {
    Sgd(Option<Box<SgdState<1>>>),
    AdamW(Option<Box<AdamWState<1>>>),
}

impl Update {
    #[expect(clippy::cast_possible_truncation, reason = "Burn keeps these settings in f32")]
    pub(crate) fn new(optimizer: Optimizer) -> Result<Self, EngineError> {
        let within = |what: &str, number: f64, fits: bool| {
            if fits { Ok(()) } else { Err(failed(format!("{what} of the optimiser is out of range: {number}"))) }
        };
        match optimizer {
            Optimizer::Sgd { momentum, weight_decay } => {
                within("momentum", momentum, (0.0..1.0).contains(&momentum))?;
                within("weight decay", weight_decay, weight_decay >= 0.0 && weight_decay.is_finite())?;
                let memory = MomentumConfig::new().with_momentum(momentum).with_dampening(0.0);
                let decay = WeightDecayConfig::new(weight_decay as f32);
                let rule = SgdConfig::new()
                    .with_momentum((momentum > 0.0).then_some(memory))
                    .with_weight_decay((weight_decay > 0.0).then_some(decay))
                    .build();
                Ok(Self::Sgd { rule, state: HashMap::new() })
            }
            Optimizer::AdamW { beta: [first, second], epsilon, weight_decay, spare_vectors } => {
                within("beta", first, (0.0..1.0).contains(&first))?;
                within("beta", second, (0.0..1.0).contains(&second))?;
                within("epsilon", epsilon, epsilon > 0.0 && epsilon.is_finite())?;
                within("weight decay", weight_decay, weight_decay >= 0.0 && weight_decay.is_finite())?;
                let rule = |decay: f64| {
                    AdamWConfig::new()
                        .with_beta_1(first as f32)
                        .with_beta_2(second as f32)
                        .with_epsilon(epsilon as f32)
                        .with_weight_decay(decay as f32)
                        .build()
                };
                let rules = [weight_decay, if spare_vectors { 0.0 } else { weight_decay }].map(rule);
                Ok(Self::AdamW { rules, state: HashMap::new() })
            }
        }
    }

    /// What a weight of so many axes, given as a vector, becomes; nothing is remembered before [`Update::keep`].
    pub(super) fn change(&self, name: &str, axes: usize, weight: Tensor<1>, gradient: Tensor<1>, rate: f64) -> Change {
        match self {
            Self::Sgd { rule, state } => {
                let (weight, memory) = rule.step(rate, weight, gradient, state.get(name).cloned());
                Change { weight, memory: Memory::Sgd(memory.map(Box::new)) }
            }
            Self::AdamW { rules, state } => {
                let rule = &rules[usize::from(axes <= 1)];
                let (weight, memory) = rule.step(rate, weight, gradient, state.get(name).cloned());
                Change { weight, memory: Memory::AdamW(memory.map(Box::new)) }
            }
        }
    }

    /// As [`Update::change`], for arrays on the processor; gives the new weight too.
    pub(crate) fn change_array(
        &self,
        name: &str,
        weight: &Array<f32>,
        gradient: &Array<f32>,
        rate: f64,
    ) -> Result<(Array<f32>, Change), EngineError> {
        guarded(|| {
            let device = Device::flex();
            let on_device = |array: &Array<f32>| {
                Tensor::<1>::from_data(TensorData::new(array.data().to_vec(), [array.len()]), &device)
            };
            let change = self.change(name, weight.shape().len(), on_device(weight), on_device(gradient), rate);
            let numbers =
                change.weight.to_data().try_into_vec::<f32>().map_err(|error| failed(format!("{error:?}")))?;
            let array = Array::new(weight.shape().to_vec(), numbers).map_err(failed)?;
            Ok((array, change))
        })
    }

    /// As [`Update::import`], on the processor.
    pub(crate) fn restore(
        &mut self,
        state: Vec<(String, Array<f32>)>,
        lengths: &HashMap<String, usize>,
    ) -> Result<(), EngineError> {
        guarded(|| self.import(state, lengths, &Device::flex()))
    }

    /// Remembers a change, and gives the weight.
    pub(crate) fn keep(&mut self, name: &str, change: Change) -> Tensor<1> {
        match (self, change.memory) {
            (Self::Sgd { state, .. }, Memory::Sgd(Some(memory))) => {
                state.insert(name.to_owned(), *memory);
            }
            (Self::AdamW { state, .. }, Memory::AdamW(Some(memory))) => {
                state.insert(name.to_owned(), *memory);
            }
            _ => {}
        }
        change.weight
    }

    /// All that is remembered: tensors as vectors, counts as vectors of one number.
    #[expect(clippy::cast_precision_loss, reason = "a count of steps is far below 2^24")]
    pub(crate) fn export(&self) -> Vec<(String, Array<f32>)> {
        let mut sink = StateSink::default();
        match self {
            Self::Sgd { state, .. } => state.iter().for_each(|(name, state)| state.state_flatten(name, &mut sink)),
            Self::AdamW { state, .. } => state.iter().for_each(|(name, state)| state.state_flatten(name, &mut sink)),
        }
        let tensors = sink.tensors.into_iter().filter_map(|(name, data)| {
            let numbers = data.try_into_vec::<f32>().ok()?;
            Some((name, Array::new(vec![numbers.len()], numbers).ok()?))
        });
        let scalars = sink.scalars.into_iter().filter_map(|(name, scalar)| {
            let count = u64::try_from(scalar).ok()?;
            Some((name, Array::filled(vec![1], count as f32)))
        });
        let mut all: Vec<_> = tensors.chain(scalars).collect();
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        all
    }

    /// Takes back what [`Update::export`] gave, for weights of these lengths.
    pub(super) fn import(
        &mut self,
        exported: Vec<(String, Array<f32>)>,
        lengths: &HashMap<String, usize>,
        device: &Device,
    ) -> Result<(), EngineError> {
        let mut tensors = Vec::new();
        let mut scalars = BTreeMap::new();
        for (name, array) in exported {
            let owner = lengths
                .iter()
                .filter(|(weight, _)| name.strip_prefix(weight.as_str()).is_some_and(|rest| rest.starts_with('.')))
                .max_by_key(|(weight, _)| weight.len());
            let Some((weight, &length)) = owner else {
                return Err(EngineError::UnknownValue { name });
            };
            if name.ends_with(COUNT) && array.len() == 1 {
                scalars.insert(name, whole_number(array.data()[0])?.into());
            } else if array.len() == length {
                tensors.push((name, TensorData::new(array.into_data(), vec![length])));
            } else {
                return Err(failed(format!(
                    "the optimiser's '{name}' has {} numbers, but the weight '{weight}' has {length}",
                    array.len()
                )));
            }
        }
        let mut source = StateSource::new(scalars);
        tensors.into_iter().for_each(|(name, data)| source.insert_tensor(name, data));
        match self {
            Self::Sgd { state, .. } => *state = read(&mut source, lengths, device),
            Self::AdamW { state, .. } => *state = read(&mut source, lengths, device),
        }
        Ok(())
    }
}

/// How Burn names AdamW's count of steps.
const COUNT: &str = ".time";

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a whole number")]
fn whole_number(number: f32) -> Result<u64, EngineError> {
    if number >= 0.0 && number.fract() == 0.0 {
        Ok(number as u64)
    } else {
        Err(failed(format!("the optimiser's count of steps must be a whole number, but is {number}")))
    }
}

fn read<State: RecordState>(
    source: &mut StateSource,
    lengths: &HashMap<String, usize>,
    device: &Device,
) -> HashMap<String, State> {
    lengths
        .keys()
        .filter(|name| source.has_under(name))
        .cloned()
        .collect::<Vec<_>>()
        .into_iter()
        .filter_map(|name| Some((name.clone(), State::state_unflatten(&name, source, device)?)))
        .collect()
}
