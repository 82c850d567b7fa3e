//! How a network is run: plain arrays in, plain arrays out.
