//! Memory that starts at a cache line.

/// Numbers of a cache line.
pub(crate) const LINE: usize = 16;

/// `count` numbers of a vector, which grows where it is too short, from the start of a cache line on: a row of a vector
/// register or of a tile that lies across two lines is read twice.
pub(crate) fn from_a_line(room: &mut Vec<f32>, count: usize) -> &mut [f32] {
    if room.len() < count + LINE {
        room.resize(count + LINE, 0.0);
    }
    let start = before_a_line(room);
    &mut room[start..start + count]
}

/// How many numbers of memory lie before the first start of a cache line. Of a vector, also an empty one, for as long as it does
/// not grow.
pub(crate) fn before_a_line(numbers: &[f32]) -> usize {
    numbers.as_ptr().align_offset(4 * LINE).min(LINE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_starts_at_a_line_and_is_used_again() {
        let mut room = Vec::new();
        for count in [1, 100, 7] {
            let numbers = from_a_line(&mut room, count);
            assert_eq!((numbers.len(), numbers.as_ptr().addr() % 64), (count, 0));
        }
        assert_eq!(room.len(), 100 + LINE);
    }
}
