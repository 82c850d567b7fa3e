//! Winograd's minimal filtering for 3x3 windows with stride 1: F(2x2, 3x3) and F(4x4, 3x3) (Lavin and Gray 2016).
//!
//! A tile of m x m outputs costs (m+2)² products a channel pair instead of 9 m²: 2.25 times fewer for m = 2, 4 times
//! fewer for m = 4. The larger the tile, the larger the rounding error; `docs/design/engine.md` has the measurements.

mod run;
mod transform;
mod weights;

pub(crate) use run::Winograd;
pub(crate) use weights::{TileSize, WinogradWeights};
