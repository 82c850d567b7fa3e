//! The messages of an ONNX file that matter here, borrowed from the file's bytes.
//!
//! Field numbers are those of `onnx.proto3` in the ONNX project. What is kept of a file is counted, and no file may
//! hold more than [`MOST_MESSAGES`] of it.

use super::wire::{DAMAGED, Field, Fields, varint};

/// Nodes, edges, attributes, initializers: a hundred times those of the largest network in use, some hundred megabytes.
const MOST_MESSAGES: usize = 1_000_000;

/// A model.
#[derive(Debug, Default)]
pub(super) struct Model<'file> {
    /// The version of each operator set, by domain.
    pub opsets: Vec<(&'file str, i64)>,
    pub graph: Graph<'file>,
    /// The program that wrote it.
    pub producer: &'file str,
}

/// A graph.
#[derive(Debug, Default)]
pub(super) struct Graph<'file> {
    pub name: &'file str,
    pub nodes: Vec<Node<'file>>,
    pub initializers: Vec<Tensor<'file>>,
    pub inputs: Vec<Input<'file>>,
    pub outputs: Vec<&'file str>,
}

/// A node.
#[derive(Debug, Default)]
pub(super) struct Node<'file> {
    pub name: &'file str,
    pub operator: &'file str,
    pub domain: &'file str,
    pub inputs: Vec<&'file str>,
    pub outputs: Vec<&'file str>,
    pub attributes: Vec<Attribute<'file>>,
}

/// An attribute; its value is read when it is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attribute<'file> {
    pub name: &'file str,
    body: &'file [u8],
}

/// An input of the graph.
#[derive(Debug, Default)]
pub(super) struct Input<'file> {
    pub name: &'file str,
    pub element_type: i64,
    /// The sizes of the axes; absent where the file does not say them.
    pub shape: Vec<Size<'file>>,
}

/// The size of an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Size<'file> {
    Known(i64),
    /// With the name that the file gives it, which may be empty.
    Named(&'file str),
}

/// A tensor; its numbers are read when they are asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Tensor<'file> {
    pub name: &'file str,
    pub dims: Vec<i64>,
    pub data_type: i64,
    /// Little-endian bytes, where the numbers are given so.
    pub raw: Option<&'file [u8]>,
    /// The whole message, for numbers that are given one by one.
    pub body: &'file [u8],
    /// Key and value of each part of an external place.
    pub external: Vec<(&'file str, &'file str)>,
    pub is_external: bool,
}

/// Counts what is kept of a file.
#[derive(Debug, Default)]
pub(super) struct Tally(usize);

impl Tally {
    fn one(&mut self) -> Result<(), String> {
        self.0 += 1;
        if self.0 <= MOST_MESSAGES {
            Ok(())
        } else {
            Err(format!("it holds more than {MOST_MESSAGES} nodes, edges, attributes and tensors"))
        }
    }
}

fn text(field: Field<'_>) -> Result<&str, String> {
    std::str::from_utf8(bytes(field)?).map_err(|_| "a name is no text; the file is damaged".to_owned())
}

fn bytes(field: Field<'_>) -> Result<&[u8], String> {
    match field {
        Field::Bytes(bytes) => Ok(bytes),
        _ => Err(DAMAGED.to_owned()),
    }
}

fn whole(field: Field<'_>) -> Result<i64, String> {
    match field {
        Field::Varint(number) => Ok(number.cast_signed()),
        _ => Err(DAMAGED.to_owned()),
    }
}

impl<'file> Model<'file> {
    pub(super) fn read(file: &'file [u8], tally: &mut Tally) -> Result<Self, String> {
        let mut model = Self::default();
        let mut has_graph = false;
        for field in Fields::new(file) {
            match field? {
                (2, field) => model.producer = text(field)?,
                (7, field) => {
                    model.graph = Graph::read(bytes(field)?, tally)?;
                    has_graph = true;
                }
                (8, field) => {
                    tally.one()?;
                    model.opsets.push(opset(bytes(field)?)?);
                }
                _ => {}
            }
        }
        if has_graph { Ok(model) } else { Err("it holds no graph; it is cut short or another kind of file".to_owned()) }
    }
}

