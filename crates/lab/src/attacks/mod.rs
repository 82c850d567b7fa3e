//! Attacks: each proposes a perturbed input; the family projects, clips and judges.
//!
//! - [`Attack`]: what an attack is: a number of rounds and a proposal for each.
//! - [`Family`]: the one loop that every attack runs in; it keeps the budget, the pixel range and the score.
//! - [`GradientAscent`]: FGSM, PGD and everything between.
//! - [`FirstOrder`]: singular directions of the Jacobian, and what they do to the outputs: no step is made.
//! - [`SingularVector`]: a step along a right-singular vector of the Jacobian.
//! - [`noise()`]: random signs of the same size, the reference of every attack.

mod attack;
mod family;
mod gradient_ascent;
mod jacobian;
mod linearized;
mod noise;
mod singular_direction;
mod singular_vector;

pub(crate) use attack::gradient_at;
pub use attack::{Attack, AttackError, ObjectiveGradient, Situation, objective_gradient};
pub use family::{Family, Perturbed, Start};
pub use gradient_ascent::GradientAscent;
pub(crate) use jacobian::jacobians_at;
pub use jacobian::{Jacobians, jacobians};
pub use linearized::Linearized;
pub use noise::noise;
pub use singular_direction::{FirstOrder, SingularDirection};
pub use singular_vector::SingularVector;
