//! Steepest ascent in the space of the words' vectors: FGSM is one full step, PGD several smaller ones.

use transferscope_network::array::Array;

use crate::{
    attacks::{AttackError, GradientAscent},
    norm::Norm,
    objective::Objective,
    text::{TextError, TextSubject},
};

/// How vectors are attacked. The change of each text is moved into the budget (in the units of the embedding table), and is
/// zero at padding and at tokens that are no part of the text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EmbeddingFamily {
    /// What is climbed.
    pub objective: Objective,
    /// The norm of the change, over all numbers of a text.
    pub norm: Norm,
    /// How large it may be.
    pub size: f64,
    /// Steps and their size.
    pub ascent: GradientAscent,
}

impl EmbeddingFamily {
    /// Refuses sizes that are none.
    ///
    /// # Errors
    /// Names the first.
    pub fn check(&self) -> Result<(), TextError> {
        let above_0 = |what, number: f64| match number.is_finite() && number > 0.0 {
            true => Ok(()),
            false => Err(TextError::Setting { what, expected: "above 0", found: number.to_string() }),
        };
        above_0("the budget", self.size)?;
        above_0("the step", self.ascent.step_size)?;
        match self.ascent.steps {
            0 => Err(TextError::Setting { what: "steps", expected: "a whole number from 1", found: "0".to_owned() }),
            _ => Ok(()),
        }
    }

    /// The change of the vectors of each text, `[N, length, width]`; `open` says for each text which tokens may move.
    ///
    /// # Errors
    /// Where the network cannot answer.
    pub fn run(
        &self,
        subject: &TextSubject,
        tokens: &Array<f32>,
        open: &[Vec<bool>],
        clean_logits: &Array<f64>,
    ) -> Result<(Array<f32>, usize), AttackError> {
        let clean = subject.embed(tokens);
        let mut change = clean.map(|_| 0.0_f32);
        let mut zero_gradients = 0;
        for round in 0..self.ascent.steps {
            let mut gradient = subject.gradient(tokens, &sum(&clean, &change), clean_logits, self.objective)?.direction;
            let length = change.row_length().max(1);
            for (row, (slope, change)) in
                gradient.data_mut().chunks_mut(length).zip(change.data_mut().chunks_mut(length)).enumerate()
            {
                close(slope, &open[row]);
                if round == 0 && slope.iter().all(|&number| number == 0.0) {
                    zero_gradients += 1;
                }
                let step = self.norm.steepest(slope, self.ascent.step_size);
                change.iter_mut().zip(step).for_each(|(number, step)| *number += step);
                close(change, &open[row]);
                self.norm.project(change, self.size);
            }
        }
        Ok((change, zero_gradients))
    }
}

/// Zeros at the tokens that may not move.
fn close(numbers: &mut [f32], open: &[bool]) {
    let width = (numbers.len() / open.len().max(1)).max(1);
    for (token, _) in numbers.chunks_mut(width).zip(open).filter(|(_, open)| !**open) {
        token.fill(0.0);
    }
}

/// a + b, number by number.
pub(in crate::text) fn sum(a: &Array<f32>, b: &Array<f32>) -> Array<f32> {
    let mut result = a.clone();
    result.data_mut().iter_mut().zip(b.data()).for_each(|(number, other)| *number += other);
    result
}