fn opset(message: &[u8]) -> Result<(&str, i64), String> {
    let (mut domain, mut version) = ("", 0);
    for field in Fields::new(message) {
        match field? {
            (1, field) => domain = text(field)?,
            (2, field) => version = whole(field)?,
            _ => {}
        }
    }
    Ok((domain, version))
}

impl<'file> Graph<'file> {
    pub(super) fn read(message: &'file [u8], tally: &mut Tally) -> Result<Self, String> {
        let mut graph = Self::default();
        for field in Fields::new(message) {
            match field? {
                (1, field) => graph.nodes.push(Node::read(bytes(field)?, tally)?),
                (2, field) => graph.name = text(field)?,
                (5, field) => graph.initializers.push(Tensor::read(bytes(field)?, tally)?),
                (11, field) => graph.inputs.push(Input::read(bytes(field)?, tally)?),
                (12, field) => {
                    tally.one()?;
                    graph.outputs.push(Input::read(bytes(field)?, tally)?.name);
                }
                (15, _) => return Err("it holds sparse tensors, which are not read".to_owned()),
                _ => {}
            }
        }
        Ok(graph)
    }
}

impl<'file> Node<'file> {
    fn read(message: &'file [u8], tally: &mut Tally) -> Result<Self, String> {
        tally.one()?;
        let mut node = Self::default();
        for field in Fields::new(message) {
            let (number, field) = field?;
            if matches!(number, 1 | 2 | 5) {
                tally.one()?;
            }
            match number {
                1 => node.inputs.push(text(field)?),
                2 => node.outputs.push(text(field)?),
                3 => node.name = text(field)?,
                4 => node.operator = text(field)?,
                5 => node.attributes.push(Attribute::read(bytes(field)?)?),
                7 => node.domain = text(field)?,
                _ => {}
            }
        }
        Ok(node)
    }

    /// What the node is called in messages: its own name, or that of what it makes.
    pub(super) fn title(&self) -> &'file str {
        if self.name.is_empty() { self.outputs.first().copied().unwrap_or("") } else { self.name }
    }

    pub(super) fn attribute(&self, name: &str) -> Option<Attribute<'file>> {
        self.attributes.iter().copied().find(|attribute| attribute.name == name)
    }
}

impl<'file> Attribute<'file> {
    fn read(body: &'file [u8]) -> Result<Self, String> {
        let mut name = "";
        for field in Fields::new(body) {
            if let (1, field) = field? {
                name = text(field)?;
            }
        }
        Ok(Self { name, body })
    }

    fn last(&self, wanted: u64) -> Result<Option<Field<'file>>, String> {
        let mut found = None;
        for field in Fields::new(self.body) {
            let (number, field) = field?;
            if number == wanted {
                found = Some(field);
            }
        }
        Ok(found)
    }

    pub(super) fn float(&self) -> Result<f64, String> {
        match self.last(2)? {
            Some(Field::Fixed32(four)) => Ok(f64::from(f32::from_le_bytes(four))),
            None => Ok(0.0),
            Some(_) => Err(DAMAGED.to_owned()),
        }
    }

    pub(super) fn int(&self) -> Result<i64, String> {
        self.last(3)?.map_or(Ok(0), whole)
    }

    pub(super) fn string(&self) -> Result<&'file str, String> {
        self.last(4)?.map_or(Ok(""), text)
    }

    pub(super) fn tensor(&self, tally: &mut Tally) -> Result<Option<Tensor<'file>>, String> {
        self.last(5)?.map(|field| Tensor::read(bytes(field)?, tally)).transpose()
    }

    pub(super) fn floats(&self) -> Result<Vec<f32>, String> {
        numbers32(self.body, 7)
    }

    pub(super) fn ints(&self) -> Result<Vec<i64>, String> {
        varints(self.body, 8)
    }
}

