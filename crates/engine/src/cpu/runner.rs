//! One step for some images of a batch: from places of the plan to pointers for a kernel.

use std::marker::PhantomData;

use super::{
    Precision, Tier,
    aligned::from_a_line,
    kernels::{
        Epilogue,
        amx::{Permission, permission},
        bf16::ToPairs,
        convolution::Convolution,
        depthwise::Depthwise,
        elementwise::{Scale, activate, activate_reverse},
        max_pool, transfer,
        winograd::Winograd,
    },
    lanes::dispatch,
    plan::{Finish, Gathered, Kernel, Layout, Place, Step},
    workspace::{Batch, External},
};

/// Where the arrays of a batch start. Several runners share it, each for images of its own.
#[derive(Clone, Copy)]
pub(crate) struct Memory<'a> {
    numbers: *mut f32,
    bytes: *mut u8,
    zeros: &'a [f32],
    life: PhantomData<&'a mut [f32]>,
}

// SAFETY: runners that work at the same time have different images, and a kernel touches the arrays of its images only.
unsafe impl Send for Memory<'_> {}
// SAFETY: as above; the pointers themselves are only copied.
unsafe impl Sync for Memory<'_> {}

impl<'a> Memory<'a> {
    /// Over these arrays, as large as the plan says for the whole batch.
    pub(crate) fn new(numbers: &'a mut [f32], bytes: &'a mut [u8], zeros: &'a [f32]) -> Self {
        Self { numbers: numbers.as_mut_ptr(), bytes: bytes.as_mut_ptr(), zeros, life: PhantomData }
    }
}

/// Room that kernels need while they run.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pointers: PointerRoom,
    places: Vec<usize>,
    tiles: Vec<f32>,
    pairs: Vec<f32>,
}

/// Room for pointers; it holds none between two kernel calls.
#[derive(Debug, Default)]
struct PointerRoom(Vec<*const f32>);

// SAFETY: the pointers are made and used within one kernel call, and mean nothing after it.
unsafe impl Send for PointerRoom {}
// SAFETY: as above; nothing can be read through a shared reference to it.
unsafe impl Sync for PointerRoom {}

/// A plan in memory, for images `first..first + count` of the batch.
pub(crate) struct Runner<'a, 'scratch> {
    pub batch: Batch<'a>,
    pub memory: Memory<'a>,
    pub first: usize,
    pub count: usize,
    pub scratch: &'scratch mut Scratch,
}

impl Runner<'_, '_> {
    /// The first number of the runner's images in a buffer.
    pub(crate) fn start(&self, place: Place, layout: Layout) -> *mut f32 {
        let offset = self.batch.plan.offsets[place] * self.batch.images + self.first * layout.numbers();
        // SAFETY: offsets of the plan times the images of the batch are inside of the numbers.
        unsafe { self.memory.numbers.add(offset) }
    }

    /// A buffer's numbers, to be read.
    pub(crate) fn read<'b>(&self, place: Place, layout: Layout) -> &'b [f32] {
        // SAFETY: the plan gives each living buffer its own numbers, and a step that reads one writes another, so no
        // exclusive reference to them exists while the step runs; they outlive the step.
        unsafe { std::slice::from_raw_parts(self.start(place, layout), layout.numbers() * self.count) }
    }

    fn write<'b>(&self, place: Place, layout: Layout) -> &'b mut [f32] {
        // SAFETY: as for `read`; a step asks once for the buffer it writes.
        unsafe { std::slice::from_raw_parts_mut(self.start(place, layout), layout.numbers() * self.count) }
    }

    /// The first byte of the runner's images in a run that has `an_image` bytes for each.
    fn first_byte(&self, offset: usize, an_image: usize) -> *mut u8 {
        // SAFETY: runs of bytes start inside of the bytes, which were made for all images of the batch.
        unsafe { self.memory.bytes.add(offset * self.batch.images + self.first * an_image) }
    }

    fn chosen<'b>(&self, offset: usize, layout: Layout) -> &'b mut [u8] {
        let start = self.first_byte(offset, layout.numbers());
        // SAFETY: runs of bytes do not overlap, and a step asks once for the run it needs.
        unsafe { std::slice::from_raw_parts_mut(start, layout.numbers() * self.count) }
    }

    /// The epilogue of a kernel that writes a value of this layout.
    pub(crate) fn epilogue(&self, finish: &Finish, layout: Layout) -> Epilogue {
        let bits = |offset: usize| self.first_byte(offset, layout.numbers() / 8);
        Epilogue {
            bias: finish.bias.map_or(std::ptr::null(), |place| self.batch.tables.vectors[place].as_ptr()),
            add: finish.add.map_or(std::ptr::null(), |place| self.start(place, layout).cast_const()),
            clamp: finish.clamp,
            record: finish.record.map_or(std::ptr::null_mut(), bits),
            gate: finish.gate.map_or(std::ptr::null(), |offset| bits(offset).cast_const()),
        }
    }

