//! First-order deviations: J·v instead of a finite step.

use super::{Deviated, chunk::rows};
use crate::attacks::{AttackError, FirstOrder, SingularDirection};

/// Fills in the four deviations J_◇ v^⋆, the top singular values and the gaps, from both networks' first order at the same
/// inputs.
pub(crate) fn fill(
    result: &mut Deviated,
    [source, target]: [&dyn FirstOrder; 2],
    level: usize,
) -> Result<(), AttackError> {
    let (of_source, of_target) = (source.directions(level)?, target.directions(level)?);
    result.source_under_source = rows(&source.push(&of_source)?);
    result.target_under_source = rows(&target.push(&of_source)?);
    result.target_under_target = rows(&target.push(&of_target)?);
    result.source_under_target = rows(&source.push(&of_target)?);
    // The denominator of alpha1 is the evaluated network's top level, whatever the level (paper.md §3.2, Q1).
    let tops = |directions: &[SingularDirection]| directions.iter().map(|direction| direction.top_value).collect();
    result.top_values = [tops(&of_source), tops(&of_target)];
    let gaps = |directions: &[SingularDirection]| directions.iter().filter_map(|d| d.relative_gap).collect();
    result.gaps = [gaps(&of_source), gaps(&of_target)];
    Ok(())
}
