//! A graph run by this engine, its weights fixed.

use std::{
    ops::RangeInclusive,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
};

use rayon::prelude::*;
use transferscope_network::{
    array::Array,
    graph::{Graph, ValueId},
    passes::fold_batch_normalization,
};

use super::{
    Precision, Tier,
    kernels::winograd::TileSize,
    plan::{Choice, KernelCache, Layout, Plan, Step, Tables, Unsupported, Wish, build, fitting},
    workspace::{Batch, External, Workspace},
};
use crate::door::{CotangentRule, EngineError, Feed, Frozen, Pulled, check_cotangents};

/// The name of this engine in errors.
pub(super) const ENGINE: &str = "cpu";

/// Images that are worked on together: at least enough that each weight that is read serves many pixels, at most what
/// still leaves work for all threads.
const GROUP: RangeInclusive<usize> = 16..=64;

/// Numbers that the activations of a group may have above the least group: what stays in the last cache (4 MB). Networks
/// of few activations read their weights less often this way.
const GROUP_NUMBERS: usize = 1 << 20;

/// How this engine runs a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CpuOptions {
    /// The vector instructions; where none are named, or the processor lacks them, those that suit the network best.
    pub tier: Option<Tier>,
    /// Whether 3x3 convolutions may use Winograd's products. Without, every sum is a plain one.
    pub winograd: bool,
    /// What products are made of. Training has [`Precision::F32`] only.
    pub precision: Precision,
}

impl Default for CpuOptions {
    fn default() -> Self {
        Self { tier: None, winograd: true, precision: Precision::F32 }
    }
}

/// `TIER`, `PRECISION` or `TIER-PRECISION`; what is not named is as by default.
impl FromStr for CpuOptions {
    type Err = EngineError;

    fn from_str(words: &str) -> Result<Self, EngineError> {
        let plain = Self::default();
        if let Ok(precision) = words.parse() {
            return Ok(Self { precision, ..plain });
        }
        match words.split_once('-') {
            Some((tier, precision)) => Ok(Self { tier: Some(tier.parse()?), precision: precision.parse()?, ..plain }),
            None => Ok(Self { tier: Some(words.parse()?), ..plain }),
        }
    }
}

/// A graph with its kernels and plans.
struct Compiled {
    graph: Graph,
    kernels: KernelCache,
    plans: Mutex<Vec<(Wish, Arc<Ready>)>>,
}

/// A plan with its numbers.
struct Ready {
    plan: Plan,
    tables: Tables,
}

/// A network whose weights do not change, run by this engine.
///
/// Images are worked on in groups, in parallel on the threads of the caller's pool; how they fall into groups changes
/// no bit of any image's numbers.
pub struct CpuNetwork {
    plain: Compiled,
    folded: Compiled,
    choice: Choice,
    shapes: Vec<Vec<usize>>,
    workspaces: Mutex<Vec<Workspace>>,
}

impl CpuNetwork {
    /// Compiles a graph.
    ///
    /// # Errors
    /// Where it has an operator that this engine cannot run; the error names the node.
    pub fn new(graph: &Graph, options: CpuOptions) -> Result<Self, EngineError> {
        let failed = |error: &dyn std::fmt::Display| EngineError::Failed { engine: ENGINE, message: error.to_string() };
        let folded = fold_batch_normalization(graph).map_err(|error| failed(&error))?;
        let shapes = graph.shapes(1).map_err(|error| failed(&error))?;
        let tier = fitting(options.tier, options.precision, graph, &shapes);
        let tile = |size| options.winograd.then_some(size);
        // One product in bf16 leaves no room for the larger rounding errors of larger tiles.
        let reverse = tile(if options.precision == Precision::Bf16 { TileSize::Two } else { TileSize::Four });
        let choice = Choice { tier, precision: options.precision, forward: tile(TileSize::Two), reverse };
        let network = Self {
            plain: Compiled::new(graph.clone()),
            folded: Compiled::new(folded),
            choice,
            shapes,
            workspaces: Mutex::new(Vec::new()),
        };
        // Says at once whether the graph can be run, gradients included. Kernels are made when they are first used: those of
        // the reverse pass are as large as the weights again, and whoever asks for outputs alone never needs them.
        let input = network.input_name();
        network.compiled(&[network.output()], &[input], Some(input))?.check(
            &[network.output()],
            &[input],
            Some(input),
            choice,
        )?;
        Ok(network)
    }

