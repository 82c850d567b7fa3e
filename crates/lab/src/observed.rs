//! What a network says of clean images: logits and, where it has a linear head, penultimate features, chunk by chunk.

use rayon::prelude::*;
use transferscope_network::array::Array;
use transferscope_theory::statistics::CHUNK;

use crate::{
    data::ImageSet,
    deviate::{DeviateError, Progress, Rows},
    subject::{Outputs, Subject},
};

/// Clean outputs of one network over a set of images, in the order of the data.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// One row of logits an image.
    pub logits: Rows,
    /// One row of penultimate features an image, or why there are none.
    pub features: Result<Rows, String>,
}

/// One forward pass over the data: the same bits for any number of threads.
///
/// # Errors
/// Where the data or the network fail, or the user stops it.
pub fn observe(
    subject: &Subject,
    data: &ImageSet,
    threads: usize,
    progress: &dyn Progress,
) -> Result<Observed, DeviateError> {
    let missing = subject.value_name(Outputs::Features).err().map(|error| error.to_string());
    let wanted = if missing.is_none() { Outputs::Features } else { Outputs::Logits };
    let shape = data.shape();
    let done = std::sync::atomic::AtomicUsize::new(0);
    let work = |start: usize| {
        if progress.stopped() {
            return Err(DeviateError::Stopped);
        }
        let range = start..(start + CHUNK).min(data.len());
        let count = range.len();
        let batch = Array::new(vec![count, shape.channels, shape.height, shape.width], data.decode(range)?)
            .map_err(|error| DeviateError::Theory(error.to_string()))?;
        let observation = subject.observe(&batch, wanted)?;
        let now = done.fetch_add(count, std::sync::atomic::Ordering::Relaxed) + count;
        progress.advanced(now, data.len());
        Ok(observation)
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| DeviateError::Threads(error.to_string()))?;
    let starts: Vec<usize> = (0..data.len()).step_by(CHUNK).collect();
    let parts: Vec<_> = pool.install(|| starts.into_par_iter().map(work).collect::<Result<Vec<_>, DeviateError>>())?;
    let (mut logits, mut features) = (Rows::default(), Rows::default());
    for part in parts {
        put(&mut logits, &part.logits);
        put(&mut features, &part.outputs);
    }
    if logits.count() == 0 {
        return Err(DeviateError::NoImages { available: 0, filtered: 0 });
    }
    Ok(Observed { logits, features: missing.map_or(Ok(features), Err) })
}

fn put(rows: &mut Rows, more: &Array<f64>) {
    rows.width = more.row_length();
    rows.values.extend_from_slice(more.data());
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use transferscope_engine::{EngineChoice, compile};
    use transferscope_network::{
        passes::find_head,
        zoo::{Settings, find},
    };

    use super::*;
    use crate::{data, deviate::Silent};

    /// The head applied to the features gives the logits, and threads change no bit.
    #[test]
    fn features_times_the_head_are_the_logits() {
        let digits = data::load("digits#limit=70").unwrap();
        let shape = digits.shape();
        let lenet = find("lenet").unwrap();
        let graph = lenet
            .contract(10)
            .attach(&lenet.build(&Settings::with_classes(10)).unwrap(), [shape.channels, shape.height, shape.width])
            .unwrap();
        let head = find_head(&graph).unwrap();
        let features = graph.value(head.features).name.clone();
        let network = compile(&graph, EngineChoice::Auto, "flex").unwrap();
        let subject = Subject::new("lenet", network, Some(features)).unwrap();
        let observed = observe(&subject, &digits, 1, &Silent).unwrap();
        assert_eq!(observed, observe(&subject, &digits, 2, &Silent).unwrap());
        let weight = graph.weight(head.weight).unwrap().to_f64();
        let row = observed.features.as_ref().unwrap().row(66);
        let product = |class: usize| weight.row(class).iter().zip(row).map(|(w, x)| w * x).sum::<f64>();
        let logits = observed.logits.row(66);
        // Without the bias, which is the same for all images: differences between two images are the head's.
        let other = observed.features.as_ref().unwrap().row(3);
        for (class, logit) in logits.iter().enumerate() {
            let by_head = product(class) - weight.row(class).iter().zip(other).map(|(w, x)| w * x).sum::<f64>();
            assert!((by_head - (logit - observed.logits.row(3)[class])).abs() < 1e-4);
        }
    }
}