    /// Runs a step that looks at each image alone.
    pub(crate) fn step(&mut self, step: &Step, external: &mut External<'_>) {
        let tier = self.batch.tier;
        match step {
            Step::Import { array, layout, to, add: false } => {
                transfer::import(*layout, external.inputs[*array], self.write(*to, *layout));
            }
            Step::Import { array, layout, to, add: true } => {
                transfer::import_added(*layout, external.inputs[*array], self.write(*to, *layout));
            }
            Step::Export { array, layout, from } => {
                transfer::export(*layout, self.read(*from, *layout), external.outputs[*array]);
            }
            Step::Convolve { kernel, from, input, to, output, finish } => {
                let kernel = std::sync::Arc::clone(&self.batch.tables.kernels[*kernel]);
                self.convolve(&kernel, (*from, *input), (*to, *output), finish);
            }
            Step::Scale { scale, from, to, layout, finish } => dispatch(
                tier,
                Scale {
                    input: self.start(*from, *layout).cast_const(),
                    output: self.start(*to, *layout),
                    pixels: self.count * layout.pixels(),
                    stride: layout.stride,
                    scale: scale.map(|place| self.batch.tables.vectors[place].as_slice()),
                    epilogue: self.epilogue(finish, *layout),
                },
            ),
            Step::Activate { activation, from, to, layout } => {
                activate(*activation, self.read(*from, *layout), self.write(*to, *layout));
            }
            Step::ActivateReverse { activation, saved, gradient, layout } => {
                activate_reverse(*activation, self.read(*saved, *layout), self.write(*gradient, *layout));
            }
            Step::MaxPool { gather, from, input, to, output, chosen } => dispatch(
                tier,
                max_pool::Forward {
                    gather,
                    input: self.read(*from, *input),
                    input_pixels: input.pixels(),
                    output: self.write(*to, *output),
                    chosen: self.chosen(*chosen, *output),
                    stride: output.stride,
                },
            ),
            Step::MaxPoolReverse { gather, gradient, output, to, input, chosen } => max_pool::reverse(
                gather,
                self.read(*gradient, *output),
                self.chosen(*chosen, *output),
                self.write(*to, *input),
                input.pixels(),
                output.stride,
            ),
            Step::Clear { to, layout } => self.write(*to, *layout).fill(0.0),
            Step::Move { moved, from, input, to, output } => {
                moved.forward(self.read(*from, *input), input.stride, self.write(*to, *output), output.stride);
            }
            Step::MoveReverse { moved, gradient, output, to, input } => {
                moved.reverse(self.read(*gradient, *output), output.stride, self.write(*to, *input), input.stride);
            }
            Step::Resample { matrix, from, input, to, output, inner, add } => {
                matrix.apply(self.read(*from, *input), self.write(*to, *output), *inner, *add);
            }
            // The plan of a fixed network has none, and training runs them itself, with all images at once.
            Step::Joint(_) => {}
        }
    }

    /// The permission to make products in this precision by AMX, on the tier that does so.
    fn amx(&self, precision: Precision) -> Option<Permission> {
        let wanted = self.batch.tier == Tier::Amx && precision != Precision::F32;
        wanted.then(permission).and_then(Result::ok)
    }

    fn convolve(
        &mut self,
        kernel: &Kernel,
        (from, input): (Place, Layout),
        (to, output): (Place, Layout),
        finish: &Finish,
    ) {
        let (read, written) = (self.start(from, input).cast_const(), self.start(to, output));
        let epilogue = self.epilogue(finish, output);
        match kernel {
            Kernel::Winograd(weights, padding) => dispatch(
                self.batch.tier,
                Winograd {
                    weights,
                    images: self.count,
                    input: read,
                    input_size: [input.height, input.width],
                    input_stride: input.stride,
                    padding: *padding,
                    output: written,
                    output_size: [output.height, output.width],
                    output_stride: output.stride,
                    epilogue,
                    amx: self.amx(weights.precision),
                    room: &mut self.scratch.tiles,
                },
            ),
            Kernel::Depthwise(gathers, weights) => {
                for gather in gathers {
                    dispatch(
                        self.batch.tier,
                        Depthwise {
                            gather,
                            weights,
                            images: self.count,
                            input: read,
                            input_pixels: input.pixels(),
                            output: written,
                            output_pixels: output.pixels(),
                            stride: output.stride,
                            epilogue,
                        },
                    );
                }
            }
            Kernel::Gathered(passes) => {
                let Some(Gathered { weights, .. }) = passes.first() else { return };
                let precision = weights.precision;
                // A window over the whole image reads it as one run.
                let run = input.stride.max(weights.channels);
                let source = if precision == Precision::F32 {
                    read
                } else {
                    let numbers = self.read(from, input);
                    let pairs = from_a_line(&mut self.scratch.pairs, precision.places(numbers.len()));
                    let source = pairs.as_ptr();
                    dispatch(self.batch.tier, ToPairs { numbers, run, precision, pairs });
                    source
                };
                for pass in passes {
                    // The bias of a group starts at its first channel.
                    let bias = if epilogue.bias.is_null() {
                        epilogue.bias
                    } else {
                        // SAFETY: a bias has a number for each channel that is written.
                        unsafe { epilogue.bias.add(pass.to) }
                    };
                    dispatch(
                        self.batch.tier,
                        Convolution {
                            gather: &pass.gather,
                            weights: &pass.weights,
                            images: self.count,
                            input: source,
                            input_pixels: input.pixels(),
                            input_stride: precision.places(input.stride),
                            input_channel: if precision == Precision::F32 { pass.from } else { pass.from / 2 },
                            low: run / 2,
                            output: written,
                            output_pixels: output.pixels(),
                            output_stride: output.stride,
                            output_channel: pass.to,
                            epilogue: Epilogue { bias, ..epilogue },
                            zeros: self.memory.zeros,
                            amx: self.amx(precision),
                            pointers: &mut self.scratch.pointers.0,
                            places: &mut self.scratch.places,
                            room: &mut self.scratch.tiles,
                        },
                    );
                }
            }
        }
    }
}
