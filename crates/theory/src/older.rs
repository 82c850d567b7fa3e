//! The measures and the theorem of the first version of the paper: tau1 and tau2.
