//! Training: a recipe, the loop that follows it, and the networks trained on the spot.

mod digits;
mod fit;
mod recipe;

pub use digits::{DigitsTraining, train_on_digits};
pub use fit::{FitError, Fitted, fit};
pub use recipe::{Recipe, RecipeError};
