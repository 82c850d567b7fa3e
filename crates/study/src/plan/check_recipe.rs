//! Making sense of how networks are trained.

use super::{Problem, TrainingRecipe, error::unknown_word, study_file::RecipeFile};

/// What of training is not said anywhere, for networks that learn images.
const OF_IMAGES: TrainingRecipe = TrainingRecipe {
    epochs: 10,
    batch: 64,
    rate: 0.05,
    adamw: false,
    momentum: 0.9,
    weight_decay: 5e-4,
    one_cycle: true,
    augment: true,
    validation: 0.1,
    images: None,
};

/// The same for networks that learn sentences; AdamW has no momentum to set.
const OF_TEXTS: TrainingRecipe = TrainingRecipe {
    epochs: 5,
    batch: 32,
    rate: 1e-3,
    adamw: true,
    momentum: 0.0,
    weight_decay: 0.01,
    one_cycle: false,
    augment: false,
    validation: 0.1,
    images: None,
};

/// A recipe for networks that learn images, or (`texts`) sentences.
pub(super) fn recipe(key: &str, file: &RecipeFile, texts: bool) -> Result<TrainingRecipe, Problem> {
    let mut defaults = if texts { OF_TEXTS } else { OF_IMAGES };
    let adamw = match file.optimizer.as_deref() {
        None => defaults.adamw,
        Some("adamw") => true,
        Some("sgd") => false,
        Some(other) => return Err(Problem::at(format!("{key}.optimizer"), unknown_word(other, &["sgd", "adamw"]))),
    };
    if texts && !adamw {
        return Err(Problem::at(format!("{key}.optimizer"), "networks of a study of sentences learn by `adamw`"));
    }
    if adamw && file.momentum.is_some() {
        return Err(Problem::at(format!("{key}.momentum"), "adamw has its own two; leave the momentum out"));
    }
    if texts && file.augment == Some(true) {
        return Err(Problem::at(format!("{key}.augment"), "sentences are neither shifted nor mirrored; leave it out"));
    }
    if adamw {
        defaults = TrainingRecipe { momentum: 0.0, weight_decay: OF_TEXTS.weight_decay, ..defaults };
    }
    let recipe = TrainingRecipe {
        epochs: file.epochs.unwrap_or(defaults.epochs),
        batch: file.batch.unwrap_or(defaults.batch),
        rate: file.rate.unwrap_or(defaults.rate),
        adamw,
        momentum: file.momentum.unwrap_or(defaults.momentum),
        weight_decay: file.weight_decay.unwrap_or(defaults.weight_decay),
        one_cycle: match file.schedule.as_deref() {
            None => defaults.one_cycle,
            Some("one-cycle") => true,
            Some("cosine") => false,
            Some(other) => {
                return Err(Problem::at(format!("{key}.schedule"), unknown_word(other, &["one-cycle", "cosine"])));
            }
        },
        augment: file.augment.unwrap_or(defaults.augment),
        validation: file.validation.unwrap_or(defaults.validation),
        images: file.images,
    };
    let ranges: [(&str, bool, &str); 6] = [
        ("epochs", recipe.epochs > 0, "a whole number from 1"),
        ("batch", recipe.batch > 0, "a whole number from 1"),
        ("rate", recipe.rate.is_finite() && recipe.rate > 0.0, "a number above 0"),
        ("momentum", (0.0..1.0).contains(&recipe.momentum), "a number from 0 and below 1"),
        ("weight_decay", recipe.weight_decay.is_finite() && recipe.weight_decay >= 0.0, "a number from 0"),
        ("validation", (0.0..0.9).contains(&recipe.validation), "a share from 0 and below 0.9"),
    ];
    match ranges.iter().find(|(_, fits, _)| !fits) {
        Some((word, _, expected)) => Err(Problem::at(format!("{key}.{word}"), format!("expected {expected}"))),
        None => Ok(recipe),
    }
}
