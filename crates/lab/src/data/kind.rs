//! The kinds of data there are, with their settings and splits: one table for parsing, messages and `data list`.

use serde::Serialize;

/// A kind of data, as it is typed before the colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The embedded handwritten digits.
    Digits,
    /// CIFAR-10 binary.
    Cifar10,
    /// CIFAR-100 binary.
    Cifar100,
    /// STL-10 binary.
    Stl10,
    /// IDX (MNIST and relatives).
    Idx,
    /// A folder of image files.
    Folder,
    /// Images in an npz.
    Npz,
    /// Sentences with labels.
    Text,
}

/// What one setting of a kind is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SettingInfo {
    /// The word before the equals sign.
    pub key: &'static str,
    /// What it does and which values it has.
    pub meaning: &'static str,
}

/// What a kind reads and how it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KindInfo {
    /// The word before the colon.
    pub kind: &'static str,
    /// What is read.
    pub reads: &'static str,
    /// What the path leads to; `None` where there is no path.
    pub path: Option<&'static str>,
    /// Splits there may be; empty where there are none, or where any sub-folder is one.
    pub splits: &'static [&'static str],
    /// The split taken where none is said.
    pub default_split: Option<&'static str>,
    /// Settings after `#`.
    pub settings: Vec<SettingInfo>,
    /// Whether this version reads it.
    pub available: bool,
}

const SPLIT: SettingInfo = SettingInfo { key: "split", meaning: "which part of the data" };
const TEXT_SPLIT: SettingInfo = SettingInfo {
    key: "split",
    meaning: "which lines: test is every tenth (10, 20, …), train all others; shuffle a file whose classes take turns",
};
const CLASSES: SettingInfo = SettingInfo {
    key: "classes",
    meaning: "only these classes, by name, joined by commas; labels are renumbered in their original order",
};
const LIMIT: SettingInfo = SettingInfo {
    key: "limit",
    meaning: "the first N images (or P%) in file order; with seed, as many at random, as equal per class as possible",
};
const SEED: SettingInfo = SettingInfo {
    key: "seed",
    meaning: "makes limit a stratified random draw; label-noise, relabel and pixels need one",
};
const LABEL_NOISE: SettingInfo = SettingInfo {
    key: "label-noise",
    meaning: "replaces each label with this probability (0.25 or 25%) by another class, drawn evenly; needs seed",
};
const RELABEL: SettingInfo =
    SettingInfo { key: "relabel", meaning: "shuffled: deals the labels out anew over all images; needs seed" };
const PIXELS: SettingInfo = SettingInfo {
    key: "pixels",
    meaning: "permuted: one fixed permutation of the places of all pixels, the same for every image; needs seed",
};
const COLOUR: SettingInfo = SettingInfo { key: "colour", meaning: "rgb: grey images become three equal channels" };
const SIZE: SettingInfo =
    SettingInfo { key: "size", meaning: "S or HxW: antialiased bilinear resize, as Pillow does it" };
const LAYOUT: SettingInfo =
    SettingInfo { key: "layout", meaning: "channels-first or channels-last, where the shape leaves both open" };
const FORMAT: SettingInfo =
    SettingInfo { key: "format", meaning: "lines, tsv, csv or parquet, where the name does not say it" };
const LABEL: SettingInfo = SettingInfo {
    key: "label",
    meaning: "the label's column, by name or place from 0; naming one says that the first line names the columns (Parquet: \
              `label` by default)",
};
const TEXT: SettingInfo = SettingInfo {
    key: "text",
    meaning: "the text's column, or several joined by commas; named like the label's (Parquet: `text` or `sentence`)",
};
const BAD: SettingInfo =
    SettingInfo { key: "bad", meaning: "the share of lines that may be unusable before all are refused (default 1%)" };
const LABELS: SettingInfo = SettingInfo { key: "labels", meaning: "fine (100 classes, the default) or coarse (20)" };

