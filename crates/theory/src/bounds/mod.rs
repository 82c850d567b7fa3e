//! The bounds of the theory as checkable statements: left side, right side, slack, assumption.
