//! How outputs moved under an attack: checked matrices, and the checked triple that one direction of attack needs.