impl Kind {
    /// Every kind, in the order they are listed.
    pub const ALL: [Self; 8] =
        [Self::Digits, Self::Cifar10, Self::Cifar100, Self::Stl10, Self::Idx, Self::Folder, Self::Npz, Self::Text];

    /// The word before the colon.
    pub fn name(self) -> &'static str {
        match self {
            Self::Digits => "digits",
            Self::Cifar10 => "cifar10",
            Self::Cifar100 => "cifar100",
            Self::Stl10 => "stl10",
            Self::Idx => "idx",
            Self::Folder => "folder",
            Self::Npz => "npz",
            Self::Text => "text",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What it reads, its settings and its splits.
    pub fn info(self) -> KindInfo {
        let (reads, path, splits, default_split): (_, _, &[&str], _) = match self {
            Self::Digits => (
                "1,797 handwritten digits, 8x8 grey, embedded (scikit-learn, UCI)",
                None,
                &["train", "test", "all"],
                Some("all"),
            ),
            Self::Cifar10 => (
                "CIFAR-10 binary: one label byte and 3x32x32 bytes a record",
                Some(
                    "a folder with data_batch_1.bin … and test_batch.bin, or with train.bin and test.bin, or one .bin file",
                ),
                &["train", "test"],
                Some("test"),
            ),
            Self::Cifar100 => (
                "CIFAR-100 binary: two label bytes and 3x32x32 bytes a record",
                Some("a folder with train.bin and test.bin, or one .bin file"),
                &["train", "test"],
                Some("test"),
            ),
            Self::Stl10 => (
                "STL-10 binary: 3x96x96 bytes a record, column-major, labels 1 to 10",
                Some("the folder with test_X.bin and test_y.bin in it"),
                &["train", "test", "unlabeled", "extra_labelled"],
                Some("test"),
            ),
            Self::Idx => (
                "IDX, plain or gzipped (MNIST, Fashion-MNIST, …)",
                Some("a folder with train-images-idx3-ubyte …, or one image file"),
                &["train", "test"],
                Some("test"),
            ),
            Self::Folder => (
                "PNG, JPEG and BMP files as RGB, one sub-folder per class",
                Some("the folder of the class folders (with split: the folder above)"),
                &[],
                None,
            ),
            Self::Npz => (
                "an npz with images (uint8, or float in [0, 1]) and, optionally, labels",
                Some("an .npz file"),
                &[],
                None,
            ),
            Self::Text => (
                "sentences with labels: LABEL text a line, TSV, CSV or Parquet (for `transferscope text`)",
                Some("a .parquet file, or one in UTF-8: .csv and .tsv by their columns, any other by lines"),
                &["train", "test", "all"],
                Some("all"),
            ),
        };
        let mut settings = match self {
            Self::Digits | Self::Cifar10 | Self::Stl10 | Self::Idx | Self::Folder => {
                vec![SPLIT, CLASSES, LIMIT, SEED, SIZE]
            }
            Self::Cifar100 => vec![SPLIT, CLASSES, LIMIT, SEED, SIZE, LABELS],
            Self::Npz => vec![CLASSES, LIMIT, SEED, SIZE, LAYOUT],
            Self::Text => vec![TEXT_SPLIT, FORMAT, LABEL, TEXT, BAD, CLASSES, LIMIT, SEED],
        };
        if self != Self::Text {
            settings.extend([LABEL_NOISE, RELABEL, PIXELS, COLOUR]);
        }
        KindInfo { kind: self.name(), reads, path, splits, default_split, settings, available: true }
    }
}

/// Every kind of data, for `data list`.
///
/// ```
/// let kinds = transferscope_lab::data::kinds();
/// let cifar10 = kinds.iter().find(|kind| kind.kind == "cifar10").expect("it is listed");
/// assert_eq!(cifar10.splits, ["train", "test"]);
/// ```
pub fn kinds() -> Vec<KindInfo> {
    Kind::ALL.into_iter().map(Kind::info).collect()
}
