//! Estimates with their uncertainty: jackknife, bootstrap, permutation, correlation, ranking.
