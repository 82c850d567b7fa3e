//! A tensor whose rank is known when it runs, not when it is compiled.

use ::burn::tensor::{DType, Device, Tensor, TensorData, kind::BridgeTensor};
use transferscope_network::array::Array;

use super::guard::failed;
use crate::door::EngineError;

/// The most axes a value may have.
pub(super) const MOST_AXES: usize = 6;

/// A float tensor of any rank from 1 to [`MOST_AXES`].
#[derive(Clone, Debug)]
pub(super) struct Value {
    tensor: BridgeTensor,
    shape: Vec<usize>,
}

/// Evaluates an expression with `$tensor` bound to the value at its own rank.
///
/// Every body is compiled once a rank; a rank outside 1 to 6 cannot come here, the plan refuses it.
macro_rules! at_rank {
    ($value:expr, $tensor:ident => $body:expr) => {{
        let value: $crate::burn::value::Value = $value;
        match value.shape().len() {
            1 => {
                let $tensor = value.at_rank::<1>();
                $body
            }
            2 => {
                let $tensor = value.at_rank::<2>();
                $body
            }
            3 => {
                let $tensor = value.at_rank::<3>();
                $body
            }
            4 => {
                let $tensor = value.at_rank::<4>();
                $body
            }
            5 => {
                let $tensor = value.at_rank::<5>();
                $body
            }
            _ => {
                let $tensor = value.at_rank::<6>();
                $body
            }
        }
    }};
}
pub(super) use at_rank;

impl<const D: usize> From<Tensor<D>> for Value {
    fn from(tensor: Tensor<D>) -> Self {
        let shape = tensor.dims().to_vec();
        Self { tensor: tensor.into_bridge(), shape }
    }
}

impl Value {
    /// Puts an array on a device, as f32 whatever the device's default type is.
    pub(super) fn from_array(array: &Array<f32>, device: &Device) -> Self {
        let data = TensorData::new(array.data().to_vec(), array.shape().to_vec());
        match array.shape().len() {
            1 => Tensor::<1>::from_data(data, (device, DType::F32)).into(),
            2 => Tensor::<2>::from_data(data, (device, DType::F32)).into(),
            3 => Tensor::<3>::from_data(data, (device, DType::F32)).into(),
            4 => Tensor::<4>::from_data(data, (device, DType::F32)).into(),
            5 => Tensor::<5>::from_data(data, (device, DType::F32)).into(),
            _ => Tensor::<6>::from_data(data, (device, DType::F32)).into(),
        }
    }

    /// Brings the numbers back.
    pub(super) fn to_array(&self) -> Result<Array<f32>, EngineError> {
        let data = at_rank!(self.clone(), x => x.into_data());
        let numbers = data.try_into_vec::<f32>().map_err(|error| failed(format!("{error:?}")))?;
        Array::new(self.shape.clone(), numbers).map_err(failed)
    }

    pub(super) fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The tensor at a rank that is known to be its own.
    pub(super) fn at_rank<const D: usize>(self) -> Tensor<D> {
        assert_eq!(self.shape.len(), D, "a value of shape {:?} has not {D} axes", self.shape);
        Tensor::from_bridge(self.tensor)
    }

    /// A leaf of which the gradient will be asked: everything computed from it is recorded.
    pub(super) fn tracked(self) -> Self {
        at_rank!(self, x => x.without_autodiff().autodiff().require_grad().into())
    }

    /// Whether anything computed from it is recorded.
    pub(super) fn is_tracked(&self) -> bool {
        at_rank!(self.clone(), x => x.is_tracked())
    }

    /// The same numbers under another shape of as many numbers.
    pub(super) fn reshaped(self, shape: &[usize]) -> Self {
        fn from<const D: usize>(x: Tensor<D>, shape: &[usize]) -> Value {
            match *shape {
                [a] => x.reshape([a]).into(),
                [a, b] => x.reshape([a, b]).into(),
                [a, b, c] => x.reshape([a, b, c]).into(),
                [a, b, c, d] => x.reshape([a, b, c, d]).into(),
                [a, b, c, d, e] => x.reshape([a, b, c, d, e]).into(),
                [a, b, c, d, e, f] => x.reshape([a, b, c, d, e, f]).into(),
                _ => panic!("a shape of {} axes; there may be 1 to {MOST_AXES}", shape.len()),
            }
        }
        if self.shape == shape { self } else { at_rank!(self, x => from(x, shape)) }
    }

    /// The same numbers with axes of size 1 in front, up to `rank` axes.
    pub(super) fn with_rank(self, rank: usize) -> Self {
        let missing = rank.saturating_sub(self.shape.len());
        let shape: Vec<usize> = std::iter::repeat_n(1, missing).chain(self.shape.iter().copied()).collect();
        self.reshaped(&shape)
    }
}
