//! First-order measures from Jacobians: streaming, without ever forming a perturbation.
