//! Writing a contract into the graph: from pixels in `[0,1]` at the data's size to what the network wants.

use super::{ChannelOrder, Contract, PixelRange};
use crate::{
    array::Array,
    graph::{Builder, Graph, GraphError, Wire},
    operator::{Arithmetic, Operator},
    passes::splice_before_input,
    resample::bilinear_weights,
};

/// Why a contract cannot be kept.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum ContractError {
    /// Mean and std are not one number a channel, or cannot be used.
    #[error(
        "the contract must give one mean and one positive std for each of the {channels} channels, \
         but gives mean {mean:?} and std {std:?}"
    )]
    Normalisation {
        /// How many channels there are.
        channels: usize,
        /// The means.
        mean: Vec<f64>,
        /// The stds.
        std: Vec<f64>,
    },
    /// The data have a number of channels that cannot be made into the network's.
    #[error(
        "the data have {found} channels, but the network wants {expected}; give data with 1 or {expected} channels"
    )]
    Channels {
        /// What the network wants.
        expected: usize,
        /// What the data have.
        found: usize,
    },
    /// The graph's input is not the contract's.
    #[error("the contract speaks of an input of shape {contract:?}, but the graph takes {graph:?}")]
    Input {
        /// Channels, height, width of the contract.
        contract: Vec<usize>,
        /// The graph's input shape.
        graph: Vec<usize>,
    },
    /// The contract's class count is not the graph's.
    #[error("the contract speaks of {contract} classes, but the graph's output has shape {graph:?}")]
    Classes {
        /// Classes of the contract.
        contract: usize,
        /// The graph's output shape.
        graph: Vec<usize>,
    },
    /// The graph itself does not fit.
    #[error(transparent)]
    Graph(#[from] GraphError),
}

impl Contract {
    /// Whether a graph keeps this contract.
    ///
    /// # Errors
    /// Where input shape, class count, mean or std do not fit.
    pub fn check(&self, graph: &Graph) -> Result<(), ContractError> {
        let channels = self.channels.channels();
        let usable = |numbers: &[f64]| numbers.len() == channels && numbers.iter().all(|number| number.is_finite());
        if !usable(&self.mean) || !usable(&self.std) || self.std.iter().any(|&std| std <= 0.0) {
            return Err(ContractError::Normalisation { channels, mean: self.mean.clone(), std: self.std.clone() });
        }
        let shape = vec![channels, self.height, self.width];
        if graph.input_shape() != shape {
            return Err(ContractError::Input { contract: shape, graph: graph.input_shape().to_vec() });
        }
        let output = graph.output_shape()?;
        if output != [self.classes] {
            return Err(ContractError::Classes { contract: self.classes, graph: output });
        }
        Ok(())
    }

    /// The graph from pixels in `[0,1]` of this shape (channels, height, width) to the network's output:
    /// channels made to fit, antialiased bilinear resize, range and normalisation, then the network.
    /// The new input is named `pixels`.
    ///
    /// # Errors
    /// Where the graph does not keep the contract, or the data's channels cannot be made into the network's.
    pub fn attach(&self, graph: &Graph, data: [usize; 3]) -> Result<Graph, ContractError> {
        self.check(graph)?;
        let [channels, height, width] = data;
        let wanted = self.channels.channels();
        if channels != wanted && channels != 1 {
            return Err(ContractError::Channels { expected: wanted, found: channels });
        }
        let mut builder = Builder::new(graph.name());
        let mut image = builder.input("pixels", &data);
        if channels < wanted {
            image = builder.node("contract.channels", Operator::Concatenate { axis: 1 }, &vec![image; wanted]);
        } else if self.channels == ChannelOrder::Bgr {
            image = reversed_channels(&mut builder, image);
        }
        if height != self.height {
            let rows = builder.weight("contract.resize.rows", resize_matrix(self.height, height));
            image = builder.node("contract.resized_rows", Operator::MatrixProduct, &[rows, image]);
        }
        if width != self.width {
            let columns = builder.weight("contract.resize.columns", transposed(&resize_matrix(self.width, width)));
            image = builder.node("contract.resized", Operator::MatrixProduct, &[image, columns]);
        }
        let image = self.normalised(&mut builder, image)?;
        Ok(splice_before_input(builder, image, graph)?)
    }

    fn normalised(&self, builder: &mut Builder, image: Wire) -> Result<Wire, ContractError> {
        let scale = match self.range {
            PixelRange::Unit => 1.0,
            PixelRange::Bytes => 255.0,
        };
        // (scale · x − mean) / std, with the scale moved into both constants: one subtraction, one division.
        let constant = |numbers: &[f64]| {
            let scaled: Vec<f64> = numbers.iter().map(|number| number / scale).collect();
            let shape = vec![scaled.len(), 1, 1];
            Array::new(shape, scaled).map(|array| array.to_f32()).map_err(|_| ContractError::Normalisation {
                channels: self.channels.channels(),
                mean: self.mean.clone(),
                std: self.std.clone(),
            })
        };
        let mean = builder.weight("contract.mean", constant(&self.mean)?);
        let std = builder.weight("contract.std", constant(&self.std)?);
        let shifted = builder.node("contract.shifted", Operator::Arithmetic(Arithmetic::Subtract), &[image, mean]);
        Ok(builder.node("contract.normalised", Operator::Arithmetic(Arithmetic::Divide), &[shifted, std]))
    }
}

fn reversed_channels(builder: &mut Builder, image: Wire) -> Wire {
    let channels: Vec<Wire> = (0..3)
        .rev()
        .map(|channel| {
            let slice = Operator::Slice { axis: 1, start: channel, end: channel + 1, step: 1 };
            builder.node(&format!("contract.channel{channel}"), slice, &[image])
        })
        .collect();
    builder.node("contract.channels", Operator::Concatenate { axis: 1 }, &channels)
}

/// The `[to, from]` matrix of the resize as an array.
fn resize_matrix(to: usize, from: usize) -> Array<f32> {
    let rows = bilinear_weights(to, from);
    let mut matrix = Array::filled(vec![to, from], 0.0);
    for (target, weight) in matrix.data_mut().iter_mut().zip(rows) {
        *target = weight;
    }
    matrix.to_f32()
}

fn transposed(matrix: &Array<f32>) -> Array<f32> {
    let [rows, columns] = [matrix.rows(), matrix.row_length()];
    let mut result = Array::filled(vec![columns, rows], 0.0);
    for row in 0..rows {
        for column in 0..columns {
            result.data_mut()[column * rows + row] = matrix.data()[row * columns + column];
        }
    }
    result
}
