//! The way back: from the cotangents of the wanted values to one gradient, with no gradient of a weight.

use std::sync::Arc;

use transferscope_network::graph::ValueId;

use super::{
    Finish, Joint, Layout, Place, Step, Wish,
    build::Draft,
    operation::{Kind, Operation, Unsupported},
};

/// Writes the reverse steps of a draft.
pub(super) struct Reverse<'a, 'draft> {
    draft: &'a mut Draft<'draft>,
    wish: &'a Wish,
    steps: Vec<Step>,
    /// The buffer of each gradient that has begun.
    gradients: Vec<Option<Place>>,
    /// How many contributions each gradient still waits for.
    waiting: Vec<usize>,
}

/// Where a contribution goes, and what is done with it on the way.
struct Target {
    to: Place,
    /// Whether the gradient has begun, so that this is added.
    begun: bool,
    finish: Finish,
}

impl<'a, 'draft> Reverse<'a, 'draft> {
    pub(super) fn new(draft: &'a mut Draft<'draft>, wish: &'a Wish) -> Result<Self, Unsupported> {
        let count = draft.places.len();
        let mut waiting = vec![0; count];
        for operation in reversible(draft, wish) {
            for id in operation.reads().filter(|id| draft.active[id.index()]) {
                waiting[id.index()] += 1;
            }
        }
        for id in wish.want.iter().filter(|id| draft.active[id.index()]) {
            waiting[id.index()] += 1;
        }
        Ok(Self { draft, wish, steps: Vec::new(), gradients: vec![None; count], waiting })
    }

    pub(super) fn steps(mut self) -> Result<Vec<Step>, Unsupported> {
        let operations: Vec<Operation> = reversible(self.draft, self.wish).cloned().collect();
        for operation in operations.iter().rev() {
            self.cotangents(operation.output)?;
            self.operation(operation)?;
        }
        let Some(wrt) = self.wish.wrt else { return Ok(self.steps) };
        self.cotangents(wrt)?;
        let layout = self.draft.layout(wrt)?;
        let from = match self.gradients[wrt.index()] {
            Some(place) => place,
            None => {
                // No wanted value changes with it.
                let to = self.draft.buffers.numbers(layout);
                self.steps.push(Step::Clear { to, layout });
                to
            }
        };
        self.steps.push(Step::Export { array: 0, layout, from });
        Ok(self.steps)
    }

    /// Adds what the caller gives at a wanted value.
    fn cotangents(&mut self, id: ValueId) -> Result<(), Unsupported> {
        if !self.draft.active[id.index()] {
            return Ok(());
        }
        let arrays: Vec<usize> =
            self.wish.want.iter().enumerate().filter(|(_, want)| **want == id).map(|(array, _)| array).collect();
        for array in arrays {
            let layout = self.draft.layout(id)?;
            let target = self.target(id, layout);
            self.steps.push(Step::Import { array, layout, to: target.to, add: target.begun });
            self.gate_apart(target, layout);
        }
        Ok(())
    }