    /// The vector instructions in use.
    #[must_use]
    pub fn tier(&self) -> Tier {
        self.choice.tier
    }

    /// The plan for these names, on the folded graph where it has them all.
    fn plan(&self, want: &[&str], given: &[&str], wrt: Option<&str>) -> Result<Arc<Ready>, EngineError> {
        self.compiled(want, given, wrt)?.plan(want, given, wrt, self.choice)
    }

    fn compiled(&self, want: &[&str], given: &[&str], wrt: Option<&str>) -> Result<&Compiled, EngineError> {
        let names = || want.iter().chain(given).copied().chain(wrt);
        if let Some(unknown) = names().find(|name| self.shape_of(name).is_none()) {
            return Err(EngineError::UnknownValue { name: unknown.to_owned() });
        }
        let is_folded = names().all(|name| self.folded.graph.find(name).is_some());
        Ok(if is_folded { &self.folded } else { &self.plain })
    }

    fn shape_of(&self, name: &str) -> Option<&[usize]> {
        let id = self.plain.graph.find(name)?;
        if self.plain.graph.weight(id).is_some() { None } else { self.shapes[id.index()].get(1..) }
    }

    /// The fed arrays, the input first, each checked; an overridden input takes the batch's place.
    fn feeds<'a>(&'a self, feed: &'a Feed) -> Result<Vec<(&'a str, &'a Array<f32>)>, EngineError> {
        let mut fed: Vec<(&str, &Array<f32>)> = vec![(self.input_name(), &feed.input)];
        for (name, array) in &feed.overrides {
            match fed.iter_mut().find(|(other, _)| other == name) {
                Some(entry) => entry.1 = array,
                None => fed.push((name, array)),
            }
        }
        let rows = feed.input.rows();
        for (name, array) in &fed {
            let expected = self.shape_of(name).ok_or_else(|| EngineError::UnknownValue { name: (*name).to_owned() })?;
            if array.shape().get(1..) != Some(expected) || array.shape().first() != Some(&rows) {
                return Err(EngineError::Shape {
                    name: (*name).to_owned(),
                    expected: expected.to_vec(),
                    found: array.shape().to_vec(),
                });
            }
        }
        Ok(fed)
    }

    fn workspace(&self) -> Workspace {
        self.workspaces.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn give_back(&self, workspaces: impl IntoIterator<Item = Workspace>) {
        self.workspaces.lock().unwrap_or_else(PoisonError::into_inner).extend(workspaces);
    }

    fn run(
        &self,
        ready: &Ready,
        steps: &[Step],
        workspace: &mut Workspace,
        images: usize,
        external: &mut External<'_>,
    ) {
        workspace.fit(&ready.plan, images);
        let batch = Batch { plan: &ready.plan, tables: &ready.tables, tier: self.choice.tier, images };
        for step in steps {
            workspace.step(&batch, step, external);
        }
    }

    /// The forward pass of all groups; the workspaces hold what the reverse pass needs.
    fn ahead(&self, ready: &Ready, fed: &[&Array<f32>], rows: usize, want: &[&str]) -> Result<Ahead, EngineError> {
        let mut values: Vec<Array<f32>> =
            want.iter().map(|name| Array::filled(batch(rows, self.shape_of(name).unwrap_or_default()), 0.0)).collect();
        let groups = grouped(rows, ready.plan.numbers);
        let mut outputs = split(&mut values, &ready.plan.want, &groups);
        let mut workspaces: Vec<Workspace> = groups.iter().map(|_| self.workspace()).collect();
        workspaces.par_iter_mut().zip(&groups).zip(outputs.par_iter_mut()).for_each(|((workspace, group), outputs)| {
            let inputs = fed.iter().map(|array| part(array, *group)).collect();
            let mut external = External { inputs, outputs: std::mem::take(outputs) };
            self.run(ready, &ready.plan.forward, workspace, group.1, &mut external);
        });
        for (name, value) in want.iter().zip(&values) {
            finite(name, value)?;
        }
        Ok(Ahead { values, groups, workspaces })
    }
}

