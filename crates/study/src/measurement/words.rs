//! What attacks on words did: success in the text read anew, and how many words it took.

use serde::{Deserialize, Serialize};
use transferscope_lab::text::ChangedText;
use transferscope_theory::statistics::{Estimate, EstimateError, Over, mean_and_error, proportion, student_interval};

/// What an attack on the words of some texts did to the network it was built on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WordSuccess {
    /// The share of texts whose prediction changed, in the text read anew from its letters.
    pub fooled: Option<Estimate>,
    /// The share whose prediction changed on the changed tokens; what is above `fooled` did not survive reading anew.
    pub fooled_in_tokens: Option<Estimate>,
    /// Words changed a text, over the fooled ones.
    pub words_changed: Option<Estimate>,
    /// The share of the open words that were changed, over the fooled ones.
    pub share_changed: Option<Estimate>,
    /// Texts with no word open to change (stop words and unknown tokens alone).
    pub nothing_open: usize,
}

impl WordSuccess {
    /// Counts.
    ///
    /// # Errors
    /// In no case with finite counts.
    #[expect(clippy::cast_precision_loss, reason = "counts of words are small")]
    pub fn new(texts: &[ChangedText]) -> Result<Self, EstimateError> {
        let fooled: Vec<&ChangedText> = texts.iter().filter(|text| text.fooled).collect();
        let words: Vec<f64> = fooled.iter().map(|text| text.words.len() as f64).collect();
        let shares: Vec<f64> = fooled.iter().map(|text| text.words.len() as f64 / text.open.max(1) as f64).collect();
        Ok(Self {
            fooled: proportion(fooled.len(), texts.len())?,
            fooled_in_tokens: proportion(texts.iter().filter(|text| text.fooled_in_tokens).count(), texts.len())?,
            words_changed: mean(&words)?,
            share_changed: mean(&shares)?,
            nothing_open: texts.iter().filter(|text| text.open == 0).count(),
        })
    }
}

fn mean(values: &[f64]) -> Result<Option<Estimate>, EstimateError> {
    let Some((value, error)) = mean_and_error(values) else { return Ok(None) };
    let estimate = Estimate::new(value, values.len(), Over::Images, "mean over fooled texts, Student interval")?;
    let Some(error) = error else { return Ok(Some(estimate.without_interval("there is a single fooled text"))) };
    let estimate = estimate.with_std_error(error)?;
    Ok(Some(match student_interval(value, error, values.len())? {
        Some(interval) => estimate.with_interval(interval),
        None => estimate,
    }))
}

#[cfg(test)]
mod tests {
    use transferscope_lab::text::ChangedWord;

    use super::*;

    fn text(words: usize, open: usize, fooled_in_tokens: bool, fooled: bool) -> ChangedText {
        let word = ChangedWord { place: 0, before: "fine".to_owned(), after: "dull".to_owned() };
        ChangedText {
            id: 0,
            before: String::new(),
            after: String::new(),
            words: vec![word; words],
            open,
            nothing_proposed: false,
            prediction_before: 0,
            prediction_after: usize::from(fooled),
            fooled_in_tokens,
            fooled,
        }
    }

    /// Two of four are fooled, with 1 of 4 and 3 of 6 words; a third was, but only before it was read anew.
    #[test]
    fn only_what_survives_reading_anew_counts() -> Result<(), EstimateError> {
        let texts = [text(1, 4, true, true), text(3, 6, true, true), text(2, 5, true, false), text(0, 0, false, false)];
        let found = WordSuccess::new(&texts)?;
        let value = |estimate: &Option<Estimate>| estimate.as_ref().map(Estimate::value);
        assert_eq!(value(&found.fooled), Some(0.5));
        assert_eq!(value(&found.fooled_in_tokens), Some(0.75));
        assert_eq!(value(&found.words_changed), Some(2.0));
        assert_eq!(value(&found.share_changed), Some(0.375));
        assert_eq!(found.nothing_open, 1);
        Ok(())
    }
}
