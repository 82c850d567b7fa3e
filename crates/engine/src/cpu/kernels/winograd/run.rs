//! A convolution by Winograd's products: blocks of tiles, transformed, multiplied, transformed back.

#![expect(clippy::needless_range_loop, reason = "iterators over vectors may not be inlined where the tier is on")]

use super::{
    TileSize, WinogradWeights,
    transform::{Four, Transform, Two},
};
use crate::cpu::{
    Precision,
    aligned::from_a_line,
    kernels::{
        Epilogue,
        amx::{self, Permission, Product},
        bf16::store_parts,
        packed::Panel,
        tile::{sums_in, with_rows},
    },
    lanes::{Job, Lanes},
};

/// Bytes of transformed inputs and products that a block of tiles may have: what a second-level cache holds.
const BLOCK_BYTES: usize = 400 * 1024;
/// Tiles of a block, at least: each transformed weight that is read serves so many.
const LEAST_TILES: usize = 48;
/// Numbers between the planes of two products beside their own, so that they do not fall into one cache set.
const PLANE_GAP: usize = 16;

/// One 3x3 convolution with stride 1 over a batch of images in channels-last order, forward or in reverse.
pub(crate) struct Winograd<'a> {
    /// The transformed weights.
    pub weights: &'a WinogradWeights,
    /// Images.
    pub images: usize,
    /// The input.
    pub input: *const f32,
    /// Height and width of an input image.
    pub input_size: [usize; 2],
    /// Numbers between input pixels: whole vectors.
    pub input_stride: usize,
    /// Zeros above and on the left.
    pub padding: [usize; 2],
    /// The output.
    pub output: *mut f32,
    /// Height and width of an output image.
    pub output_size: [usize; 2],
    /// Numbers between output pixels: whole vectors.
    pub output_stride: usize,
    /// What is done with the sums.
    pub epilogue: Epilogue,
    /// Where AMX makes the products: the weights are in bf16.
    pub amx: Option<Permission>,
    /// Room for transformed tiles.
    pub room: &'a mut Vec<f32>,
}

/// Where a block's arrays lie.
#[derive(Clone, Copy)]
struct Block {
    /// Transformed inputs, in the precision of the weights: \[product\]\[tile\]\[row\].
    inputs: *mut f32,
    /// Products: \[product\]\[tile\]\[outputs\].
    products: *mut f32,
    /// Places between the inputs of two tiles.
    row: usize,
    /// Numbers between two products' inputs.
    input_plane: usize,
    /// Numbers between two products.
    product_plane: usize,
}

impl Job for Winograd<'_> {
    const USES_BF16: bool = true;

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        match self.weights.size {
            TileSize::Two => self.tiles::<L, Two, 2, 4>(lanes),
            TileSize::Four => self.tiles::<L, Four, 4, 6>(lanes),
        }
    }
}