    fn operation(&mut self, operation: &Operation) -> Result<(), Unsupported> {
        let Some(gradient) = self.gradients[operation.output.index()] else { return Ok(()) };
        let output = self.draft.layout(operation.output)?;
        let first = operation.inputs[0];
        let is_active = self.draft.active[first.index()];
        let input = self.draft.layout(first)?;
        let mut passed_on: Vec<ValueId> = Vec::new();
        match &operation.kind {
            Kind::Convolution { weight, bias, window, groups } => {
                let shape = self.draft.shape(*weight, *window, *groups, output.channels);
                let weight = *weight;
                if self.wish.trained.contains(&weight) {
                    let (from, gather) = (self.draft.place(first)?, Arc::new(window.forward()));
                    let joint = Joint::WeightGradient { weight, shape, gather, from, input, gradient, output };
                    self.steps.push(Step::Joint(joint));
                }
                if let Some(bias) = bias.filter(|bias| self.wish.trained.contains(bias)) {
                    self.steps.push(Step::Joint(Joint::BiasGradient { bias, gradient, layout: output }));
                }
                if is_active {
                    let Target { to, finish, .. } = self.target(first, input);
                    let kernel = self.draft.kernel(weight, shape, true);
                    self.steps.push(Step::Convolve {
                        kernel,
                        from: gradient,
                        input: output,
                        to,
                        output: input,
                        finish,
                    });
                }
            }
            Kind::Normalize { .. } => {
                let from = self.draft.place(first)?;
                let known = self.draft.normalizations.iter().position(|it| it.output == operation.output);
                let to = is_active.then(|| self.target(first, input)).map(|target| (target.to, target.finish));
                let normalization = known.unwrap_or(0);
                let joint = Joint::NormalizeReverse { normalization, from, gradient, to, layout: output };
                self.steps.push(Step::Joint(joint));
            }
            Kind::AveragePool(window) if is_active => {
                let target = self.target(first, input);
                let kernel = self.draft.average(*window, window.reverse(), input);
                let (to, finish) = (target.to, target.finish);
                self.steps.push(Step::Convolve { kernel, from: gradient, input: output, to, output: input, finish });
            }
            Kind::Scale { scale: Some(scale), .. } if is_active => {
                let target = self.target(first, input);
                let scale = Some(self.draft.constant(scale, input.stride));
                let (to, finish) = (target.to, target.finish);
                self.steps.push(Step::Scale { scale, from: gradient, to, layout: input, finish });
            }
            Kind::Scale { scale: None, .. } | Kind::Flatten if is_active => passed_on.push(first),
            Kind::Activation(activation) if is_active => {
                let saved = self.draft.place(first)?;
                let activation = *activation;
                self.steps.push(Step::ActivateReverse { activation, saved, gradient, layout: output });
                passed_on.push(first);
            }
            Kind::MaxPool(window) if is_active => {
                let target = self.cleared_target(first, input);
                let chosen = self.draft.records[operation.output.index()].unwrap_or(0);
                let gather = Arc::new(window.forward());
                self.steps.push(Step::MaxPoolReverse { gather, gradient, output, to: target.to, input, chosen });
                self.gate_apart(target, input);
            }
            Kind::Moves(moves) => {
                for (moved, &id) in moves.iter().zip(&operation.inputs) {
                    if self.draft.active[id.index()] {
                        let input = self.draft.layout(id)?;
                        let target = self.cleared_target(id, input);
                        let moved = Arc::new(moved.clone());
                        self.steps.push(Step::MoveReverse { moved, gradient, output, to: target.to, input });
                        self.gate_apart(target, input);
                    }
                }
            }
            Kind::Resample { matrix, along_rows } if is_active => {
                let target = self.target(first, input);
                let inner = if *along_rows { output.width * output.stride } else { output.stride };
                self.steps.push(Step::Resample {
                    matrix: Arc::new(matrix.transposed()),
                    from: gradient,
                    input: output,
                    to: target.to,
                    output: input,
                    inner,
                    add: target.begun,
                });
                self.gate_apart(target, input);
            }
            _ => {}
        }
        passed_on.extend(operation.add.filter(|id| self.draft.active[id.index()]));
        self.pass_on(gradient, &passed_on)
    }

    /// Gives a gradient on as it is: to the last of the receivers without a copy, where its own has not begun.
    fn pass_on(&mut self, gradient: Place, receivers: &[ValueId]) -> Result<(), Unsupported> {
        for (index, &id) in receivers.iter().enumerate() {
            let layout = self.draft.layout(id)?;
            let is_last = index + 1 == receivers.len();
            let place = &mut self.gradients[id.index()];
            if is_last && place.is_none() {
                *place = Some(gradient);
                let target = self.target(id, layout);
                // Nothing is added: the gradient is where it belongs already.
                let target = Target { finish: Finish { add: None, ..target.finish }, ..target };
                self.gate_apart(target, layout);
            } else {
                let target = self.target(id, layout);
                let (to, finish) = (target.to, target.finish);
                self.steps.push(Step::Scale { scale: None, from: gradient, to, layout, finish });
            }
        }
        Ok(())
    }

    /// Where the next contribution to a value's gradient goes. The last one is gated by the value's clamp.
    fn target(&mut self, id: ValueId, layout: Layout) -> Target {
        let index = id.index();
        let begun = self.gradients[index].is_some();
        let to = *self.gradients[index].get_or_insert_with(|| self.draft.buffers.numbers(layout));
        self.waiting[index] -= 1;
        let clamped = self.draft.operations.iter().any(|made| made.output == id && made.clamp.is_some());
        let gated = self.waiting[index] == 0 && clamped && Some(id) != self.wish.wrt;
        let gate = if gated { self.draft.records[index] } else { None };
        Target { to, begun, finish: Finish { add: begun.then_some(to), gate, ..Finish::default() } }
    }

    /// As [`Self::target`], for steps that add to what is there.
    fn cleared_target(&mut self, id: ValueId, layout: Layout) -> Target {
        let target = self.target(id, layout);
        if !target.begun {
            self.steps.push(Step::Clear { to: target.to, layout });
        }
        target
    }

    /// Gates in a pass of its own, for steps that cannot do it while they write.
    fn gate_apart(&mut self, target: Target, layout: Layout) {
        if target.finish.gate.is_some() {
            let finish = Finish { add: None, ..target.finish };
            self.steps.push(Step::Scale { scale: None, from: target.to, to: target.to, layout, finish });
        }
    }
}

/// The operations through which a gradient goes back.
fn reversible<'a>(draft: &'a Draft<'_>, wish: &'a Wish) -> impl DoubleEndedIterator<Item = &'a Operation> {
    draft
        .operations
        .iter()
        .filter(|operation| draft.active[operation.output.index()] && Some(operation.output) != wish.wrt)
}
