//! Memory for a batch of images, and the steps run in it.

use super::{
    aligned::{LINE, before_a_line},
    plan::{Plan, Step, Tables},
    runner::{Memory, Runner, Scratch},
    tier::Tier,
};

/// Memory for the buffers of a plan, used again for the next batch.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    numbers: Vec<f32>,
    bytes: Vec<u8>,
    zeros: Vec<f32>,
    scratch: Scratch,
}

/// The arrays of the door for a batch of images.
pub(crate) struct External<'a> {
    /// What is read, one array a number.
    pub inputs: Vec<&'a [f32]>,
    /// What is written.
    pub outputs: Vec<&'a mut [f32]>,
}

/// A plan with its numbers, for so many images.
#[derive(Clone, Copy)]
pub(crate) struct Batch<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Its kernels and vectors.
    pub tables: &'a Tables,
    /// The vectors of the kernels.
    pub tier: Tier,
    /// Images of the batch.
    pub images: usize,
}

impl Workspace {
    /// Makes room for a plan and so many images. What forward steps leave is there for reverse steps of the same plan
    /// and batch.
    pub(crate) fn fit(&mut self, plan: &Plan, images: usize) {
        let numbers = plan.numbers * images + LINE;
        if self.numbers.len() < numbers {
            self.numbers.resize(numbers, 0.0);
        }
        if self.bytes.len() < plan.bytes * images {
            self.bytes.resize(plan.bytes * images, 0);
        }
        if self.zeros.len() < plan.widest {
            self.zeros.resize(plan.widest, 0.0);
        }
    }

    /// The memory, for steps that see all images.
    pub(crate) fn memory(&mut self) -> Memory<'_> {
        let start = before_a_line(&self.numbers);
        Memory::new(&mut self.numbers[start..], &mut self.bytes, &self.zeros)
    }

    /// Runs one step of a plan for the whole batch.
    pub(crate) fn step(&mut self, batch: &Batch<'_>, step: &Step, external: &mut External<'_>) {
        let start = before_a_line(&self.numbers);
        let memory = Memory::new(&mut self.numbers[start..], &mut self.bytes, &self.zeros);
        Runner { batch: *batch, memory, first: 0, count: batch.images, scratch: &mut self.scratch }
            .step(step, external);
    }
}
