//! The two roles of a pair. They are types, so that source and target cannot change places by accident.

use crate::subject::Subject;

/// The network whose knowledge is carried over (f_S).
#[derive(Clone, Copy)]
pub struct Source<'a>(pub &'a Subject);

/// The network of the new task, also called reference (f_T).
#[derive(Clone, Copy)]
pub struct Target<'a>(pub &'a Subject);

/// A source and a target.
#[derive(Clone, Copy)]
pub struct Pair<'a> {
    /// The source.
    pub source: Source<'a>,
    /// The target.
    pub target: Target<'a>,
}
