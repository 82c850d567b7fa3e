//! The target task: its training split, and nothing else.

use transferscope_lab::data::{DataSpec, ImageSet, kinds};

use crate::{commands::subjects, exit::Failure};

/// The target's labelled training images.
pub struct Target {
    /// As it is read: the training split is written out where it was not typed.
    pub spec: String,
    /// The images.
    pub images: ImageSet,
    /// Their labels.
    pub labels: Vec<usize>,
    /// Remarks.
    pub notes: Vec<String>,
}

const TRAIN: &str = "train";

/// Reads the training split of what was typed.
///
/// # Errors
/// With exit code 2 where another split is asked for, 3 where the data cannot be read or have no labels.
pub fn target(typed: &str) -> Result<Target, Failure> {
    let (spec, note) = training_split(typed)?;
    let images = subjects::images(&spec)?;
    let labels = images
        .labels()
        .ok_or_else(|| {
            Failure::bad_input(anyhow::anyhow!(
                "'{spec}' has no labels; a ranking needs the classes of the target task (for npz: an array 'labels')"
            ))
        })?
        .iter()
        .map(|&label| label as usize)
        .collect();
    let mut notes: Vec<String> = note.into_iter().collect();
    notes.extend(images.notes().iter().cloned());
    Ok(Target { spec, images, labels, notes })
}

/// What was typed, with its training split written out; a remark where the data have no splits.
fn training_split(typed: &str) -> Result<(String, Option<String>), Failure> {
    let mut spec: DataSpec = typed.parse().map_err(subjects::data_failure)?;
    let asked = spec.settings.iter().find(|(key, _)| key == "split").map(|(_, value)| value.clone());
    match asked.as_deref() {
        Some(TRAIN) => return Ok((typed.to_owned(), None)),
        Some(other) => {
            return Err(Failure::usage(anyhow::anyhow!(
                "rank reads the target's training split only, so that a later test stays a test: expected split=train, \
                 found split={other}"
            )));
        }
        None => {}
    }
    let has_train = kinds().iter().any(|kind| kind.kind == spec.kind && kind.splits.contains(&TRAIN));
    if has_train {
        spec.settings.push(("split".to_owned(), TRAIN.to_owned()));
        return Ok((spec.to_string(), None));
    }
    Ok((typed.to_owned(), Some(format!("'{typed}' has no splits: all of it is taken as the training split"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_training_split_is_taken_and_no_other() {
        let split = |typed: &str| training_split(typed).ok().map(|(spec, _)| spec);
        assert_eq!(split("digits").as_deref(), Some("digits#split=train"));
        assert_eq!(split("digits#limit=5").as_deref(), Some("digits#limit=5&split=train"));
        assert_eq!(split("cifar10:d#split=train").as_deref(), Some("cifar10:d#split=train"));
        assert_eq!(split("digits#split=test"), None);
        assert_eq!(split("digits#split=all"), None);
        assert!(training_split("npz:a.npz").is_ok_and(|(_, note)| note.is_some()));
    }
}
