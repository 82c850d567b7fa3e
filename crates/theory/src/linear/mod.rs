//! Thin, sequential wrappers of the linear algebra library: eigenvectors, singular vectors, pseudo-inverse, square root.
