//! The numbers of a tensor: from the file's bytes, or from a file beside it.

use half::{bf16, f16};
use transferscope_network::array::{Array, element_count};

use super::{
    count::Count,
    external::Folder,
    held::Held,
    message::{Tensor, numbers32, numbers64, varints},
};

/// How the numbers of a tensor are written (`TensorProto.DataType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Float,
    Double,
    Half,
    Brain,
    Whole { bytes: usize, signed: bool },
}

impl Kind {
    fn find(number: i64) -> Option<Self> {
        let whole = |bytes, signed| Some(Self::Whole { bytes, signed });
        match number {
            1 => Some(Self::Float),
            2 => whole(1, false),
            3 => whole(1, true),
            4 => whole(2, false),
            5 => whole(2, true),
            6 => whole(4, true),
            7 => whole(8, true),
            // Truth values.
            9 => whole(1, false),
            10 => Some(Self::Half),
            11 => Some(Self::Double),
            12 => whole(4, false),
            13 => whole(8, false),
            16 => Some(Self::Brain),
            _ => None,
        }
    }

    fn bytes(self) -> usize {
        match self {
            Self::Float => 4,
            Self::Double => 8,
            Self::Half | Self::Brain => 2,
            Self::Whole { bytes, .. } => bytes,
        }
    }

    fn is_whole(self) -> bool {
        matches!(self, Self::Whole { .. })
    }
}

/// Whether values of this element type are real numbers.
pub(super) fn is_real(element_type: i64) -> bool {
    Kind::find(element_type).is_some_and(|kind| !kind.is_whole())
}

/// Whether values of this element type are whole numbers or truth values.
pub(super) fn is_whole(element_type: i64) -> bool {
    Kind::find(element_type).is_some_and(Kind::is_whole)
}

impl Tensor<'_> {
    /// The tensor as a known value; single precision and 64-bit whole numbers hold all others that are read.
    ///
    /// # Errors
    /// With a sentence where it claims another size than it has, or holds numbers of a kind that is not read.
    pub(super) fn held(&self, folder: &Folder) -> Result<Held, String> {
        let kind = Kind::find(self.data_type).ok_or_else(|| {
            format!("the tensor '{}' holds elements of type {}, which are not read", self.name, self.data_type)
        })?;
        let wrong = || format!("the tensor '{}' has the impossible shape {:?}", self.name, self.dims);
        let shape: Option<Vec<usize>> = self.dims.iter().map(|&size| usize::try_from(size).ok()).collect();
        let shape = shape.ok_or_else(wrong)?;
        crate::limits::check_value(self.name, &shape)?;
        let count = element_count(&shape).ok_or_else(wrong)?;
        let length = count.checked_mul(kind.bytes()).ok_or_else(wrong)?;
        let too_few = |found: usize| {
            format!("the tensor '{}' claims {count} numbers, but {found} are there; the file is damaged", self.name)
        };
        let external;
        let raw = match (self.is_external, self.raw) {
            (true, _) => {
                external = folder.read(self, length)?;
                Some(external.as_slice())
            }
            (false, raw) => raw,
        };
        if let Some(raw) = raw
            && raw.len() != length
        {
            return Err(too_few(raw.len() / kind.bytes()));
        }
        if kind.is_whole() {
            let numbers = match raw {
                Some(raw) => raw.chunks_exact(kind.bytes()).map(|bytes| whole(kind, bytes)).collect(),
                None => self.listed_wholes(kind)?,
            };
            let counts: Vec<Count> = numbers.into_iter().map(Count::fixed).collect();
            let found = counts.len();
            Array::new(shape, counts).map(Held::of_counts).map_err(|_| too_few(found))
        } else {
            let numbers = match raw {
                Some(raw) => reals(kind, raw),
                None => self.listed_reals(kind)?,
            };
            let found = numbers.len();
            Array::new(shape, numbers).map(Held::of_floats).map_err(|_| too_few(found))
        }
    }

    fn listed_wholes(&self, kind: Kind) -> Result<Vec<i64>, String> {
        match kind {
            Kind::Whole { bytes: 8, signed: true } => varints(self.body, 7),
            Kind::Whole { bytes: 8, .. } | Kind::Whole { bytes: 4, signed: false } => varints(self.body, 11),
            _ => varints(self.body, 5),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "weights are rounded to single precision")]
    fn listed_reals(&self, kind: Kind) -> Result<Vec<f32>, String> {
        let bits = |numbers: Vec<i64>| numbers.into_iter().map(|bits| u16::try_from(bits).unwrap_or_default());
        Ok(match kind {
            Kind::Double => numbers64(self.body, 10)?.into_iter().map(|number| number as f32).collect(),
            Kind::Half => bits(varints(self.body, 5)?).map(|bits| f16::from_bits(bits).to_f32()).collect(),
            Kind::Brain => bits(varints(self.body, 5)?).map(|bits| bf16::from_bits(bits).to_f32()).collect(),
            Kind::Float | Kind::Whole { .. } => numbers32(self.body, 4)?,
        })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "weights are rounded to single precision")]
fn reals(kind: Kind, raw: &[u8]) -> Vec<f32> {
    match kind {
        Kind::Double => raw.as_chunks::<8>().0.iter().map(|&eight| f64::from_le_bytes(eight) as f32).collect(),
        Kind::Half => raw.as_chunks::<2>().0.iter().map(|&two| f16::from_le_bytes(two).to_f32()).collect(),
        Kind::Brain => raw.as_chunks::<2>().0.iter().map(|&two| bf16::from_le_bytes(two).to_f32()).collect(),
        Kind::Float | Kind::Whole { .. } => {
            raw.as_chunks::<4>().0.iter().map(|&four| f32::from_le_bytes(four)).collect()
        }
    }
}

fn whole(kind: Kind, bytes: &[u8]) -> i64 {
    let mut wide = [0; 8];
    for (to, &from) in wide.iter_mut().zip(bytes) {
        *to = from;
    }
    let number = i64::from_le_bytes(wide);
    match kind {
        // The sign bit moved to the top and back again.
        Kind::Whole { bytes, signed: true } if bytes < 8 => number << (64 - 8 * bytes) >> (64 - 8 * bytes),
        _ => number,
    }
}