impl Winograd<'_> {
    #[inline(always)]
    fn tiles<L: Lanes, T: Transform<M, N>, const M: usize, const N: usize>(self, lanes: L) {
        let across = [self.output_size[0].div_ceil(M), self.output_size[1].div_ceil(M)];
        let an_image = across[0] * across[1];
        let total = self.images * an_image;
        let bytes = N * N * (self.input_stride + self.weights.outputs) * 4;
        let (precision, low) = (self.weights.precision, self.input_stride / 2);
        let pairs = self.weights.channels.div_ceil(2);
        let amx = self.amx.filter(|_| L::HAS_TILES).map(|it| Product::new(it, precision, pairs, low));
        let rows = if amx.is_some() { amx::ROWS } else { L::ROWS };
        let most = (BLOCK_BYTES / bytes).max(LEAST_TILES).next_multiple_of(rows).min(total.next_multiple_of(rows));
        let row = precision.places(self.input_stride);
        let row = if amx.is_some() { amx::apart(row) } else { row };
        let input_plane = most * row + PLANE_GAP;
        let product_plane = most * self.weights.outputs + PLANE_GAP;
        let needed = N * N * (input_plane + product_plane);
        let inputs = from_a_line(self.room, needed).as_mut_ptr();
        // SAFETY: the room holds `needed` numbers, the inputs' planes first.
        let products = unsafe { inputs.add(N * N * input_plane) };
        let block = Block { inputs, products, row, input_plane, product_plane };
        for start in (0..total).step_by(most) {
            let count = most.min(total - start);
            for tile in 0..count {
                let (image, place) = ((start + tile) / an_image, (start + tile) % an_image);
                let corner = [place / across[1] * M, place % across[1] * M];
                // SAFETY: the image, the tile and the block's planes exist.
                unsafe { self.gather::<L, T, M, N>(lanes, block, tile, image, corner) };
            }
            for (product, weights) in self.weights.products.iter().enumerate() {
                for panel in weights.panels(L::COUNT) {
                    for first in (0..count).step_by(rows) {
                        // SAFETY: rows `first..` of the block were transformed above; it has whole tiles of rows, of which
                        // AMX makes the products of all, whatever the last ones hold.
                        unsafe {
                            match &amx {
                                Some(amx) => self.multiply_in_tiles(amx, block, product, &panel, first),
                                None => self.multiply(lanes, block, product, &panel, first, rows.min(count - first)),
                            }
                        }
                    }
                }
            }
            for tile in 0..count {
                let (image, place) = ((start + tile) / an_image, (start + tile) % an_image);
                let corner = [place / across[1] * M, place % across[1] * M];
                // SAFETY: all products of the tile were made above.
                unsafe { self.scatter::<L, T, M, N>(lanes, block, tile, image, corner) };
            }
        }
    }

    /// Reads the inputs of a tile and writes their transform.
    ///
    /// # Safety
    /// The image must exist, and the block must have room for the tile.
    #[inline(always)]
    unsafe fn gather<L: Lanes, T: Transform<M, N>, const M: usize, const N: usize>(
        &self,
        lanes: L,
        block: Block,
        tile: usize,
        image: usize,
        corner: [usize; 2],
    ) {
        let [height, width] = self.input_size;
        let inside = |place: usize, offset: usize, before: usize, size: usize| {
            (place + offset).checked_sub(before).filter(|&inside| inside < size)
        };
        let rows: [Option<usize>; N] = std::array::from_fn(|offset| inside(corner[0], offset, self.padding[0], height));
        let columns: [Option<usize>; N] =
            std::array::from_fn(|offset| inside(corner[1], offset, self.padding[1], width));
        let zero = lanes.splat(0.0);
        for channel in (0..self.input_stride).step_by(L::COUNT) {
            // Column by column: the transform along the first axis.
            let mut along = [[zero; N]; N];
            for column in 0..N {
                let mut numbers = [zero; N];
                for row in 0..N {
                    if let (Some(row_inside), Some(column_inside)) = (rows[row], columns[column]) {
                        let pixel = (image * height + row_inside) * width + column_inside;
                        // SAFETY: the pixel is inside of the image.
                        numbers[row] = unsafe { lanes.load(self.input.add(pixel * self.input_stride + channel)) };
                    }
                }
                let transformed = T::input(lanes, numbers);
                for row in 0..N {
                    along[row][column] = transformed[row];
                }
            }
            for row in 0..N {
                let transformed = T::input(lanes, along[row]);
                for column in 0..N {
                    let place = (row * N + column) * block.input_plane + tile * block.row;
                    // SAFETY: the plane has a row for each tile, of `input_stride` numbers in the weights' precision.
                    unsafe {
                        let to = block.inputs.add(place);
                        match self.weights.precision {
                            Precision::F32 => lanes.store(to.add(channel), transformed[column]),
                            precision => {
                                let to = to.cast::<u16>().add(channel);
                                store_parts(lanes, transformed[column], precision, to, self.input_stride);
                            }
                        }
                    }
                }
            }
        }
    }

    /// One panel of one product for some tiles.
    ///
    /// # Safety
    /// The tiles' transformed inputs must have been written.
    #[inline(always)]
    unsafe fn multiply<L: Lanes>(
        &self,
        lanes: L,
        block: Block,
        product: usize,
        panel: &Panel<'_>,
        first: usize,
        count: usize,
    ) {
        // SAFETY: tiles `first..first + count` lie in the plane.
        let rows: [*const f32; 8] = std::array::from_fn(|row| unsafe {
            let tile = first + row.min(count - 1);
            block.inputs.add(product * block.input_plane + tile * block.row).cast_const()
        });
        let to = product * block.product_plane + first * self.weights.outputs + panel.first;
        let weights = panel.numbers.as_ptr();
        let (precision, sizes, low) = (self.weights.precision, [1, self.weights.channels], self.input_stride / 2);
        with_rows!(count, R => {
            if panel.vectors == 2 {
                // SAFETY: one tap: R pointers, each to the channels of one tile; the panel holds two vectors a channel.
                let sums = unsafe { sums_in::<L, R, 2>(lanes, precision, rows.as_ptr(), low, sizes, weights) };
                for row in 0..R {
                    for vector in 0..2 {
                        let place = to + row * self.weights.outputs + vector * L::COUNT;
                        // SAFETY: the plane has `outputs` numbers for each tile.
                        unsafe { lanes.store(block.products.add(place), sums[row][vector]) };
                    }
                }
            } else {
                // SAFETY: as above, one vector a channel.
                let sums = unsafe { sums_in::<L, R, 1>(lanes, precision, rows.as_ptr(), low, sizes, weights) };
                for row in 0..R {
                    // SAFETY: the plane has `outputs` numbers for each tile.
                    unsafe { lanes.store(block.products.add(to + row * self.weights.outputs), sums[row][0]) };
                }
            }
        });
    }

    /// One panel of one product for [`amx::ROWS`] tiles.
    ///
    /// # Safety
    /// The block must have so many tiles from `first` on; the product of those whose transformed inputs have not been written
    /// is of no use.
    #[inline(always)]
    unsafe fn multiply_in_tiles(&self, amx: &Product, block: Block, product: usize, panel: &Panel<'_>, first: usize) {
        // SAFETY: the planes hold the tiles: `row` places of input and `outputs` numbers of products for each.
        unsafe {
            let from = block.inputs.add(product * block.input_plane + first * block.row);
            let to = block.products.add(product * block.product_plane + first * self.weights.outputs + panel.first);
            amx.tile(from, block.row.cast_signed(), panel, to, self.weights.outputs);
        }
    }

    /// Reads the products of a tile and writes its outputs.
    ///
    /// # Safety
    /// The image must exist, and all products of the tile must have been written.
    #[inline(always)]
    unsafe fn scatter<L: Lanes, T: Transform<M, N>, const M: usize, const N: usize>(
        &self,
        lanes: L,
        block: Block,
        tile: usize,
        image: usize,
        corner: [usize; 2],
    ) {
        let [height, width] = self.output_size;
        let (rows, columns) = (M.min(height - corner[0]), M.min(width - corner[1]));
        let zero = lanes.splat(0.0);
        for channel in (0..self.weights.outputs).step_by(L::COUNT) {
            let mut along = [[zero; N]; M];
            for column in 0..N {
                let mut numbers = [zero; N];
                for row in 0..N {
                    let place = (row * N + column) * block.product_plane + tile * self.weights.outputs + channel;
                    // SAFETY: the plane has `outputs` numbers for each tile.
                    numbers[row] = unsafe { lanes.load(block.products.add(place)) };
                }
                let transformed = T::output(lanes, numbers);
                for row in 0..M {
                    along[row][column] = transformed[row];
                }
            }
            for row in 0..rows {
                let transformed = T::output(lanes, along[row]);
                for column in 0..columns {
                    let pixel = (image * height + corner[0] + row) * width + corner[1] + column;
                    let place = pixel * self.output_stride + channel;
                    // SAFETY: the pixel is inside of the output image.
                    unsafe { self.epilogue.finish(lanes, transformed[column], channel, place, self.output) };
                }
            }
        }
    }
}
