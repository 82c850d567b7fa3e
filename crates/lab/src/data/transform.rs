//! What is done to a whole set on purpose: noisy or shuffled labels, permuted pixels, grey made into colour.

use rand::{RngExt, seq::SliceRandom};

use crate::{
    data::{DataError, ImageSet, ImageShape, Pixels},
    seed::stream,
};

impl ImageSet {
    /// Each label replaced with probability `share` by one of the other classes, drawn evenly (symmetric label noise).
    ///
    /// What happens to an image depends on its global id and the seed alone: a subset has the noise of the whole.
    ///
    /// # Errors
    /// Where there are no labels, fewer than two classes, or `share` is outside `[0,1]`.
    pub fn with_label_noise(&self, share: f64, seed: u64) -> Result<Self, DataError> {
        let (mut labels, names) = self.labelled("label noise")?;
        if !(0.0..=1.0).contains(&share) {
            return Err(bad("label-noise", &share.to_string(), "a share from 0 to 1"));
        }
        let classes = u32::try_from(names.len()).unwrap_or(u32::MAX);
        if classes < 2 {
            return Err(DataError::NoLabels {
                set: self.name().to_owned(),
                wanted: "label noise among at least two classes".to_owned(),
            });
        }
        let mut replaced = 0;
        for (label, &id) in labels.iter_mut().zip(self.ids()) {
            let mut random = stream(seed, "label noise", id, 0);
            if random.random::<f64>() < share {
                let other = random.random_range(0..classes - 1);
                *label = if other < *label { other } else { other + 1 };
                replaced += 1;
            }
        }
        let note = format!("label noise {share} (seed {seed}): {replaced} of {} labels replaced", labels.len());
        self.changed(self.shape(), self.pixels().clone(), Some((labels, names)), note)
    }

    /// The labels dealt out anew over all images, each class as often as before: what is learned can only be learned by
    /// heart.
    ///
    /// # Errors
    /// Where there are no labels.
    pub fn with_shuffled_labels(&self, seed: u64) -> Result<Self, DataError> {
        let (mut labels, names) = self.labelled("shuffling them")?;
        labels.shuffle(&mut stream(seed, "shuffled labels", 0, 0));
        let note = format!("labels dealt out anew over the images (seed {seed})");
        self.changed(self.shape(), self.pixels().clone(), Some((labels, names)), note)
    }

    /// One permutation of the places of pixels, drawn from the seed and applied to every image and channel: the images
    /// keep their numbers and lose their neighbourhoods.
    ///
    /// # Errors
    /// In no case: the set is one already.
    pub fn with_permuted_pixels(&self, seed: u64) -> Result<Self, DataError> {
        let shape = self.shape();
        let plane = shape.height * shape.width;
        let mut places: Vec<usize> = (0..plane).collect();
        places.shuffle(&mut stream(seed, "permuted pixels", plane as u64, 0));
        let pixels = match self.pixels() {
            Pixels::U8(levels) => Pixels::U8(permuted(levels, &places)),
            Pixels::F32(numbers) => Pixels::F32(permuted(numbers, &places)),
        };
        let labels = self.labelled("").ok();
        self.changed(shape, pixels, labels, format!("pixels permuted, one permutation for all (seed {seed})"))
    }

    /// Grey images as three equal channels; images in colour stay as they are.
    ///
    /// # Errors
    /// In no case: the set is one already.
    pub fn in_colour(&self) -> Result<Self, DataError> {
        let shape = self.shape();
        if shape.channels != 1 {
            return Ok(self.clone());
        }
        let plane = shape.height * shape.width;
        let pixels = match self.pixels() {
            Pixels::U8(levels) => Pixels::U8(tripled(levels, plane)),
            Pixels::F32(numbers) => Pixels::F32(tripled(numbers, plane)),
        };
        let labels = self.labelled("").ok();
        self.changed(ImageShape { channels: 3, ..shape }, pixels, labels, "grey made into colour".to_owned())
    }

    fn labelled(&self, wanted: &str) -> Result<(Vec<u32>, Vec<String>), DataError> {
        match (self.labels(), self.class_names()) {
            (Some(labels), Some(names)) => Ok((labels.to_vec(), names.to_vec())),
            _ => Err(DataError::NoLabels { set: self.name().to_owned(), wanted: wanted.to_owned() }),
        }
    }

