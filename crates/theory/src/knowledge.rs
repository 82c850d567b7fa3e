//! Knowledge transfer distance and its relation to function matching.
