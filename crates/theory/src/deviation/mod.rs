//! How outputs moved under an attack: checked matrices, and the checked triple that one direction of attack needs.
//!
//! A deviation is Delta(x) = f(x + delta) - f(x) (paper §1.2). A direction star -> diamond is an attack **built on**
//! star and **seen on** diamond; star is called `own`, diamond `other`. Three deviations belong to it, each with its own
//! type, so that they cannot be swapped by accident:
//!
//! | type | symbol | shape |
//! | --- | --- | --- |
//! | [`OwnUnderOwn`] | star's output under the attack built on star | N x d_star |
//! | [`OtherUnderOwn`] | diamond's output under the attack built on star | N x d_diamond |
//! | [`OtherUnderOther`] | diamond's output under the attack built on diamond | N x d_diamond |

mod deviations;
mod direction;
mod error;
mod pair;

pub use deviations::Deviations;
pub(crate) use deviations::euclidean_norm;
pub use direction::{DirectionDeviations, OtherUnderOther, OtherUnderOwn, OwnUnderOwn};
pub use error::DeviationError;
pub use pair::{PairDeviations, PairNorms};
