//! Dropout: the masks of each step, from the seed, the step and the place alone.

use rand::RngExt;
use transferscope_network::{
    array::Array,
    graph::{Graph, GraphError},
    zoo::text::dropout_places,
};

use super::{FitError, Recipe};
use crate::seed::stream;

/// What is dropped in a run.
pub(super) struct Dropout<'a> {
    graph: &'a Graph,
    /// The values that are masked.
    pub places: Vec<String>,
    share: f64,
    seed: u64,
}

impl<'a> Dropout<'a> {
    /// Nothing where the recipe has none.
    ///
    /// # Errors
    /// Where the recipe has dropout and the network no place for it.
    pub(super) fn new(graph: &'a Graph, recipe: &Recipe) -> Result<Self, FitError> {
        let places = if recipe.dropout > 0.0 { dropout_places(graph) } else { Vec::new() };
        if recipe.dropout > 0.0 && places.is_empty() {
            return Err(FitError::NoDropout(graph.name().to_owned()));
        }
        Ok(Self { graph, places, share: recipe.dropout, seed: recipe.seed })
    }

    /// One mask a place for a step (counted from 0 over the whole run) on so many samples: 0 with the share's probability,
    /// else 1/(1 − share), so that the expectation of what is masked stays as it is.
    pub(super) fn masks(&self, samples: usize, step: usize) -> Result<Vec<Array<f32>>, GraphError> {
        if self.places.is_empty() {
            return Ok(Vec::new());
        }
        let shapes = self.graph.shapes(samples)?;
        let mask = |(place, name): (usize, &String)| -> Result<Array<f32>, GraphError> {
            let missing = || GraphError::UnknownName { name: name.clone(), nearest: None };
            let shape = &shapes[self.graph.find(name).ok_or_else(missing)?.index()];
            Ok(self.mask(shape, step, place))
        };
        self.places.iter().enumerate().map(mask).collect()
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of 2^32 fits in 32 bits")]
    fn mask(&self, shape: &[usize], step: usize, place: usize) -> Array<f32> {
        let below = (self.share * 2.0_f64.powi(32)) as u32;
        let kept = (1.0 / (1.0 - self.share)) as f32;
        let mut random = stream(self.seed, "dropout", step as u64, place as u64);
        let mut mask = Array::filled(shape.to_vec(), kept);
        for number in mask.data_mut() {
            if random.random::<u32>() < below {
                *number = 0.0;
            }
        }
        mask
    }
}

#[cfg(test)]
mod tests {
    use transferscope_network::zoo::{
        Settings, find,
        text::{TextSettings, find_text},
    };

    use super::*;

    fn bag() -> Graph {
        find_text("text-bag").and_then(|found| found.build(&TextSettings::small(2, 10, 8))).expect("in the zoo")
    }

    /// 6,400 numbers at a quarter: the share of zeros has a standard error of 0.0054.
    #[test]
    fn a_mask_drops_its_share_and_keeps_the_expectation() {
        let (graph, recipe) = (bag(), Recipe { dropout: 0.25, ..Recipe::default() });
        let dropout = Dropout::new(&graph, &recipe).expect("a bag has a place");
        let masks = dropout.masks(100, 3).expect("the shapes are known");
        assert_eq!(masks[0].shape(), &[100, 64]);
        let zeros = masks[0].data().iter().filter(|&&number| number == 0.0).count();
        assert!((zeros as f64 / 6400.0 - 0.25).abs() < 4.0 * 0.0054, "{zeros}");
        assert!(masks[0].data().iter().all(|&number| number == 0.0 || (number - 4.0 / 3.0).abs() < 1e-6));
        assert_eq!(masks, dropout.masks(100, 3).expect("the same again"));
        assert_ne!(masks, dropout.masks(100, 4).expect("another step"));
    }

    #[test]
    fn a_network_without_a_place_is_refused_by_name() {
        let graph = find("lenet").and_then(|found| found.build(&Settings::with_classes(10))).expect("in the zoo");
        let with = Recipe { dropout: 0.1, ..Recipe::default() };
        assert!(Dropout::new(&graph, &with).is_err_and(|error| error.to_string().contains("lenet")));
        assert!(Dropout::new(&graph, &Recipe::default()).is_ok_and(|dropout| dropout.places.is_empty()));
    }
}
