//! Which records of a split are taken: classes by name, then the first N or a stratified random N; and the reading of them.

use rand::seq::SliceRandom;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::data::catalogue::{Catalogue, RecordReader};
use crate::data::error::nearest;
use crate::data::{DataError, ImageSet, ImageSize};

/// How many records, and how they are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// Every record.
    All,
    /// The first N in file order.
    First(usize),
    /// A random N, as equal per class as possible.
    Stratified { count: usize, seed: u64 },
    /// A share of the records in hundredths of a percent, rounded to whole records: the first ones, or with a seed a
    /// stratified random draw.
    Share { basis_points: u32, seed: Option<u64> },
}

impl Limit {
    /// The same with the share as a number of records out of `available`, at least one of them.
    fn counted(self, available: usize) -> Self {
        let Self::Share { basis_points, seed } = self else { return self };
        let count = ((available * basis_points as usize + 5_000) / 10_000).max(1);
        match seed {
            None => Self::First(count),
            Some(seed) => Self::Stratified { count, seed },
        }
    }
}

/// The wanted records of a split.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chosen {
    /// Positions in the split, ascending.
    pub(crate) positions: Vec<usize>,
    /// Their labels, and the names of all classes that were chosen from.
    pub(crate) labels: Option<(Vec<u32>, Vec<String>)>,
}

/// Chooses classes, then records.
///
/// A class subset is re-indexed in ascending order of the original labels, whatever order the names were given in (paper.md Q29).
pub(crate) fn choose(catalogue: &Catalogue, classes: &[String], limit: Limit) -> Result<Chosen, DataError> {
    let chosen = choose_classes(catalogue, classes)?;
    let kept = match limit.counted(chosen.positions.len()) {
        Limit::All | Limit::Share { .. } => return Ok(chosen),
        Limit::First(count) => (0..chosen.positions.len().min(count)).collect(),
        Limit::Stratified { count, seed } => match &chosen.labels {
            Some((labels, names)) => stratified(labels, names.len(), count, seed),
            None => stratified(&vec![0; chosen.positions.len()], 1, count, seed),
        },
    };
    let Chosen { positions, labels } = chosen;
    Ok(Chosen {
        labels: labels.map(|(labels, names)| (kept.iter().map(|place| labels[*place]).collect(), names)),
        positions: kept.into_iter().map(|place| positions[place]).collect(),
    })
}

fn choose_classes(catalogue: &Catalogue, classes: &[String]) -> Result<Chosen, DataError> {
    let Some(labels) = &catalogue.labels else {
        if !classes.is_empty() {
            return Err(DataError::NoLabels { set: catalogue.name.clone(), wanted: "choosing classes".to_owned() });
        }
        return Ok(Chosen { positions: (0..catalogue.count).collect(), labels: None });
    };
    let names = &catalogue.class_names;
    if classes.is_empty() {
        return Ok(Chosen { positions: (0..catalogue.count).collect(), labels: Some((labels.clone(), names.clone())) });
    }
    let mut wanted = vec![false; names.len()];
    for class in classes {
        let label = names.iter().position(|name| name == class).ok_or_else(|| DataError::UnknownClass {
            set: catalogue.name.clone(),
            found: class.clone(),
            known: names.clone(),
            nearest: nearest(class, names.iter().map(String::as_str)),
        })?;
        wanted[label] = true;
    }
    let mut new_labels = vec![None; names.len()];
    let mut kept_names = Vec::new();
    for (label, name) in names.iter().enumerate().filter(|(label, _)| wanted[*label]) {
        new_labels[label] = Some(kept_names.len() as u32);
        kept_names.push(name.clone());
    }
    let (positions, kept_labels) = labels
        .iter()
        .enumerate()
        .filter_map(|(position, label)| Some((position, new_labels[*label as usize]?)))
        .unzip();
    Ok(Chosen { positions, labels: Some((kept_labels, kept_names)) })
}

