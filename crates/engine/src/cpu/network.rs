//! A graph run by this engine, its weights fixed.

use std::{
    collections::HashMap,
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

/// A graph with its kernels and plans. Of the folded graph no weights are kept, for kernels are made of them once; where a later
/// plan needs others it is folded again.
struct Compiled {
    ids: HashMap<String, ValueId>,
    is_folded: bool,
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
    graph: Graph,
    plain: Compiled,
    folded: Compiled,
    choice: Choice,
    shapes: Vec<Vec<usize>>,
    bytes: Mutex<Vec<Vec<u8>>>,
}

impl CpuNetwork {
    /// Compiles a graph.
    ///
    /// # Errors
    /// Where it has an operator that this engine cannot run; the error names the node.
    pub fn new(graph: &Graph, options: CpuOptions) -> Result<Self, EngineError> {
        let folded = folded(graph)?;
        let shapes = graph.shapes(1).map_err(failed)?;
        let tier = fitting(options.tier, options.precision, graph, &shapes);
        let tile = |size| options.winograd.then_some(size);
        // One product in bf16 leaves no room for the larger rounding errors of larger tiles.
        let reverse = tile(if options.precision == Precision::Bf16 { TileSize::Two } else { TileSize::Four });
        let choice = Choice { tier, precision: options.precision, forward: tile(TileSize::Two), reverse };
        let network = Self {
            graph: graph.clone(),
            plain: Compiled::new(graph, false),
            folded: Compiled::new(&folded, true),
            choice,
            shapes,
            bytes: Mutex::default(),
        };
        // Says at once whether the graph can be run, gradients included. Kernels are made when they are first used: those of
        // the reverse pass are as large as the weights again, and whoever asks for outputs alone never needs them.
        let input = network.input_name();
        let compiled = network.compiled(&[network.output()], &[input], Some(input))?;
        let wish = compiled.wish(&[network.output()], &[input], Some(input));
        build(if compiled.is_folded { &folded } else { graph }, &wish, choice).map_err(unsupported)?;
        Ok(network)
    }

    /// The vector instructions in use.
    #[must_use]
    pub fn tier(&self) -> Tier {
        self.choice.tier
    }

    /// The plan for these names, on the folded graph where it has them all.
    fn plan(&self, want: &[&str], given: &[&str], wrt: Option<&str>) -> Result<Arc<Ready>, EngineError> {
        let compiled = self.compiled(want, given, wrt)?;
        let wish = compiled.wish(want, given, wrt);
        // Whoever wants a plan that another thread makes waits for it, so that there is one folded graph at a time.
        let mut plans = compiled.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, ready)) = plans.iter().find(|(other, _)| *other == wish) {
            return Ok(Arc::clone(ready));
        }
        let ready = Arc::new(match compiled.is_folded {
            true => compiled.ready(&folded(&self.graph)?, &wish, self.choice)?,
            false => compiled.ready(&self.graph, &wish, self.choice)?,
        });
        plans.push((wish, Arc::clone(&ready)));
        Ok(ready)
    }

    fn compiled(&self, want: &[&str], given: &[&str], wrt: Option<&str>) -> Result<&Compiled, EngineError> {
        let names = || want.iter().chain(given).copied().chain(wrt);
        if let Some(unknown) = names().find(|name| self.shape_of(name).is_none()) {
            return Err(EngineError::UnknownValue { name: unknown.to_owned() });
        }
        let is_folded = names().all(|name| self.folded.ids.contains_key(name));
        Ok(if is_folded { &self.folded } else { &self.plain })
    }

    fn shape_of(&self, name: &str) -> Option<&[usize]> {
        let id = self.graph.find(name)?;
        if self.graph.weight(id).is_some() { None } else { self.shapes[id.index()].get(1..) }
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

    /// Runs steps for a group. Its workspace is given back at once where nothing in it is read again, so that there are as many as
    /// threads and not as many as groups.
    fn run(&self, ready: &Ready, steps: &[Step], group: &mut Group, external: &mut External<'_>) {
        let images = group.count;
        let mut workspace = group.carried.take().unwrap_or_else(Workspace::taken);
        workspace.fit(&mut group.bytes, &ready.plan, images);
        let batch = Batch { plan: &ready.plan, tables: &ready.tables, tier: self.choice.tier, images };
        for step in steps {
            workspace.step(&mut group.bytes, &batch, step, external);
        }
        if ready.plan.carries {
            group.carried = Some(workspace);
        } else {
            workspace.give_back();
        }
    }

    /// Keeps the memory of groups for others.
    fn dismiss(&self, groups: Vec<Group>) {
        let mut pool = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        for group in groups {
            pool.push(group.bytes);
            group.carried.into_iter().for_each(Workspace::give_back);
        }
    }

    /// The forward pass of all groups; the workspaces hold what the reverse pass needs.
    fn ahead(&self, ready: &Ready, fed: &[&Array<f32>], rows: usize, want: &[&str]) -> Result<Ahead, EngineError> {
        let mut values: Vec<Array<f32>> =
            want.iter().map(|name| Array::filled(batch(rows, self.shape_of(name).unwrap_or_default()), 0.0)).collect();
        let bytes = || self.bytes.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let group = |(start, count)| Group { start, count, bytes: bytes(), carried: None };
        let mut groups: Vec<Group> = grouped(rows, ready.plan.numbers).into_iter().map(group).collect();
        let mut outputs = split(&mut values, &ready.plan.want, &groups);
        groups.par_iter_mut().zip(outputs.par_iter_mut()).for_each(|(group, outputs)| {
            let inputs = fed.iter().map(|array| part(array, (group.start, group.count))).collect();
            let mut external = External { inputs, outputs: std::mem::take(outputs) };
            self.run(ready, &ready.plan.forward, group, &mut external);
        });
        for (name, value) in want.iter().zip(&values) {
            finite(name, value)?;
        }
        Ok(Ahead { values, groups })
    }
}

