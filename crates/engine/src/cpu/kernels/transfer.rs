//! Between the door's arrays (channels first) and the plan's (channels last, padded).

use crate::cpu::plan::Layout;

/// Reads images from the door; channels of padding become 0.
pub(crate) fn import(layout: Layout, array: &[f32], output: &mut [f32]) {
    let pixels = layout.pixels();
    for (image, target) in array.chunks_exact(pixels * layout.channels).zip(output.chunks_exact_mut(layout.numbers())) {
        if pixels == 1 {
            target[..layout.channels].copy_from_slice(image);
            target[layout.channels..].fill(0.0);
            continue;
        }
        for (pixel, numbers) in target.chunks_exact_mut(layout.stride).enumerate() {
            for (channel, number) in numbers.iter_mut().enumerate() {
                *number = if channel < layout.channels { image[channel * pixels + pixel] } else { 0.0 };
            }
        }
    }
}

/// As [`import`], added to what is there.
pub(crate) fn import_added(layout: Layout, array: &[f32], output: &mut [f32]) {
    let pixels = layout.pixels();
    for (image, target) in array.chunks_exact(pixels * layout.channels).zip(output.chunks_exact_mut(layout.numbers())) {
        for (pixel, numbers) in target.chunks_exact_mut(layout.stride).enumerate() {
            for (channel, number) in numbers.iter_mut().enumerate().take(layout.channels) {
                *number += image[channel * pixels + pixel];
            }
        }
    }
}

/// Writes images to the door.
pub(crate) fn export(layout: Layout, input: &[f32], array: &mut [f32]) {
    let pixels = layout.pixels();
    for (image, numbers) in array.chunks_exact_mut(pixels * layout.channels).zip(input.chunks_exact(layout.numbers())) {
        if pixels == 1 {
            image.copy_from_slice(&numbers[..layout.channels]);
            continue;
        }
        for (channel, plane) in image.chunks_exact_mut(pixels).enumerate() {
            for (pixel, number) in plane.iter_mut().enumerate() {
                *number = numbers[pixel * layout.stride + channel];
            }
        }
    }
}