/// A random `count` of the records, as equal per class as possible, in ascending order.
///
/// Every class gives the same number; a class with fewer gives all it has, and the others share the rest; what cannot be
/// shared equally goes, one record each, to classes drawn at random. Within a class the records are taken from the front of a
/// seeded shuffle, one stream per class, so a smaller limit with the same seed takes a subset of a larger one, but for the
/// classes that get the odd records.
fn stratified(labels: &[u32], classes: usize, count: usize, seed: u64) -> Vec<usize> {
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); classes];
    for (place, label) in labels.iter().enumerate() {
        members[*label as usize].push(place);
    }
    let quotas = equal_quotas(&members.iter().map(Vec::len).collect::<Vec<_>>(), count, &mut stream(seed, 0));
    let mut taken = Vec::with_capacity(count.min(labels.len()));
    for (class, (mut places, quota)) in members.into_iter().zip(quotas).enumerate() {
        places.shuffle(&mut stream(seed, class as u64 + 1));
        taken.extend_from_slice(&places[..quota]);
    }
    taken.sort_unstable();
    taken
}

/// How many records each class gives, for `count` in all (or all there are).
fn equal_quotas(sizes: &[usize], count: usize, draw: &mut ChaCha20Rng) -> Vec<usize> {
    let mut quotas = vec![0; sizes.len()];
    let mut left = count.min(sizes.iter().sum());
    loop {
        let mut open: Vec<usize> = (0..sizes.len()).filter(|class| quotas[*class] < sizes[*class]).collect();
        if left == 0 || open.is_empty() {
            return quotas;
        }
        let share = left / open.len();
        if share == 0 {
            open.shuffle(draw);
            for class in &open[..left] {
                quotas[*class] += 1;
            }
            return quotas;
        }
        for class in open {
            let given = share.min(sizes[class] - quotas[class]);
            quotas[class] += given;
            left -= given;
        }
    }
}

/// Stream 0 draws the classes that give one more; stream c + 1 shuffles class c.
fn stream(seed: u64, number: u64) -> ChaCha20Rng {
    let mut generator = ChaCha20Rng::seed_from_u64(seed);
    generator.set_stream(number);
    generator
}

/// Reads the chosen records of an opened split into a set.
pub(crate) fn read_chosen(
    reader: &mut dyn RecordReader,
    classes: &[String],
    limit: Limit,
    size: Option<ImageSize>,
) -> Result<ImageSet, DataError> {
    let catalogue = reader.catalogue().clone();
    let chosen = choose(&catalogue, classes, limit)?;
    if chosen.positions.is_empty() {
        return Err(DataError::Empty {
            place: catalogue.name,
            expected: "no record is left after choosing classes".to_owned(),
        });
    }
    let mut notes = catalogue.notes;
    if let Limit::First(count) | Limit::Stratified { count, .. } = limit
        && count > chosen.positions.len()
    {
        notes.push(format!(
            "limit={count} asks for more than the {} images there are: all are taken",
            chosen.positions.len()
        ));
    }
    let (shape, pixels) = reader.read(&chosen.positions, size)?;
    let ids = chosen.positions.iter().map(|position| *position as u64).collect();
    let set = ImageSet::new(catalogue.name, shape, pixels, chosen.labels, ids)?.with_notes(notes);
    match size {
        Some(size) if size != set.shape().size() => set.resized(size),
        _ => Ok(set),
    }
}

