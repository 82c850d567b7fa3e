//! What a text network says of many texts: logits and the features that its head reads.

use transferscope_network::array::Array;

use super::{EncodedTexts, TextError, TextSubject};
use crate::{
    deviate::{DeviateError, Progress, Shard, over_chunks},
    subject::{Observation, Outputs},
    training::Samples,
};

/// Logits and features, one row a text.
#[derive(Clone, Debug)]
pub struct TextOutputs {
    /// `[N, classes]`.
    pub logits: Array<f64>,
    /// `[N, width]`: the vector of the sentence.
    pub features: Array<f64>,
}

/// Asks a network about texts that were encoded for it, in chunks of 64.
///
/// # Errors
/// Where the engine fails, or the network has no linear head.
pub fn text_outputs(
    subject: &TextSubject,
    texts: &EncodedTexts,
    threads: usize,
    progress: &dyn Progress,
) -> Result<TextOutputs, TextError> {
    let count = texts.labels().len();
    let parts = over_chunks(count, Shard::whole(), threads, progress, |range| {
        let batch = texts.batch(&range.collect::<Vec<_>>()).map_err(DeviateError::from)?;
        Ok::<_, TextError>(subject.subject().observe(&batch, Outputs::Features)?)
    })?;
    let joined = |pick: fn(&Observation) -> &Array<f64>| -> Result<Array<f64>, TextError> {
        let width = parts.first().map_or(0, |part| pick(part).row_length());
        Ok(Array::new(vec![count, width], parts.iter().flat_map(|part| pick(part).data()).copied().collect())?)
    };
    Ok(TextOutputs { logits: joined(|part| &part.logits)?, features: joined(|part| &part.outputs)? })
}