/// What a forward pass leaves.
struct Ahead {
    values: Vec<Array<f32>>,
    groups: Vec<Group>,
}

/// Images that are worked on together.
struct Group {
    /// Its first row.
    start: usize,
    /// Its rows.
    count: usize,
    /// What was recorded on the way forward.
    bytes: Vec<u8>,
    /// The workspace, where the way back reads what the way forward left there.
    carried: Option<Workspace>,
}

impl Compiled {
    fn new(graph: &Graph, is_folded: bool) -> Self {
        let ids = graph.values().iter().filter_map(|value| Some((value.name.clone(), graph.find(&value.name)?)));
        Self { ids: ids.collect(), is_folded, kernels: KernelCache::default(), plans: Mutex::default() }
    }

    fn wish(&self, want: &[&str], given: &[&str], wrt: Option<&str>) -> Wish {
        let ids = |names: &[&str]| names.iter().filter_map(|name| self.ids.get(*name).copied()).collect::<Vec<_>>();
        let wrt = wrt.and_then(|name| self.ids.get(name).copied());
        Wish { want: ids(want), given: ids(given), wrt, trained: Vec::new(), by_batch: Vec::new() }
    }

    fn ready(&self, graph: &Graph, wish: &Wish, choice: Choice) -> Result<Ready, EngineError> {
        let mut plan = build(graph, wish, choice).map_err(unsupported)?;
        let tables = self.kernels.tables(&mut plan, graph);
        Ok(Ready { plan, tables })
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
        self.graph.input_shape()
    }

    fn input_name(&self) -> &str {
        self.graph.inputs().first().map_or("", |&id| &self.graph.value(id).name)
    }

    fn output(&self) -> &str {
        &self.graph.value(self.graph.output()).name
    }

    fn value_shape(&self, name: &str) -> Option<Vec<usize>> {
        self.shape_of(name).map(<[usize]>::to_vec)
    }

    fn forward(&self, feed: &Feed, want: &[&str]) -> Result<Vec<Array<f32>>, EngineError> {
        let fed = self.feeds(feed)?;
        let (names, arrays): (Vec<&str>, Vec<&Array<f32>>) = fed.into_iter().unzip();
        let ready = self.plan(want, &names, None)?;
        let ahead = self.ahead(&ready, &arrays, feed.input.rows(), want)?;
        self.dismiss(ahead.groups);
        Ok(ahead.values)
    }

    fn vjp(&self, feed: &Feed, at: &[&str], wrt: &str, rule: &mut CotangentRule<'_>) -> Result<Pulled, EngineError> {
        let fed = self.feeds(feed)?;
        let (names, arrays): (Vec<&str>, Vec<&Array<f32>>) = fed.into_iter().unzip();
        let ready = self.plan(at, &names, Some(wrt))?;
        let rows = feed.input.rows();
        let Ahead { values, mut groups } = self.ahead(&ready, &arrays, rows, at)?;
        let cotangents = rule(&values)?;
        check_cotangents(at, &values, &cotangents)?;
        let mut gradient = [Array::filled(batch(rows, self.shape_of(wrt).unwrap_or_default()), 0.0)];
        let layouts: Vec<Layout> = ready.plan.wrt.into_iter().collect();
        let mut outputs = split(&mut gradient, &layouts, &groups);
        groups.par_iter_mut().zip(outputs.par_iter_mut()).for_each(|(group, outputs)| {
            let inputs = cotangents.iter().map(|array| part(array, (group.start, group.count))).collect();
            let mut external = External { inputs, outputs: std::mem::take(outputs) };
            self.run(&ready, &ready.plan.reverse, group, &mut external);
        });
        self.dismiss(groups);
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
fn split<'a>(arrays: &'a mut [Array<f32>], layouts: &[Layout], groups: &[Group]) -> Vec<Vec<&'a mut [f32]>> {
    let mut parts: Vec<Vec<&mut [f32]>> = groups.iter().map(|_| Vec::with_capacity(arrays.len())).collect();
    for (array, layout) in arrays.iter_mut().zip(layouts) {
        let mut rest = array.data_mut();
        for (part, group) in parts.iter_mut().zip(groups) {
            let (head, tail) = rest.split_at_mut(group.count * layout.pixels() * layout.channels);
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

fn folded(graph: &Graph) -> Result<Graph, EngineError> {
    fold_batch_normalization(graph).map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> EngineError {
    EngineError::Failed { engine: ENGINE, message: error.to_string() }
}

pub(super) fn unsupported(error: Unsupported) -> EngineError {
    EngineError::UnsupportedOperator { engine: ENGINE, operator: error.operator, node: error.node }
}
