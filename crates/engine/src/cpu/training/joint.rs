//! The steps that see all images of a batch: normalization by its statistics, gradients of weights and biases.
//!
//! Sums over a batch are made for fixed groups of images and folded in their order, or for each output channel on its
//! own over all images: so the number of threads changes no bit.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use transferscope_network::array::Array;

use super::weight_gradient::{SingleGradient, WeightGradient};
use crate::cpu::{
    kernels::{
        Epilogue,
        elementwise::{Blend, Scale},
        gather::Gather,
    },
    lanes::dispatch,
    plan::{Finish, Layout, Place, Shape},
    runner::{Memory, Runner, Scratch},
    workspace::Batch,
};

/// Images whose sums are made together. Part of the definition of a sum: never the number of threads.
pub(super) const GROUP: usize = 8;
/// Output channels whose weight gradients are made together, at least: whole register tiles of every tier.
const OUTPUTS: usize = 24;
/// The same where there is one tap, so that nothing else is left to be shared out.
const OUTPUTS_OF_ONE_TAP: usize = 4;

/// The statistics of one normalization in one batch.
#[derive(Clone, Debug, Default)]
pub(super) struct Statistics {
    /// The mean of each channel.
    pub mean: Vec<f64>,
    /// The biased variance of each channel.
    pub variance: Vec<f64>,
    /// Numbers behind each.
    pub count: usize,
}

/// A batch in memory.
#[derive(Clone, Copy)]
pub(super) struct Joined<'a> {
    pub batch: Batch<'a>,
    pub memory: Memory<'a>,
    /// Room for kernels, used again.
    pub scratches: &'a Mutex<Vec<Scratch>>,
}

impl<'a> Joined<'a> {
    /// The groups of images: first and count.
    pub(super) fn groups(&self) -> Vec<(usize, usize)> {
        let images = self.batch.images;
        (0..images).step_by(GROUP).map(|first| (first, GROUP.min(images - first))).collect()
    }

    /// Does something for each group, on as many threads as there are; results in the order of the groups.
    pub(super) fn each<T: Send>(&self, work: impl Fn(&mut Runner<'a, '_>) -> T + Sync) -> Vec<T> {
        self.groups()
            .into_par_iter()
            .map(|(first, count)| {
                let scratches = || self.scratches.lock().unwrap_or_else(PoisonError::into_inner);
                let mut scratch = scratches().pop().unwrap_or_default();
                let runner =
                    &mut Runner { batch: self.batch, memory: self.memory, first, count, scratch: &mut scratch };
                let result = work(runner);
                scratches().push(scratch);
                result
            })
            .collect()
    }

    /// Mean and variance of each channel over all pixels of all images.
    #[expect(clippy::cast_precision_loss, reason = "a batch has far fewer than 2^52 pixels")]
    pub(super) fn statistics(&self, from: Place, layout: Layout) -> Statistics {
        let sums = self.summed(layout.stride, |runner, [sum, square]| {
            for pixel in runner.read(from, layout).chunks_exact(layout.stride) {
                for ((sum, square), &number) in sum.iter_mut().zip(square.iter_mut()).zip(pixel) {
                    let number = f64::from(number);
                    *sum += number;
                    *square += number * number;
                }
            }
        });
        let count = self.batch.images * layout.pixels();
        let mean: Vec<f64> = sums[0].iter().map(|sum| sum / count as f64).collect();
        let second = sums[1].iter().map(|square| square / count as f64);
        let variance = second.zip(&mean).map(|(second, mean)| (second - mean * mean).max(0.0)).collect();
        Statistics { mean, variance, count }
    }

    /// (x − mean) · γ / √(variance + ε) + β, and the epilogue.
    pub(super) fn normalize(
        &self,
        (from, to, layout): (Place, Place, Layout),
        statistics: &Statistics,
        [gamma, beta]: [&Array<f32>; 2],
        epsilon: f64,
        finish: &Finish,
    ) {
        let factor =
            |channel: usize| f64::from(gamma.data()[channel]) / (statistics.variance[channel] + epsilon).sqrt();
        let scale = by_channel(layout, factor);
        let shift = by_channel(layout, |c| f64::from(beta.data()[c]) - statistics.mean[c] * factor(c));
        self.each(|runner| {
            dispatch(
                self.batch.tier,
                Scale {
                    input: runner.start(from, layout).cast_const(),
                    output: runner.start(to, layout),
                    pixels: runner.count * layout.pixels(),
                    stride: layout.stride,
                    scale: Some(&scale),
                    epilogue: Epilogue { bias: shift.as_ptr(), ..runner.epilogue(finish, layout) },
                },
            );
        });
    }

