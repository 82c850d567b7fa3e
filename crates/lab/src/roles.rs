//! The two roles of a pair. They are types, so that source and target cannot change places by accident.

use crate::subject::Subject;

/// The network whose knowledge is carried over (f_S).
pub struct Source<'a, S = Subject>(pub &'a S);

/// The network of the new task, also called reference (f_T).
pub struct Target<'a, S = Subject>(pub &'a S);

/// A source and a target.
pub struct Pair<'a, S = Subject> {
    /// The source.
    pub source: Source<'a, S>,
    /// The target.
    pub target: Target<'a, S>,
}

// Written out, because deriving would ask the networks themselves to be copied.
impl<S> Clone for Source<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Source<'_, S> {}

impl<S> Clone for Target<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Target<'_, S> {}

impl<S> Clone for Pair<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Pair<'_, S> {}
