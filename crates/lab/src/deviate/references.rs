//! References that are attacked once for all networks that are held against them.

use super::{
    AttackPlan, Attacked, Deviated, Images, Plan, attack, meet,
    run::{DeviateError, Progress, check_labels, deviate},
    see,
};
use crate::{
    data::ImageSet,
    roles::{Pair, Source, Target},
    subject::Subject,
};

/// References on some images, ready for any number of networks.
///
/// Of M networks and R references M + R attacks are made and 2MR forward passes, where pair by pair 2MR attacks would be.
/// First-order measures and sums of Jacobians belong to a pair, so with them every pair is run by itself, as by [`deviate`].
pub struct AttackedReferences<'a> {
    references: &'a [Subject],
    data: &'a ImageSet,
    plan: &'a Plan,
    /// One a reference; absent where every pair is run by itself.
    attacked: Option<Vec<Attacked>>,
}

impl<'a> AttackedReferences<'a> {
    /// Attacks each reference.
    ///
    /// # Errors
    /// See [`DeviateError`].
    pub fn new(
        references: &'a [Subject],
        data: &'a ImageSet,
        plan: &'a Plan,
        progress: &dyn Progress,
    ) -> Result<Self, DeviateError> {
        let by_pair = plan.moments || matches!(plan.attack, AttackPlan::FirstOrder { .. });
        let one = |reference: &Subject| attack(reference, data, plan, &purpose(reference), progress);
        let attacked = if by_pair { None } else { Some(references.iter().map(one).collect::<Result<_, _>>()?) };
        Ok(Self { references, data, plan, attacked })
    }

    /// What runs over the pairs of this network, as the source, with each reference give, in the order of the references.
    /// Without random starts these are the bits that [`deviate`] gives; random starts are those of the network's name.
    ///
    /// # Errors
    /// See [`DeviateError`].
    pub fn against(&self, network: &Subject, progress: &dyn Progress) -> Result<Vec<Deviated>, DeviateError> {
        let pair = |reference| Pair { source: Source(network), target: Target(reference) };
        let Some(attacked) = &self.attacked else {
            let one = |reference| deviate(pair(reference), self.data, self.plan, progress);
            return self.references.iter().map(one).collect();
        };
        self.references.iter().try_for_each(|reference| check_labels(pair(reference), self.data, self.plan))?;
        let own = attack(network, self.data, self.plan, &purpose(network), progress)?;
        let met = |(reference, theirs): (&Subject, &Attacked)| {
            let target_seen = see(reference, theirs, &own, self.plan, progress)?;
            let source_seen = see(network, &own, theirs, self.plan, progress)?;
            filtered(meet(&own, theirs, source_seen, target_seen)?, self.plan.images)
        };
        self.references.iter().zip(attacked).map(met).collect()
    }
}

fn purpose(network: &Subject) -> String {
    format!("start of the attack on {}", network.name())
}

/// The images that the plan measures.
fn filtered(all: Deviated, images: Images) -> Result<Deviated, DeviateError> {
    if images == Images::All {
        return Ok(all);
    }
    let labels = all.labels.as_deref().unwrap_or_default();
    let right = |predictions: &[usize], place: usize| {
        labels.get(place).is_some_and(|label| predictions[place] == *label as usize)
    };
    let keeps =
        |place: &usize| images.keeps(right(&all.source_prediction, *place), right(&all.target_prediction, *place));
    let available = all.ids.len();
    let places: Vec<usize> = (0..available).filter(keeps).collect();
    if places.is_empty() {
        return Err(DeviateError::NoImages { available, filtered: available });
    }
    let restarts: Vec<usize> = (0..all.restarts).collect();
    Ok(all.chosen(&places, &restarts))
}
