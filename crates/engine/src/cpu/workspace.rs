//! Memory for one group of images, and the steps run in it.

use super::{
    Tier,
    kernels::{
        Epilogue,
        convolution::Convolution,
        depthwise::Depthwise,
        elementwise::{Scale, activate, activate_reverse},
        max_pool, transfer,
        winograd::Winograd,
    },
    lanes::dispatch,
    plan::{Finish, Kernel, Layout, Place, Plan, Step},
};

/// Numbers of a cache line: buffers start at its multiples.
const LINE: usize = 16;

/// Memory for the buffers of a plan, used again for the next group.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    numbers: Vec<f32>,
    bytes: Vec<u8>,
    zeros: Vec<f32>,
    pointers: PointerRoom,
    places: Vec<usize>,
    room: Vec<f32>,
}

/// Room for pointers; it holds none between two kernel calls.
#[derive(Debug, Default)]
struct PointerRoom(Vec<*const f32>);

// SAFETY: the pointers are made and used within one kernel call, and mean nothing after it.
unsafe impl Send for PointerRoom {}

/// The arrays of the door for one group of images.
pub(crate) struct External<'a> {
    /// What is read, one array a number.
    pub inputs: Vec<&'a [f32]>,
    /// What is written.
    pub outputs: Vec<&'a mut [f32]>,
}

/// One plan in one workspace for so many images.
struct Runner<'a> {
    plan: &'a Plan,
    tier: Tier,
    images: usize,
    numbers: *mut f32,
    bytes: *mut u8,
    zeros: &'a [f32],
    pointers: &'a mut Vec<*const f32>,
    places: &'a mut Vec<usize>,
    room: &'a mut Vec<f32>,
}

impl Workspace {
    /// Runs steps of a plan. What forward steps leave is there for reverse steps of the same plan and images.
    pub(crate) fn run(&mut self, plan: &Plan, steps: &[Step], tier: Tier, images: usize, external: &mut External<'_>) {
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
        let start = self.numbers.as_ptr().align_offset(4 * LINE).min(LINE);
        let mut runner = Runner {
            plan,
            tier,
            images,
            numbers: self.numbers[start..].as_mut_ptr(),
            bytes: self.bytes.as_mut_ptr(),
            zeros: &self.zeros,
            pointers: &mut self.pointers.0,
            places: &mut self.places,
            room: &mut self.room,
        };
        for step in steps {
            runner.step(step, external);
        }
    }
}

impl Runner<'_> {
    fn start(&self, place: Place) -> *mut f32 {
        // SAFETY: offsets of the plan times the images are inside of the numbers, which were made that large.
        unsafe { self.numbers.add(self.plan.offsets[place] * self.images) }
    }

    fn read<'b>(&self, place: Place, layout: Layout) -> &'b [f32] {
        // SAFETY: the plan gives each living buffer its own numbers, and a step that reads one writes another, so no
        // exclusive reference to them exists while the step runs; they outlive the step.
        unsafe { std::slice::from_raw_parts(self.start(place), layout.numbers() * self.images) }
    }

    fn write<'b>(&self, place: Place, layout: Layout) -> &'b mut [f32] {
        // SAFETY: as for `read`; a step asks once for the buffer it writes.
        unsafe { std::slice::from_raw_parts_mut(self.start(place), layout.numbers() * self.images) }
    }

    fn byte_slice<'b>(&self, offset: usize, layout: Layout) -> &'b mut [u8] {
        // SAFETY: runs of bytes do not overlap, and a step asks once for the run it needs.
        unsafe { std::slice::from_raw_parts_mut(self.bytes.add(offset * self.images), layout.numbers() * self.images) }
    }

    fn epilogue(&self, finish: &Finish) -> Epilogue {
        // SAFETY: runs of bytes start inside of the bytes, which were made for so many images.
        let bits = |offset: usize| unsafe { self.bytes.add(offset * self.images) };
        Epilogue {
            bias: finish.bias.as_ref().map_or(std::ptr::null(), |bias| bias.as_ptr()),
            add: finish.add.map_or(std::ptr::null(), |place| self.start(place).cast_const()),
            clamp: finish.clamp,
            record: finish.record.map_or(std::ptr::null_mut(), bits),
            gate: finish.gate.map_or(std::ptr::null(), |offset| bits(offset).cast_const()),
        }
    }

    fn step(&mut self, step: &Step, external: &mut External<'_>) {
        let tier = self.tier;
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
                self.convolve(kernel, (*from, *input), (*to, *output), finish);
            }
            Step::Scale { scale, from, to, layout, finish } => dispatch(
                tier,
                Scale {
                    input: self.start(*from).cast_const(),
                    output: self.start(*to),
                    pixels: self.images * layout.pixels(),
                    stride: layout.stride,
                    scale: scale.as_ref().map(|scale| scale.as_slice()),
                    epilogue: self.epilogue(finish),
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
                    chosen: self.byte_slice(*chosen, *output),
                    stride: output.stride,
                },
            ),
            Step::MaxPoolReverse { gather, gradient, output, to, input, chosen } => max_pool::reverse(
                gather,
                self.read(*gradient, *output),
                self.byte_slice(*chosen, *output),
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
        }
    }

    fn convolve(
        &mut self,
        kernel: &Kernel,
        (from, input): (Place, Layout),
        (to, output): (Place, Layout),
        finish: &Finish,
    ) {
        let (read, written) = (self.start(from).cast_const(), self.start(to));
        let epilogue = self.epilogue(finish);
        match kernel {
            Kernel::Winograd(weights, padding) => dispatch(
                self.tier,
                Winograd {
                    weights,
                    images: self.images,
                    input: read,
                    input_size: [input.height, input.width],
                    input_stride: input.stride,
                    padding: *padding,
                    output: written,
                    output_size: [output.height, output.width],
                    output_stride: output.stride,
                    epilogue,
                    room: self.room,
                },
            ),
            Kernel::Depthwise(gathers, weights) => {
                for gather in gathers {
                    dispatch(
                        self.tier,
                        Depthwise {
                            gather,
                            weights,
                            images: self.images,
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
                for pass in passes {
                    // The bias of a group starts at its first channel.
                    let bias = if epilogue.bias.is_null() {
                        epilogue.bias
                    } else {
                        // SAFETY: a bias has a number for each channel that is written.
                        unsafe { epilogue.bias.add(pass.to) }
                    };
                    dispatch(
                        self.tier,
                        Convolution {
                            gather: &pass.gather,
                            weights: &pass.weights,
                            images: self.images,
                            input: read,
                            input_pixels: input.pixels(),
                            input_stride: input.stride,
                            input_channel: pass.from,
                            output: written,
                            output_pixels: output.pixels(),
                            output_stride: output.stride,
                            output_channel: pass.to,
                            epilogue: Epilogue { bias, ..epilogue },
                            zeros: self.zeros,
                            pointers: self.pointers,
                            places: self.places,
                        },
                    );
                }
            }
        }
    }
}
