//! The bounds of the theory as checkable statements: left side, right side, slack, assumption.
//!
//! A violated bound with assumptions that hold would be an error in the program; a violated bound with a violated
//! assumption is information. The tight cases (paper §4.4 with affine networks and isotropic inputs, §5.1 with
//! y = f_T) are tests, so that a wrong constant cannot hide behind the slack of §4.2 and §4.3.

mod gradient_function;
mod knowledge;
mod older_theory;
mod statement;

pub use gradient_function::{
    FunctionToGradient, GradientToFunction, function_to_gradient_bound, gradient_to_function_bound, poincare_bound,
};
pub use knowledge::knowledge_bounds;
pub use older_theory::{OlderTheorem2, OlderTheorem3, older_theorem_2, older_theorem_3};
pub use statement::{Assumption, AssumptionStatus, BoundStatement, BoundsTable};
