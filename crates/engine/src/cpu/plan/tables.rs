//! The numbers that the steps of a plan use: kernels and vectors, and where they come from.

use std::sync::{Arc, Mutex, PoisonError};

use transferscope_network::graph::{Graph, ValueId};

use super::{Kernel, Plan, Recipe};

/// Where a kernel comes from.
#[derive(Debug)]
pub(crate) enum Source {
    /// It never changes.
    Fixed(Arc<Kernel>),
    /// It is made from a weight.
    Weight(Recipe),
}

/// Where a vector of one number a channel comes from.
#[derive(Debug)]
pub(crate) enum VectorSource {
    /// It never changes.
    Fixed(Arc<Vec<f32>>),
    /// A weight, padded to this stride.
    Weight(ValueId, usize),
}

/// The numbers that the steps of a plan use.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    /// The kernels.
    pub kernels: Vec<Arc<Kernel>>,
    /// The vectors.
    pub vectors: Vec<Arc<Vec<f32>>>,
}

/// The kernels of a graph whose weights do not change, made once for all its plans.
#[derive(Debug, Default)]
pub(crate) struct KernelCache {
    made: Mutex<Vec<(Recipe, Arc<Kernel>)>>,
}

impl KernelCache {
    /// The tables of a plan for the graph's own weights.
    pub(crate) fn tables(&self, plan: &mut Plan, graph: &Graph) -> Tables {
        let numbers = |id: ValueId| graph.weight(id).map_or(&[][..], |array| array.data());
        let kernels = std::mem::take(&mut plan.kernels)
            .into_iter()
            .map(|source| match source {
                Source::Fixed(kernel) => kernel,
                Source::Weight(recipe) => self.kernel(recipe, numbers),
            })
            .collect();
        let vectors = std::mem::take(&mut plan.vectors)
            .into_iter()
            .map(|source| match source {
                VectorSource::Fixed(vector) => vector,
                VectorSource::Weight(id, stride) => padded(numbers(id), stride),
            })
            .collect();
        Tables { kernels, vectors }
    }

    fn kernel<'a>(&self, recipe: Recipe, numbers: impl Fn(ValueId) -> &'a [f32]) -> Arc<Kernel> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, kernel)) = made.iter().find(|(other, _)| other.is_same(&recipe)) {
            return Arc::clone(kernel);
        }
        let kernel = Arc::new(recipe.make(numbers(recipe.weight)));
        made.push((recipe, Arc::clone(&kernel)));
        kernel
    }
}

/// One number a channel, 0 in the padding.
pub(crate) fn padded(numbers: &[f32], stride: usize) -> Arc<Vec<f32>> {
    let mut padded = numbers.to_vec();
    padded.resize(stride, 0.0);
    Arc::new(padded)
}
