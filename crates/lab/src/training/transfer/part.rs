//! A part of a longer piece of work, as progress sees it.

use crate::deviate::Progress;

/// Tells the progress of a part as progress of the whole, counted in images.
pub(super) struct Part<'a> {
    pub whole: &'a dyn Progress,
    /// Images of the parts before.
    pub before: usize,
    /// Images of this part.
    pub images: usize,
    /// Images of all parts.
    pub total: usize,
}

impl Progress for Part<'_> {
    fn advanced(&self, done: usize, total: usize) {
        self.whole.advanced(self.before + self.images * done / total.max(1), self.total);
    }

    fn stopped(&self) -> bool {
        self.whole.stopped()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    struct Heard(Mutex<Vec<(usize, usize)>>);

    impl Progress for Heard {
        fn advanced(&self, done: usize, total: usize) {
            self.0.lock().expect("nobody panicked").push((done, total));
        }
    }

    #[test]
    fn steps_of_a_part_are_images_of_the_whole() {
        let heard = Heard(Mutex::new(Vec::new()));
        let part = Part { whole: &heard, before: 100, images: 50, total: 200 };
        part.advanced(1, 5);
        part.advanced(5, 5);
        assert_eq!(*heard.0.lock().expect("nobody panicked"), [(110, 200), (150, 200)]);
    }
}
