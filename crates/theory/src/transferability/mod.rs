//! alpha1, alpha2 and the combined measure of one direction, with their estimates and reference values.