    /// The gradients of γ and β; and of x, where it is wanted:
    /// γ/√(v+ε) · (g − mean(g) − x̂ · mean(g x̂)), with x̂ the normalized input.
    #[expect(clippy::cast_precision_loss, reason = "a batch has far fewer than 2^52 pixels")]
    pub(super) fn normalize_reverse(
        &self,
        (from, gradient, layout): (Place, Place, Layout),
        to: Option<&(Place, Finish)>,
        statistics: &Statistics,
        gamma: &Array<f32>,
        epsilon: f64,
    ) -> [Array<f32>; 2] {
        let sums = self.summed(layout.stride, |runner, [sum, product]| {
            let pixels = runner.read(from, layout).chunks_exact(layout.stride);
            for (pixel, gradients) in pixels.zip(runner.read(gradient, layout).chunks_exact(layout.stride)) {
                let numbers = pixel.iter().zip(gradients);
                for ((sum, product), (&number, &gradient)) in sum.iter_mut().zip(product.iter_mut()).zip(numbers) {
                    *sum += f64::from(gradient);
                    *product += f64::from(gradient) * f64::from(number);
                }
            }
        });
        let inverse = |channel: usize| 1.0 / (statistics.variance[channel] + epsilon).sqrt();
        // Σ g x̂ = (Σ g x − mean Σ g) / √(v + ε)
        let aligned = |c: usize| (sums[1][c] - statistics.mean[c] * sums[0][c]) * inverse(c);
        if let Some((to, finish)) = to {
            let count = statistics.count as f64;
            let first = |c: usize| f64::from(gamma.data()[c]) * inverse(c);
            let second = |c: usize| -first(c) * inverse(c) * aligned(c) / count;
            let gradient_scale = by_channel(layout, first);
            let input_scale = by_channel(layout, second);
            let shift = by_channel(layout, |c| -first(c) * sums[0][c] / count - second(c) * statistics.mean[c]);
            self.each(|runner| {
                dispatch(
                    self.batch.tier,
                    Blend {
                        first: runner.start(gradient, layout).cast_const(),
                        first_scale: &gradient_scale,
                        second: runner.start(from, layout).cast_const(),
                        second_scale: &input_scale,
                        output: runner.start(*to, layout),
                        pixels: runner.count * layout.pixels(),
                        stride: layout.stride,
                        epilogue: Epilogue { bias: shift.as_ptr(), ..runner.epilogue(finish, layout) },
                    },
                );
            });
        }
        [row(layout, aligned), row(layout, |channel| sums[0][channel])]
    }

    /// The sum of a gradient over pixels.
    pub(super) fn bias(&self, gradient: Place, layout: Layout) -> Array<f32> {
        let sums = self.summed(layout.stride, |runner, [sum, _]| {
            for pixel in runner.read(gradient, layout).chunks_exact(layout.stride) {
                sum.iter_mut().zip(pixel).for_each(|(sum, &number)| *sum += f64::from(number));
            }
        });
        row(layout, |channel| sums[0][channel])
    }

