//! Gradient matching and function matching distances with their optimal affine maps.
