//! The tile registers of a thread.

use super::instruction::{Instruction, Tile};

/// Rows of a register, and places of 32 bits in a row.
const SIDE: usize = 16;

/// Eight registers with the shapes that a program gave them; all without rows before it has.
pub struct Registers {
    places: [[[u32; SIDE]; SIDE]; 8],
    rows: [usize; 8],
    columns: [usize; 8],
}

impl Registers {
    /// As a thread starts.
    pub const fn new() -> Self {
        Self { places: [[[0; SIDE]; SIDE]; 8], rows: [0; 8], columns: [0; 8] }
    }

    /// Executes an instruction whose address, if it has one, is `start` with `stride` bytes between rows. Gives nothing
    /// where the processor would raise a fault.
    ///
    /// # Safety
    /// The memory that the instruction reads or writes must be the program's.
    pub unsafe fn execute(&mut self, instruction: Instruction, start: u64, stride: u64) -> Option<()> {
        let place =
            |row: usize, column: usize| (start.wrapping_add(row as u64 * stride) as *mut u32).wrapping_add(column);
        match instruction {
            Instruction::Configure(_) => {
                // SAFETY: the instruction reads 64 bytes.
                self.configure(unsafe { (start as *const [u8; 64]).read() })
            }
            Instruction::Release => {
                *self = Self::new();
                Some(())
            }
            Instruction::Zero(tile) => {
                self.shape(tile)?;
                self.places[tile] = Default::default();
                Some(())
            }
            Instruction::Load(tile, _) => {
                let [rows, columns] = self.shape(tile)?;
                self.places[tile] = Default::default();
                for row in 0..rows {
                    for column in 0..columns {
                        // SAFETY: the instruction reads so many rows and columns.
                        self.places[tile][row][column] = unsafe { place(row, column).read_unaligned() };
                    }
                }
                Some(())
            }
            Instruction::Store(tile, _) => {
                let [rows, columns] = self.shape(tile)?;
                for row in 0..rows {
                    for column in 0..columns {
                        // SAFETY: the instruction writes so many rows and columns.
                        unsafe { place(row, column).write_unaligned(self.places[tile][row][column]) };
                    }
                }
                Some(())
            }
            Instruction::Multiply(sums, factors) => self.multiply(sums, factors),
        }
    }

    /// Rows and columns of a register that is configured.
    fn shape(&self, tile: Tile) -> Option<[usize; 2]> {
        (self.rows[tile] > 0).then_some([self.rows[tile], self.columns[tile]])
    }

    /// Palette 1: bytes of a row as 16-bit numbers from byte 16 on, rows as bytes from 48 on.
    fn configure(&mut self, bytes: [u8; 64]) -> Option<()> {
        *self = Self::new();
        let is_reserved = |place: &usize| matches!(place, 1..16 | 32..48 | 56..64);
        if bytes[0] != 1 || (0..64).filter(is_reserved).any(|place| bytes[place] != 0) {
            return None;
        }
        for tile in 0..8 {
            let row_bytes = usize::from(u16::from_le_bytes([bytes[16 + 2 * tile], bytes[17 + 2 * tile]]));
            let rows = usize::from(bytes[48 + tile]);
            if rows > SIDE || row_bytes > 4 * SIDE || !row_bytes.is_multiple_of(4) || (rows == 0) != (row_bytes == 0) {
                return None;
            }
            (self.rows[tile], self.columns[tile]) = (rows, row_bytes / 4);
        }
        Some(())
    }

    /// The products of even and of odd numbers of all pairs are summed apart, then added to each other and to what is there.
    /// Numbers too small for all bits count as 0, before and after each operation.
    fn multiply(&mut self, sums: Tile, [left, right]: [Tile; 2]) -> Option<()> {
        let ([rows, columns], [left_rows, pairs]) = (self.shape(sums)?, self.shape(left)?);
        let all_differ = sums != left && sums != right && left != right;
        if !all_differ || left_rows != rows || self.shape(right)? != [pairs, columns] {
            return None;
        }
        for row in 0..rows {
            let mut halves = [[0.0_f32; 2]; SIDE];
            for pair in 0..pairs {
                let factors = numbers(self.places[left][row][pair]);
                for (column, halves) in halves.iter_mut().enumerate().take(columns) {
                    let others = numbers(self.places[right][pair][column]);
                    for half in 0..2 {
                        // Exact but where it is far below what counts: two factors of 8 bits.
                        halves[half] = flushed(halves[half] + factors[half] * others[half]);
                    }
                }
            }
            for (place, [even, odd]) in self.places[sums][row].iter_mut().zip(halves).take(columns) {
                *place = flushed(flushed(f32::from_bits(*place)) + flushed(even + odd)).to_bits();
            }
        }
        Some(())
    }
}

/// The two numbers in bf16 of a pair, the even one in the lower half.
fn numbers(pair: u32) -> [f32; 2] {
    [pair << 16, pair & 0xFFFF_0000].map(|bits| flushed(f32::from_bits(bits)))
}

fn flushed(number: f32) -> f32 {
    if number.is_subnormal() { 0.0_f32.copysign(number) } else { number }
}