/// What a forward pass leaves.
struct Ahead {
    values: Vec<Array<f32>>,
    /// First row and number of rows.
    groups: Vec<(usize, usize)>,
    workspaces: Vec<Workspace>,
}

impl Compiled {
    fn new(graph: Graph) -> Self {
        Self { graph, kernels: KernelCache::default(), plans: Mutex::new(Vec::new()) }
    }

    fn wish(&self, want: &[&str], given: &[&str], wrt: Option<&str>) -> Wish {
        let ids = |names: &[&str]| names.iter().filter_map(|name| self.graph.find(name)).collect::<Vec<ValueId>>();
        let wrt = wrt.and_then(|name| self.graph.find(name));
        Wish { want: ids(want), given: ids(given), wrt, trained: Vec::new(), by_batch: Vec::new() }
    }

    /// Whether there is a plan; makes no kernels.
    fn check(&self, want: &[&str], given: &[&str], wrt: Option<&str>, choice: Choice) -> Result<(), EngineError> {
        build(&self.graph, &self.wish(want, given, wrt), choice).map(drop).map_err(unsupported)
    }

    fn plan(
        &self,
        want: &[&str],
        given: &[&str],
        wrt: Option<&str>,
        choice: Choice,
    ) -> Result<Arc<Ready>, EngineError> {
        let wish = self.wish(want, given, wrt);
        let find = |plans: &[(Wish, Arc<Ready>)]| {
            plans.iter().find(|(other, _)| *other == wish).map(|(_, plan)| Arc::clone(plan))
        };
        if let Some(plan) = find(&self.plans.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(plan);
        }
        let mut plan = build(&self.graph, &wish, choice).map_err(unsupported)?;
        let tables = self.kernels.tables(&mut plan, &self.graph);
        let plan = Arc::new(Ready { plan, tables });
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(find(&plans).unwrap_or_else(|| {
            plans.push((wish.clone(), Arc::clone(&plan)));
            plan
        }))
    }
}

