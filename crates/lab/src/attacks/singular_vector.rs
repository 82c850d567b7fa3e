//! The exact first-order attack as a step of finite size: along a right-singular vector of the Jacobian (paper.md §1.1, §3.1, §8).

use transferscope_network::array::Array;

use super::{Attack, AttackError, FirstOrder, Linearized, Situation};
use crate::{norm::Norm, subject::Outputs};

/// A finite step along a singular direction: the whole budget along v in L2, along sign(v) in L-infinity (a heuristic:
/// the exact L-infinity problem is NP-hard, paper.md §6.10). Both signs are tried; the family keeps the stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SingularVector {
    /// Which singular vector, from 0.
    pub level: usize,
    /// Of which outputs' Jacobian.
    pub outputs: Outputs,
}

impl Attack for SingularVector {
    fn name(&self) -> &'static str {
        "singular-vector"
    }

    fn rounds(&self) -> usize {
        1
    }

    fn alternatives(&self) -> usize {
        2
    }

    #[expect(clippy::cast_possible_truncation, reason = "pixels are f32")]
    fn propose(&self, situation: &Situation<'_>) -> Result<Array<f32>, AttackError> {
        let directions = Linearized::new(situation.subject, situation.clean, self.outputs)?.directions(self.level)?;
        let sign = if situation.alternative == 0 { 1.0 } else { -1.0 };
        let mut proposal = situation.clean.clone();
        let length = proposal.row_length().max(1);
        for (pixels, direction) in proposal.data_mut().chunks_mut(length).zip(&directions) {
            let vector: Vec<f32> = direction.vector.iter().map(|x| (sign * x) as f32).collect();
            let step: Vec<f32> = match situation.budget.norm() {
                Norm::L2 => vector.iter().map(|x| (f64::from(*x) * situation.budget.size()) as f32).collect(),
                Norm::Linf => Norm::Linf.steepest(&vector, situation.budget.size()),
            };
            pixels.iter_mut().zip(step).for_each(|(pixel, x)| *pixel += x);
        }
        Ok(proposal)
    }
}