/// Reads a whole split.
pub(crate) fn read_all(reader: &mut dyn RecordReader) -> Result<ImageSet, DataError> {
    read_chosen(reader, &[], Limit::All, None)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use super::*;

    fn catalogue(labels: &[u32]) -> Catalogue {
        let class_names = vec!["ant".to_owned(), "bee".to_owned(), "cow".to_owned()];
        Catalogue {
            name: "animals".to_owned(),
            count: labels.len(),
            labels: Some(labels.to_vec()),
            class_names,
            notes: Vec::new(),
        }
    }

    fn names(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn classes_are_renumbered_in_their_original_order_whatever_order_they_are_asked_in() {
        let chosen = choose(&catalogue(&[2, 1, 0, 2]), &names(&["cow", "ant"]), Limit::All).unwrap();
        assert_eq!(chosen.positions, vec![0, 2, 3]);
        assert_eq!(chosen.labels, Some((vec![1, 0, 1], names(&["ant", "cow"]))));
    }

    #[test]
    fn the_limit_counts_after_the_classes() {
        let chosen = choose(&catalogue(&[0, 1, 0, 1, 1]), &names(&["bee"]), Limit::First(2)).unwrap();
        assert_eq!(chosen.positions, vec![1, 3]);
    }

    #[test]
    fn a_share_is_counted_after_the_classes_and_is_at_least_one() {
        let labels: Vec<u32> = (0..300).map(|record| record % 3).collect();
        let taken = |basis_points, seed| {
            choose(&catalogue(&labels), &names(&["ant", "cow"]), Limit::Share { basis_points, seed }).unwrap()
        };
        assert_eq!(taken(1_000, None).positions, taken_first(&labels, 20));
        assert_eq!(taken(1_000, Some(3)).labels.unwrap().0.iter().filter(|label| **label == 1).count(), 10);
        assert_eq!(taken(1, None).positions, vec![0]);
    }

    fn taken_first(labels: &[u32], count: usize) -> Vec<usize> {
        (0..labels.len()).filter(|record| labels[*record] != 1).take(count).collect()
    }

    #[test]
    fn an_unknown_class_lists_the_classes_and_the_nearest() {
        let error = choose(&catalogue(&[0]), &names(&["bees"]), Limit::All).unwrap_err().to_string();
        assert!(
            error.contains("`bees`") && error.contains("did you mean `bee`?") && error.contains("ant, bee, cow"),
            "{error}"
        );
    }

    #[test]
    fn unlabelled_records_have_no_classes_to_choose_but_can_be_limited() {
        let unlabelled = Catalogue { labels: None, class_names: Vec::new(), ..catalogue(&[0; 5]) };
        assert!(matches!(choose(&unlabelled, &names(&["ant"]), Limit::All), Err(DataError::NoLabels { .. })));
        let some = choose(&unlabelled, &[], Limit::Stratified { count: 3, seed: 1 }).unwrap();
        assert_eq!((some.positions.len(), some.labels), (3, None));
    }

    #[test]
    fn quotas_are_equal_small_classes_give_all_and_the_rest_is_shared() {
        let mut draw = stream(0, 0);
        assert_eq!(equal_quotas(&[10, 10, 10], 6, &mut draw), vec![2, 2, 2]);
        assert_eq!(equal_quotas(&[1, 10, 10], 9, &mut draw), vec![1, 4, 4]);
        assert_eq!(equal_quotas(&[1, 2, 0], 9, &mut draw), vec![1, 2, 0]);
        let odd = equal_quotas(&[10, 10, 10], 7, &mut draw);
        assert_eq!(odd.iter().sum::<usize>(), 7);
        assert!(odd.iter().all(|quota| (2..=3).contains(quota)), "{odd:?}");
    }

    #[test]
    fn a_stratified_draw_repeats_differs_by_seed_and_is_nested() {
        let labels: Vec<u32> = (0..300).map(|record| record % 3).collect();
        let draw = |count, seed| choose(&catalogue(&labels), &[], Limit::Stratified { count, seed }).unwrap();
        let sixty = draw(60, 7);
        assert_eq!(sixty, draw(60, 7));
        assert_ne!(sixty.positions, draw(60, 8).positions);
        assert!(sixty.positions.is_sorted());
        for class in 0..3 {
            assert_eq!(sixty.labels.as_ref().unwrap().0.iter().filter(|label| **label == class).count(), 20);
        }
        let thirty = draw(30, 7);
        assert!(thirty.positions.iter().all(|position| sixty.positions.contains(position)));
    }
}