impl<'file> Input<'file> {
    fn read(message: &'file [u8], tally: &mut Tally) -> Result<Self, String> {
        tally.one()?;
        let mut input = Self::default();
        for field in Fields::new(message) {
            match field? {
                (1, field) => input.name = text(field)?,
                // ValueInfoProto.type, TypeProto.tensor_type
                (2, field) => {
                    for field in Fields::new(bytes(field)?) {
                        if let (1, field) = field? {
                            input.read_tensor_type(bytes(field)?, tally)?;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(input)
    }

    fn read_tensor_type(&mut self, message: &'file [u8], tally: &mut Tally) -> Result<(), String> {
        for field in Fields::new(message) {
            match field? {
                (1, field) => self.element_type = whole(field)?,
                (2, field) => {
                    for field in Fields::new(bytes(field)?) {
                        if let (1, field) = field? {
                            tally.one()?;
                            self.shape.push(size(bytes(field)?)?);
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn size(message: &[u8]) -> Result<Size<'_>, String> {
    let mut size = Size::Named("");
    for field in Fields::new(message) {
        match field? {
            (1, field) => size = Size::Known(whole(field)?),
            (2, field) => size = Size::Named(text(field)?),
            _ => {}
        }
    }
    Ok(size)
}

impl<'file> Tensor<'file> {
    pub(super) fn read(body: &'file [u8], tally: &mut Tally) -> Result<Self, String> {
        tally.one()?;
        let mut tensor = Self { body, dims: varints(body, 1)?, ..Self::default() };
        for field in Fields::new(body) {
            match field? {
                (2, field) => tensor.data_type = whole(field)?,
                (8, field) => tensor.name = text(field)?,
                (9, field) => tensor.raw = Some(bytes(field)?),
                (13, field) => {
                    tally.one()?;
                    tensor.external.push(pair(bytes(field)?)?);
                }
                (14, field) => tensor.is_external = whole(field)? == 1,
                _ => {}
            }
        }
        Ok(tensor)
    }
}

fn pair(message: &[u8]) -> Result<(&str, &str), String> {
    let (mut key, mut value) = ("", "");
    for field in Fields::new(message) {
        match field? {
            (1, field) => key = text(field)?,
            (2, field) => value = text(field)?,
            _ => {}
        }
    }
    Ok((key, value))
}

/// All whole numbers of a repeated field, packed or not.
pub(super) fn varints(message: &[u8], wanted: u64) -> Result<Vec<i64>, String> {
    let mut numbers = Vec::new();
    for field in Fields::new(message) {
        match field? {
            (number, Field::Varint(value)) if number == wanted => numbers.push(value.cast_signed()),
            (number, Field::Bytes(mut packed)) if number == wanted => {
                while !packed.is_empty() {
                    numbers.push(varint(&mut packed).ok_or(DAMAGED)?.cast_signed());
                }
            }
            _ => {}
        }
    }
    Ok(numbers)
}

/// All single-precision numbers of a repeated field, packed or not.
pub(super) fn numbers32(message: &[u8], wanted: u64) -> Result<Vec<f32>, String> {
    let mut numbers = Vec::new();
    for field in Fields::new(message) {
        match field? {
            (number, Field::Fixed32(four)) if number == wanted => numbers.push(f32::from_le_bytes(four)),
            (number, Field::Bytes(packed)) if number == wanted => {
                numbers.extend(packed.as_chunks::<4>().0.iter().map(|&four| f32::from_le_bytes(four)));
            }
            _ => {}
        }
    }
    Ok(numbers)
}

/// All double-precision numbers of a repeated field, packed or not.
pub(super) fn numbers64(message: &[u8], wanted: u64) -> Result<Vec<f64>, String> {
    let mut numbers = Vec::new();
    for field in Fields::new(message) {
        match field? {
            (number, Field::Fixed64(eight)) if number == wanted => numbers.push(f64::from_le_bytes(eight)),
            (number, Field::Bytes(packed)) if number == wanted => {
                numbers.extend(packed.as_chunks::<8>().0.iter().map(|&eight| f64::from_le_bytes(eight)));
            }
            _ => {}
        }
    }
    Ok(numbers)
}