    /// The gradient of a convolution's weight, `[O, C/groups, taps]` row-major, under the weight's own shape.
    pub(super) fn weight(
        &self,
        gather: &Gather,
        shape: Shape,
        (from, input): (Place, Layout),
        (gradient, output): (Place, Layout),
        weight: &Array<f32>,
    ) -> Array<f32> {
        if shape.is_depthwise() {
            return self.single_weight(gather, (from, input), (gradient, output), weight);
        }
        let whole = Runner {
            batch: self.batch,
            memory: self.memory,
            first: 0,
            count: self.batch.images,
            scratch: &mut Scratch::default(),
        };
        let (x, dy) = (whole.read(from, input), whole.read(gradient, output));
        // How outputs and taps are shared out changes no bit: each has sums of its own.
        let threads = rayon::current_num_threads().max(1);
        let least = if gather.taps == 1 { OUTPUTS_OF_ONE_TAP } else { OUTPUTS };
        let share = shape.outputs.div_ceil(threads).next_multiple_of(least);
        let by_taps = threads.div_ceil(shape.outputs.div_ceil(share));
        let taps = gather.taps.div_ceil(by_taps).max(1);
        let starts = |all: usize, step: usize| (0..all).step_by(step);
        let parts: Vec<(usize, usize)> =
            starts(shape.outputs, share).flat_map(|o| starts(gather.taps, taps).map(move |t| (o, t))).collect();
        let sums: Vec<Vec<f32>> = parts
            .par_iter()
            .map(|&(first, tap)| {
                let some = tap..(tap + taps).min(gather.taps);
                let mut gradient = vec![0.0_f32; share.min(shape.outputs - first) * some.len() * input.stride];
                let job = WeightGradient {
                    gather,
                    images: self.batch.images,
                    input: x,
                    input_pixels: input.pixels(),
                    input_stride: input.stride,
                    output: dy,
                    output_stride: output.stride,
                    first,
                    taps: some,
                    gradient: &mut gradient,
                };
                dispatch(self.batch.tier, job);
                gradient
            })
            .collect();
        let mut result = Array::filled(weight.shape().to_vec(), 0.0);
        let (own, outputs) = (shape.group_inputs(), shape.outputs / shape.groups);
        let numbers = result.data_mut();
        for ((first, tap), sums) in parts.into_iter().zip(sums) {
            let width = taps.min(gather.taps - tap);
            for (row, sums) in sums.chunks_exact(width * input.stride).enumerate() {
                let made = first + row;
                let group = made / outputs * own;
                for place in 0..width {
                    for channel in 0..own {
                        numbers[(made * own + channel) * gather.taps + tap + place] =
                            sums[place * input.stride + group + channel];
                    }
                }
            }
        }
        result
    }

    /// As [`Self::weight`] where each channel has its own window.
    fn single_weight(
        &self,
        gather: &Gather,
        (from, input): (Place, Layout),
        (gradient, output): (Place, Layout),
        weight: &Array<f32>,
    ) -> Array<f32> {
        let parts = self.each(|runner| {
            let mut sums = vec![0.0_f32; gather.taps * input.stride];
            dispatch(
                self.batch.tier,
                SingleGradient {
                    gather,
                    input: runner.read(from, input),
                    input_pixels: input.pixels(),
                    output: runner.read(gradient, output),
                    stride: input.stride,
                    gradient: &mut sums,
                },
            );
            sums
        });
        let mut result = Array::filled(weight.shape().to_vec(), 0.0);
        for part in parts {
            for (index, number) in result.data_mut().iter_mut().enumerate() {
                *number += part[index % gather.taps * input.stride + index / gather.taps];
            }
        }
        result
    }

    /// Two sums for each channel: for each group, folded in the order of the groups.
    fn summed(&self, stride: usize, add: impl Fn(&mut Runner<'a, '_>, [&mut Vec<f64>; 2]) + Sync) -> [Vec<f64>; 2] {
        let parts = self.each(|runner| {
            let (mut first, mut second) = (vec![0.0; stride], vec![0.0; stride]);
            add(runner, [&mut first, &mut second]);
            [first, second]
        });
        let mut total = [vec![0.0; stride], vec![0.0; stride]];
        for part in parts {
            for (total, part) in total.iter_mut().zip(part) {
                total.iter_mut().zip(part).for_each(|(total, number)| *total += number);
            }
        }
        total
    }
}

/// One number a channel as f32, 0 in the padding.
#[expect(clippy::cast_possible_truncation, reason = "rounded to f32 once")]
fn by_channel(layout: Layout, number: impl Fn(usize) -> f64) -> Vec<f32> {
    (0..layout.stride).map(|channel| if channel < layout.channels { number(channel) as f32 } else { 0.0 }).collect()
}

/// One number a channel as an array.
#[expect(clippy::cast_possible_truncation, reason = "rounded to f32 once")]
fn row(layout: Layout, number: impl Fn(usize) -> f64) -> Array<f32> {
    let mut array = Array::filled(vec![layout.channels], 0.0);
    array.data_mut().iter_mut().enumerate().for_each(|(channel, target)| *target = number(channel) as f32);
    array
}