impl Frozen for CpuNetwork {
    /// With the tier, since the bits depend on it, and the precision where it is not f32.
    fn engine(&self) -> &'static str {
        match (self.choice.tier, self.choice.precision) {
            (Tier::Portable, Precision::F32) => "cpu-portable",
            (Tier::Portable, Precision::Bf16x3) => "cpu-portable-bf16x3",
            (Tier::Portable, Precision::Bf16) => "cpu-portable-bf16",
            (Tier::Avx2, Precision::F32) => "cpu-avx2",
            (Tier::Avx2, Precision::Bf16x3) => "cpu-avx2-bf16x3",
            (Tier::Avx2, Precision::Bf16) => "cpu-avx2-bf16",
            (Tier::Avx512 | Tier::Amx, Precision::F32) => "cpu-avx512",
            (Tier::Avx512, Precision::Bf16x3) => "cpu-avx512-bf16x3",
            (Tier::Avx512, Precision::Bf16) => "cpu-avx512-bf16",
            (Tier::Amx, Precision::Bf16x3) => "cpu-amx-bf16x3",
            (Tier::Amx, Precision::Bf16) => "cpu-amx-bf16",
        }
    }

    fn input_shape(&self) -> &[usize] {
        self.plain.graph.input_shape()
    }

    fn input_name(&self) -> &str {
        self.plain.graph.inputs().first().map_or("", |&id| &self.plain.graph.value(id).name)
    }

    fn output(&self) -> &str {
        &self.plain.graph.value(self.plain.graph.output()).name
    }

    fn value_shape(&self, name: &str) -> Option<Vec<usize>> {
        self.shape_of(name).map(<[usize]>::to_vec)
    }

    fn forward(&self, feed: &Feed, want: &[&str]) -> Result<Vec<Array<f32>>, EngineError> {
        let fed = self.feeds(feed)?;
        let (names, arrays): (Vec<&str>, Vec<&Array<f32>>) = fed.into_iter().unzip();
        let ready = self.plan(want, &names, None)?;
        let ahead = self.ahead(&ready, &arrays, feed.input.rows(), want)?;
        self.give_back(ahead.workspaces);
        Ok(ahead.values)
    }

    fn vjp(&self, feed: &Feed, at: &[&str], wrt: &str, rule: &mut CotangentRule<'_>) -> Result<Pulled, EngineError> {
        let fed = self.feeds(feed)?;
        let (names, arrays): (Vec<&str>, Vec<&Array<f32>>) = fed.into_iter().unzip();
        let ready = self.plan(at, &names, Some(wrt))?;
        let rows = feed.input.rows();
        let Ahead { values, groups, mut workspaces } = self.ahead(&ready, &arrays, rows, at)?;
        let cotangents = rule(&values)?;
        check_cotangents(at, &values, &cotangents)?;
        let mut gradient = [Array::filled(batch(rows, self.shape_of(wrt).unwrap_or_default()), 0.0)];
        let layouts: Vec<Layout> = ready.plan.wrt.into_iter().collect();
        let mut outputs = split(&mut gradient, &layouts, &groups);
        workspaces.par_iter_mut().zip(&groups).zip(outputs.par_iter_mut()).for_each(|((workspace, group), outputs)| {
            let inputs = cotangents.iter().map(|array| part(array, *group)).collect();
            let mut external = External { inputs, outputs: std::mem::take(outputs) };
            self.run(&ready, &ready.plan.reverse, workspace, group.1, &mut external);
        });
        self.give_back(workspaces);
        let [gradient] = gradient;
        finite(wrt, &gradient)?;
        Ok(Pulled { values, gradient })
    }
}

/// Rows in groups: as many groups as the pool has threads, or more where a group would be too large.
/// First row and number of rows of each group, for activations of so many numbers an image.
fn grouped(rows: usize, numbers: usize) -> Vec<(usize, usize)> {
    let threads = rayon::current_num_threads().max(1);
    let most = (GROUP_NUMBERS / numbers.max(1)).clamp(*GROUP.start(), *GROUP.end());
    let size = rows.div_ceil(threads).clamp(1, most);
    (0..rows).step_by(size).map(|start| (start, size.min(rows - start))).collect()
}

/// Each group's part of some arrays.
fn split<'a>(arrays: &'a mut [Array<f32>], layouts: &[Layout], groups: &[(usize, usize)]) -> Vec<Vec<&'a mut [f32]>> {
    let mut parts: Vec<Vec<&mut [f32]>> = groups.iter().map(|_| Vec::with_capacity(arrays.len())).collect();
    for (array, layout) in arrays.iter_mut().zip(layouts) {
        let mut rest = array.data_mut();
        for (part, &(_, count)) in parts.iter_mut().zip(groups) {
            let (head, tail) = rest.split_at_mut(count * layout.pixels() * layout.channels);
            part.push(head);
            rest = tail;
        }
    }
    parts
}

pub(super) fn part(array: &Array<f32>, (start, count): (usize, usize)) -> &[f32] {
    let length = array.row_length();
    &array.data()[start * length..(start + count) * length]
}

fn batch(rows: usize, shape: &[usize]) -> Vec<usize> {
    std::iter::once(rows).chain(shape.iter().copied()).collect()
}

pub(super) fn finite(name: &str, array: &Array<f32>) -> Result<(), EngineError> {
    if array.data().iter().all(|number| number.is_finite()) {
        Ok(())
    } else {
        Err(EngineError::NotFinite { name: name.to_owned() })
    }
}

pub(super) fn unsupported(error: Unsupported) -> EngineError {
    EngineError::UnsupportedOperator { engine: ENGINE, operator: error.operator, node: error.node }
}
