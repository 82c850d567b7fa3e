//! A matrix applied along one axis of an image: the resize of a contract.

use transferscope_network::array::Array;

/// The entries of a matrix that are not zero, row by row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sparse {
    rows: Vec<Vec<(usize, f32)>>,
    columns: usize,
}

impl Sparse {
    /// From a matrix `[rows, columns]`.
    pub(crate) fn new(matrix: &Array<f32>) -> Self {
        let columns = matrix.row_length();
        let entries = |row: usize| {
            let numbers = matrix.row(row).iter().copied().enumerate();
            numbers.filter(|(_, number)| *number != 0.0).collect()
        };
        Self { rows: (0..matrix.rows()).map(entries).collect(), columns }
    }

    /// The matrix with rows and columns swapped.
    pub(crate) fn transposed(&self) -> Self {
        let mut rows = vec![Vec::new(); self.columns];
        for (row, entries) in self.rows.iter().enumerate() {
            for &(column, number) in entries {
                rows[column].push((row, number));
            }
        }
        Self { rows, columns: self.rows.len() }
    }

    /// output\[o\]\[r\]\[i\] (+)= Σ_c matrix\[r\]\[c\] · input\[o\]\[c\]\[i\], for `outer` values of o and runs of `inner` numbers.
    pub(crate) fn apply(&self, input: &[f32], output: &mut [f32], inner: usize, add: bool) {
        let outer = input.len() / (self.columns * inner).max(1);
        for block in 0..outer {
            for (row, entries) in self.rows.iter().enumerate() {
                let place = (block * self.rows.len() + row) * inner;
                let target = &mut output[place..place + inner];
                if !add {
                    target.fill(0.0);
                }
                for &(column, weight) in entries {
                    let place = (block * self.columns + column) * inner;
                    let numbers = &input[place..place + inner];
                    target.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += weight * number);
                }
            }
        }
    }
}