    fn changed(
        &self,
        shape: ImageShape,
        pixels: Pixels,
        labels: Option<(Vec<u32>, Vec<String>)>,
        note: String,
    ) -> Result<Self, DataError> {
        let mut notes = self.notes().to_vec();
        notes.push(note);
        Ok(Self::new(self.name(), shape, pixels, labels, self.ids().to_vec())?.with_notes(notes))
    }
}

fn permuted<T: Copy>(numbers: &[T], places: &[usize]) -> Vec<T> {
    numbers.chunks(places.len()).flat_map(|plane| places.iter().map(|&place| plane[place])).collect()
}

fn tripled<T: Copy>(numbers: &[T], plane: usize) -> Vec<T> {
    numbers.chunks(plane).flat_map(|plane| plane.repeat(3)).collect()
}

fn bad(key: &str, value: &str, expected: &str) -> DataError {
    DataError::BadSetting { key: key.to_owned(), value: value.to_owned(), expected: expected.to_owned() }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use crate::data::load;

    /// 1,797 labels at probability ¼: 449 ± 18.4 expected; six standard deviations is never.
    #[test]
    fn label_noise_replaces_its_share_by_other_classes_and_a_subset_has_the_noise_of_the_whole() {
        let clean = load("digits").unwrap();
        let noisy = clean.with_label_noise(0.25, 4).unwrap();
        let pairs = || clean.labels().unwrap().iter().zip(noisy.labels().unwrap());
        let replaced = pairs().filter(|(clean, noisy)| clean != noisy).count();
        assert!((339..=559).contains(&replaced), "{replaced}");
        assert!(noisy.notes()[0].contains(&format!("{replaced} of 1797")));
        assert_eq!(
            clean
                .with_label_noise(1.0, 4)
                .unwrap()
                .labels()
                .unwrap()
                .iter()
                .zip(clean.labels().unwrap())
                .filter(|(a, b)| a == b)
                .count(),
            0
        );
        let some = [7, 70, 700];
        let subset = clean.select(&some).unwrap().with_label_noise(0.25, 4).unwrap();
        assert_eq!(subset.labels(), noisy.select(&some).unwrap().labels());
        assert_ne!(noisy.labels(), clean.with_label_noise(0.25, 5).unwrap().labels());
        assert!(clean.with_label_noise(1.5, 0).is_err());
        assert!(load("digits#classes=3").unwrap().with_label_noise(0.5, 0).is_err());
    }

    #[test]
    fn shuffled_labels_keep_their_counts() {
        let clean = load("digits").unwrap();
        let shuffled = clean.with_shuffled_labels(1).unwrap();
        assert_eq!(clean.class_counts(), shuffled.class_counts());
        // A tenth agrees by chance: 180 ± 13.
        let agreeing = clean.labels().unwrap().iter().zip(shuffled.labels().unwrap()).filter(|(a, b)| a == b).count();
        assert!((100..=260).contains(&agreeing), "{agreeing}");
    }

    #[test]
    fn permuted_pixels_are_the_same_pixels_elsewhere_and_in_the_same_place_for_all() {
        let clean = load("digits#limit=50").unwrap();
        let moved = clean.with_permuted_pixels(9).unwrap();
        let (before, after) = (clean.decode(0..50).unwrap(), moved.decode(0..50).unwrap());
        let mut where_from: Vec<Vec<usize>> = (0..64).map(|_| (0..64).collect()).collect();
        for (before, after) in before.chunks(64).zip(after.chunks(64)) {
            for (place, sources) in where_from.iter_mut().enumerate() {
                sources.retain(|&source| before[source] == after[place]);
            }
        }
        // Every place has a source that fits in all fifty images.
        assert!(where_from.iter().all(|sources| !sources.is_empty()));
        assert_ne!(before, after);
    }

    #[test]
    fn colour_is_three_times_grey() {
        let grey = load("digits#limit=2").unwrap();
        let colour = grey.in_colour().unwrap();
        assert_eq!((colour.shape().channels, colour.len()), (3, 2));
        let (grey, colour) = (grey.decode(1..2).unwrap(), colour.decode(1..2).unwrap());
        assert_eq!(colour, grey.repeat(3));
    }
}
