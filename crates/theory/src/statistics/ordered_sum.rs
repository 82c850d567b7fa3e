//! Sums over samples that merge: the same bits however the samples were cut into shards.

use std::collections::BTreeMap;

/// How many consecutive samples (by global index) make one chunk, the unit that is never cut.
pub const CHUNK: usize = 64;

/// Why a partial sum could not be taken in.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SumError {
    /// The partial sum has another number of entries.
    #[error("expected a partial sum of {expected} entries, found {found}; merge only sums over the same quantities")]
    WrongLength {
        /// Entries of this sum.
        expected: usize,
        /// Entries found.
        found: usize,
    },
    /// The chunk is already in the sum.
    #[error("chunk {chunk} is counted already; every chunk of samples must be added exactly once")]
    Twice {
        /// Index of the chunk.
        chunk: usize,
    },
    /// The sum is asked for while a chunk is missing.
    #[error("chunk {chunk} is missing; add every chunk from 0 to the last one before asking for the total")]
    Missing {
        /// Index of the first missing chunk.
        chunk: usize,
    },
    /// A value is NaN or infinite.
    #[error("chunk {chunk} holds {value}, expected finite numbers; check the samples {first}.. of it", first = chunk * CHUNK)]
    NotFinite {
        /// Index of the chunk.
        chunk: usize,
        /// What was found.
        value: f64,
    },
}

/// A sum of vectors over chunks of samples.
///
/// Chunk k holds the samples 64 k .. 64 k + 63 and is summed by the caller in index order. Chunks are folded by a fixed
/// binary tree over the chunk index (pairwise summation: neighbours 2j and 2j+1 first), so the total has the same bits
/// in whatever order, and from however many shards, the chunks arrive. Memory: O(log(number of chunks)) vectors for
/// chunks that come in order.
///
/// ```
/// use transferscope_theory::statistics::OrderedSum;
/// let mut left = OrderedSum::new(1);
/// left.add_chunk(0, vec![0.1])?;
/// let mut right = OrderedSum::new(1);
/// right.add_chunk(2, vec![0.3])?;
/// right.add_chunk(1, vec![0.2])?;
/// right.merge(left)?;
/// assert_eq!(right.total()?, vec![(0.1 + 0.2) + 0.3]);
/// # Ok::<(), transferscope_theory::statistics::SumError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct OrderedSum {
    length: usize,
    /// First chunk -> (number of tree levels below, sum over 2^levels chunks).
    nodes: BTreeMap<usize, (u32, Vec<f64>)>,
}

impl OrderedSum {
    /// An empty sum of vectors of `length` entries.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { length, nodes: BTreeMap::new() }
    }

    /// Adds the sum over the samples of one chunk.
    ///
    /// # Errors
    /// [`SumError::WrongLength`], [`SumError::Twice`], [`SumError::NotFinite`]; the sum is unchanged then.
    pub fn add_chunk(&mut self, chunk: usize, sums: Vec<f64>) -> Result<(), SumError> {
        if let Some(&value) = sums.iter().find(|value| !value.is_finite()) {
            return Err(SumError::NotFinite { chunk, value });
        }
        self.check(chunk, 0, sums.len())?;
        self.insert(chunk, 0, sums);
        Ok(())
    }

    /// Takes in another sum over other chunks of the same samples.
    ///
    /// # Errors
    /// [`SumError::WrongLength`] and [`SumError::Twice`]; the sum is unchanged then.
    pub fn merge(&mut self, other: Self) -> Result<(), SumError> {
        for (&first, (levels, sums)) in &other.nodes {
            self.check(first, *levels, sums.len())?;
        }
        for (first, (levels, sums)) in other.nodes {
            self.insert(first, levels, sums);
        }
        Ok(())
    }

    /// The sum over all chunks.
    ///
    /// # Errors
    /// [`SumError::Missing`] when the chunks that came do not run from 0 without a gap.
    pub fn total(&self) -> Result<Vec<f64>, SumError> {
        let mut total: Option<Vec<f64>> = None;
        let mut next = 0;
        for (&first, (levels, sums)) in &self.nodes {
            if first != next {
                return Err(SumError::Missing { chunk: next });
            }
            next = first + (1 << levels);
            match &mut total {
                None => total = Some(sums.clone()),
                Some(total) => add(total, sums),
            }
        }
        Ok(total.unwrap_or_else(|| vec![0.0; self.length]))
    }

    fn check(&self, first: usize, levels: u32, found: usize) -> Result<(), SumError> {
        if found != self.length {
            return Err(SumError::WrongLength { expected: self.length, found });
        }
        let end = first + (1 << levels);
        if let Some((&start, (below, _))) = self.nodes.range(..end).next_back()
            && start + (1 << below) > first
        {
            return Err(SumError::Twice { chunk: start.max(first) });
        }
        Ok(())
    }

    fn insert(&mut self, mut first: usize, mut levels: u32, mut sums: Vec<f64>) {
        loop {
            let sibling = first ^ (1 << levels);
            let joins = self.nodes.get(&sibling).is_some_and(|(other, _)| *other == levels);
            if !joins {
                break;
            }
            if let Some((_, mut other)) = self.nodes.remove(&sibling) {
                if sibling < first {
                    add(&mut other, &sums);
                    sums = other;
                } else {
                    add(&mut sums, &other);
                }
            }
            first = first.min(sibling);
            levels += 1;
        }
        self.nodes.insert(first, (levels, sums));
    }
}

fn add(total: &mut [f64], part: &[f64]) {
    for (sum, value) in total.iter_mut().zip(part) {
        *sum += value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// P16: any order of arrival and any split gives the same bits.
    #[test]
    fn every_order_and_every_split_gives_the_same_bits() -> Result<(), SumError> {
        let value = |chunk: usize| vec![(chunk as f64 + 0.1).sin() * 10f64.powi(chunk as i32 % 9)];
        for count in [1, 2, 3, 7, 13, 16] {
            let mut whole = OrderedSum::new(1);
            for chunk in 0..count {
                whole.add_chunk(chunk, value(chunk))?;
            }
            let mut backwards = OrderedSum::new(1);
            for chunk in (0..count).rev() {
                backwards.add_chunk(chunk, value(chunk))?;
            }
            assert_eq!(whole.total()?, backwards.total()?);
            for split in 0..=count {
                let (mut left, mut right) = (OrderedSum::new(1), OrderedSum::new(1));
                for chunk in 0..count {
                    let part = if chunk < split { &mut left } else { &mut right };
                    part.add_chunk(chunk, value(chunk))?;
                }
                left.merge(right)?;
                assert_eq!(whole.total()?, left.total()?);
            }
        }
        Ok(())
    }

    #[test]
    fn a_chunk_counts_once_and_none_may_be_missing() -> Result<(), SumError> {
        let mut sum = OrderedSum::new(1);
        sum.add_chunk(0, vec![1.0])?;
        sum.add_chunk(1, vec![1.0])?;
        assert_eq!(sum.add_chunk(1, vec![1.0]), Err(SumError::Twice { chunk: 1 }));
        sum.add_chunk(3, vec![1.0])?;
        assert_eq!(sum.total(), Err(SumError::Missing { chunk: 2 }));
        assert!(matches!(sum.add_chunk(2, vec![f64::NAN]), Err(SumError::NotFinite { chunk: 2, .. })));
        Ok(())
    }
}
