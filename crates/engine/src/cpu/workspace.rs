//! Memory for a batch of images, and the steps run in it.

use std::sync::{Mutex, PoisonError};

use super::{
    aligned::{LINE, before_a_line},
    plan::{Plan, Step, Tables},
    runner::{Memory, Runner, Scratch},
    tier::Tier,
};

/// Memory for the buffers of a plan, used again for the next batch. What bytes are recorded on the way forward stands apart: it
/// is small, and the way back may need nothing else.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    numbers: Vec<f32>,
    zeros: Vec<f32>,
    scratch: Scratch,
}

/// Workspaces that nobody uses: of all networks, so that there are as many as threads that run any.
static POOL: Mutex<Vec<Workspace>> = Mutex::new(Vec::new());

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
    /// One that nobody uses.
    pub(crate) fn taken() -> Self {
        POOL.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Leaves it to others.
    pub(crate) fn give_back(self) {
        POOL.lock().unwrap_or_else(PoisonError::into_inner).push(self);
    }

    /// Makes room for a plan and so many images. What forward steps leave is there for reverse steps of the same plan
    /// and batch.
    pub(crate) fn fit(&mut self, bytes: &mut Vec<u8>, plan: &Plan, images: usize) {
        let numbers = plan.numbers * images + LINE;
        if self.numbers.len() < numbers {
            self.numbers.resize(numbers, 0.0);
        }
        if bytes.len() < plan.bytes * images {
            bytes.resize(plan.bytes * images, 0);
        }
        if self.zeros.len() < plan.widest {
            self.zeros.resize(plan.widest, 0.0);
        }
    }

    /// The memory, for steps that see all images.
    pub(crate) fn memory<'a>(&'a mut self, bytes: &'a mut [u8]) -> Memory<'a> {
        let start = before_a_line(&self.numbers);
        Memory::new(&mut self.numbers[start..], bytes, &self.zeros)
    }

    /// Runs one step of a plan for the whole batch.
    pub(crate) fn step(&mut self, bytes: &mut [u8], batch: &Batch<'_>, step: &Step, external: &mut External<'_>) {
        let start = before_a_line(&self.numbers);
        let memory = Memory::new(&mut self.numbers[start..], bytes, &self.zeros);
        Runner { batch: *batch, memory, first: 0, count: batch.images, scratch: &mut self.scratch }
            .step(step, external);
    }
}
