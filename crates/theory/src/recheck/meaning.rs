//! What a score column measures, as far as its bounds need to know.

use serde::{Deserialize, Serialize};

/// The measure behind a column, which fixes its possible range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreMeaning {
    /// H-score: from 0 to classes − 1.
    HScore,
    /// LEEP: a mean log-likelihood, at most 0.
    Leep,
    /// NCE: minus a conditional entropy, at most 0.
    Nce,
    /// alpha1: at least 0.
    Alpha1,
    /// alpha2, squared or not: from 0 to 1.
    Alpha2,
    /// The combined measure, squared or not: at least 0.
    Combined,
    /// Anything else: no bound is known.
    Other,
}

impl ScoreMeaning {
    /// Guesses from a column name; case, spaces, hyphens and underscores do not matter.
    ///
    /// # Examples
    ///
    /// ```
    /// use transferscope_theory::recheck::ScoreMeaning;
    ///
    /// assert_eq!(ScoreMeaning::from_column_name("H-Score"), ScoreMeaning::HScore);
    /// assert_eq!(ScoreMeaning::from_column_name("logme"), ScoreMeaning::Other);
    /// ```
    #[must_use]
    pub fn from_column_name(name: &str) -> Self {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        match plain.as_str() {
            "hscore" | "h" => Self::HScore,
            "leep" => Self::Leep,
            "nce" | "jcnce" => Self::Nce,
            "combined" | "alpha1alpha2" | "alpha12" => Self::Combined,
            _ if plain.starts_with("alpha1") => Self::Alpha1,
            _ if plain.starts_with("alpha2") => Self::Alpha2,
            _ if plain.starts_with("combined") => Self::Combined,
            _ => Self::Other,
        }
    }
}

/// Number of classes of the public data sets that model-selection tables use; `None` for any other name.
///
/// # Examples
///
/// ```
/// use transferscope_theory::recheck::classes_of_data_set;
///
/// assert_eq!(classes_of_data_set("DTD"), Some(47));
/// assert_eq!(classes_of_data_set("tllib-dtd.csv"), None);
/// ```
#[must_use]
pub fn classes_of_data_set(name: &str) -> Option<usize> {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    Some(match plain.as_str() {
        "aircraft" | "fgvcaircraft" => 100,
        "caltech101" => 101,
        "cifar10" | "mnist" | "fashionmnist" | "stl10" => 10,
        "cifar100" => 100,
        "dtd" => 47,
        "oxfordiiitpets" | "oxfordpets" | "pets" => 37,
        "stanfordcars" | "cars" => 196,
        "sun397" => 397,
        "tinyimagenet" => 200,
        "imagenet" => 1000,
        _ => return None,
    })
}
