//! Where buffers lie: two share memory where their lives do not overlap.

use super::{Joint, Layout, Place, Step};

/// Buffers start at multiples of a cache line.
const LINE: usize = 16;

/// Sizes while the steps are written, places once they are.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    sizes: Vec<usize>,
    bytes: usize,
}

impl Buffers {
    /// A new buffer for a value of this layout.
    pub(crate) fn numbers(&mut self, layout: Layout) -> Place {
        self.sizes.push(layout.numbers().next_multiple_of(LINE));
        self.sizes.len() - 1
    }

    /// A new run of bytes, never shared.
    pub(crate) fn bytes(&mut self, count: usize) -> usize {
        let start = self.bytes;
        self.bytes += count.next_multiple_of(LINE);
        start
    }

    /// Bytes an image.
    pub(crate) fn byte_count(&self) -> usize {
        self.bytes
    }

    /// The offset of each buffer in numbers an image, and the numbers an image of them all: each buffer at the first
    /// gap between those that live at the same time, in the order in which they come to life.
    pub(crate) fn placed(&self, steps: &[&Step]) -> (Vec<usize>, usize) {
        let mut lives: Vec<Option<(usize, usize)>> = vec![None; self.sizes.len()];
        for (time, step) in steps.iter().enumerate() {
            for place in step.places() {
                let life = lives[place].get_or_insert((time, time));
                life.1 = time;
            }
        }
        let mut order: Vec<usize> = (0..self.sizes.len()).filter(|&place| lives[place].is_some()).collect();
        order.sort_by_key(|&place| lives[place].map(|life| life.0));
        let mut offsets = vec![0; self.sizes.len()];
        let mut total = 0;
        for (index, &place) in order.iter().enumerate() {
            let Some(life) = lives[place] else { continue };
            let mut taken: Vec<(usize, usize)> = order[..index]
                .iter()
                .filter(|&&other| lives[other].is_some_and(|other| other.1 >= life.0 && other.0 <= life.1))
                .map(|&other| (offsets[other], offsets[other] + self.sizes[other]))
                .collect();
            taken.sort_unstable();
            let mut start = 0;
            for (from, to) in taken {
                if start + self.sizes[place] <= from {
                    break;
                }
                start = start.max(to);
            }
            offsets[place] = start;
            total = total.max(start + self.sizes[place]);
        }
        (offsets, total)
    }
}

impl Step {
    /// All buffers that the step touches.
    pub(super) fn places(&self) -> impl Iterator<Item = Place> {
        let (first, second, third) = match self {
            Self::Import { to, .. } | Self::Clear { to, .. } => (*to, None, None),
            Self::Export { from, .. } => (*from, None, None),
            Self::Convolve { from, to, finish, .. } | Self::Scale { from, to, finish, .. } => {
                (*from, Some(*to), finish.add)
            }
            Self::Activate { from, to, .. }
            | Self::MaxPool { from, to, .. }
            | Self::Move { from, to, .. }
            | Self::Resample { from, to, .. } => (*from, Some(*to), None),
            Self::ActivateReverse { saved, gradient, .. } => (*saved, Some(*gradient), None),
            Self::MaxPoolReverse { gradient, to, .. } | Self::MoveReverse { gradient, to, .. } => {
                (*gradient, Some(*to), None)
            }
            Self::Joint(Joint::Normalize { from, to, finish, .. }) => (*from, Some(*to), finish.add),
            Self::Joint(Joint::NormalizeReverse { from, gradient, to, .. }) => {
                (*from, Some(*gradient), to.as_ref().map(|(to, _)| *to))
            }
            Self::Joint(Joint::WeightGradient { from, gradient, .. }) => (*from, Some(*gradient), None),
            Self::Joint(Joint::BiasGradient { gradient, .. }) => (*gradient, None, None),
        };
        std::iter::once(first).chain(second).chain(third)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUT: Layout = Layout { height: 1, width: 1, channels: 16, stride: 16 };

    fn copy(from: Place, to: Place) -> Step {
        Step::Scale { scale: None, from, to, layout: LAYOUT, finish: super::super::Finish::default() }
    }

    /// In a chain of copies two buffers are enough: each is dead when the next but one is written.
    #[test]
    fn buffers_whose_lives_do_not_overlap_share_memory() {
        let mut buffers = Buffers::default();
        let places: Vec<Place> = (0..4).map(|_| buffers.numbers(LAYOUT)).collect();
        let steps = [copy(places[0], places[1]), copy(places[1], places[2]), copy(places[2], places[3])];
        let (offsets, total) = buffers.placed(&steps.iter().collect::<Vec<_>>());
        assert_eq!(offsets, vec![0, 16, 0, 16]);
        assert_eq!(total, 32);
    }

    /// Where the first is read at the end again, it keeps its place.
    #[test]
    fn a_buffer_lives_until_it_is_last_read() {
        let mut buffers = Buffers::default();
        let places: Vec<Place> = (0..3).map(|_| buffers.numbers(LAYOUT)).collect();
        let steps = [copy(places[0], places[1]), copy(places[1], places[2]), copy(places[0], places[2])];
        let (offsets, total) = buffers.placed(&steps.iter().collect::<Vec<_>>());
        assert_eq!(offsets, vec![0, 16, 32]);
        assert_eq!(total, 48);
    }
}
