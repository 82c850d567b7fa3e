//! Labelled images from the formats people have, held as bytes and decoded by batch; and npz arrays in and out.
//!
//! - [`DataSpec`]: what was typed (`cifar10:DIR#split=test&limit=512`); [`CheckedSpec`]: what it means; [`load`]: both, and the images.
//! - [`ImageSet`]: the images, their labels and their identities.
//! - One module per format: [`cifar10`], [`cifar100`], [`stl10`], [`idx`], [`folder`], [`npz`], [`digits`].
//! - [`inspect`]: what a set holds, as a value; [`kinds`]: what can be read.
//! - [`NpzFile`], [`RowStream`], [`NpzWriter`]: named arrays of numbers; [`AtomicFile`]: a file that appears whole or not at all.
//!
//! Nothing here prints, and no input makes it panic: every refusal is a [`DataError`] that says what was expected, what was
//! found and what to do. Sizes that a file claims are compared with its true size before anything is allocated.

mod array;
mod atomic_file;
mod catalogue;
pub mod cifar10;
pub mod cifar100;
mod class_names;
pub mod digits;
mod error;
pub mod folder;
pub mod idx;
mod idx_array;
mod image_set;
mod inspection;
mod kind;
mod label_records;
mod npy_header;
pub mod npz;
mod npz_entry;
mod npz_file;
mod npz_numbers;
mod npz_writer;
mod pixels;
mod place;
pub mod png;
mod resize;
mod row_stream;
mod selection;
mod spec;
mod spec_check;
pub mod stl10;
pub mod text;
mod transform;

pub use array::{Array, ArrayRef};
pub use atomic_file::AtomicFile;
pub use error::DataError;
pub use image_set::ImageSet;
pub use inspection::{ChannelSummary, ClassCount, Inspection, inspect};
pub use kind::{Kind, KindInfo, SettingInfo, kinds};
pub use npz_file::{ArrayInfo, NpzFile};
pub use npz_writer::{Compression, NpzWriter};
pub use pixels::{ImageShape, ImageSize, Pixels};
pub use resize::resize_planes;
pub use row_stream::RowStream;
pub use spec::DataSpec;
pub use spec_check::{CheckedSpec, load};
