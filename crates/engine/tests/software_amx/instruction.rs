//! The six instructions: from bytes to what they mean.

/// A tile register.
pub type Tile = usize;

/// An instruction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Instruction {
    /// `ldtilecfg`
    Configure(Address),
    /// `tilerelease`
    Release,
    /// `tilezero`
    Zero(Tile),
    /// `tileloadd`
    Load(Tile, Address),
    /// `tilestored`
    Store(Tile, Address),
    /// `tdpbf16ps`: sums, left and right factor.
    Multiply(Tile, [Tile; 2]),
}

/// A place in memory: a register, a multiple of another (the distance between rows where there are rows), and a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Address {
    /// By the number that encodes it.
    pub base: usize,
    /// By the number that encodes it, with its factor.
    pub index: Option<(usize, u64)>,
    /// In bytes.
    pub offset: i32,
}

/// Bytes of the longest of them.
pub const LONGEST: usize = 10;

/// The instruction and its length in bytes. Addresses without a base or from the instruction pointer are not decoded.
pub fn decode(bytes: [u8; LONGEST]) -> Option<(Instruction, usize)> {
    let [prefix, extensions, operands, opcode, form, ..] = bytes;
    // Three bytes of VEX before an opcode of map 2, W = 0, 128 bits, no high tile.
    if prefix != 0xC4 || extensions & 0x9F != 0x82 || operands & 0x84 != 0 {
        return None;
    }
    let second = usize::from(!operands >> 3 & 0xF);
    let (tile, other, in_registers) = (usize::from(form >> 3 & 7), usize::from(form & 7), form >> 6 == 3);
    let plain = match (opcode, operands & 3, in_registers) {
        (0x5C, 2, true) if second < 8 => Some(Instruction::Multiply(tile, [other, second])),
        (0x49, 3, true) => Some(Instruction::Zero(tile)),
        (0x49, 0, true) if form == 0xC0 => Some(Instruction::Release),
        _ => None,
    };
    if let Some(instruction) = plain {
        return Some((instruction, 5));
    }
    let (address, length) = address(extensions, &bytes[4..])?;
    let with_rows = address.index.is_some();
    let instruction = match (opcode, operands & 3) {
        (0x49, 0) if tile == 0 => Instruction::Configure(address),
        (0x4B, 3) if with_rows => Instruction::Load(tile, address),
        (0x4B, 2) if with_rows => Instruction::Store(tile, address),
        _ => return None,
    };
    Some((instruction, 4 + length))
}

/// The address that starts with the byte ModRM, and how many bytes say it.
fn address(extensions: u8, bytes: &[u8]) -> Option<(Address, usize)> {
    let [index_extension, base_extension] = [0x40, 0x20].map(|bit| if extensions & bit == 0 { 8 } else { 0 });
    let (mode, low) = (bytes[0] >> 6, bytes[0] & 7);
    let (base, index, length) = if low == 4 {
        let index = usize::from(bytes[1] >> 3 & 7) + index_extension;
        let index = (index != 4).then_some((index, 1_u64 << (bytes[1] >> 6)));
        (bytes[1] & 7, index, 2)
    } else {
        (low, None, 1)
    };
    if mode == 3 || (mode == 0 && base == 5) {
        return None;
    }
    let rest = &bytes[length..];
    let (offset, offset_length) = match mode {
        0 => (0, 0),
        1 => (i32::from(rest[0].cast_signed()), 1),
        _ => (i32::from_le_bytes([rest[0], rest[1], rest[2], rest[3]]), 4),
    };
    Some((Address { base: usize::from(base) + base_extension, index, offset }, length + offset_length))
}
