//! Padding in all its modes.

use transferscope_network::operator::Operator;

use super::Converted;
use crate::onnx::{
    call::Call,
    converter::Converter,
    refusal::{Made, Refusal, broken, unsupported},
};

/// The most numbers that may be added or cut off at one end of an axis.
const MOST_PADDED: u64 = 1 << 20;

pub(super) fn pad(to: &mut Converter, call: &Call<'_>) -> Converted {
    let x = call.input(0)?;
    let rank = x.rank();
    let (pads, fill) = if call.opset < 11 {
        (call.ints("pads")?, call.float("value", 0.0)?)
    } else {
        (call.wholes(1)?, call.scalar(2)?.unwrap_or(0.0))
    };
    let Some(pads) = pads else { return broken("its pads are missing") };
    let axes = match call.wholes(3)? {
        Some(axes) => axes.iter().map(|&axis| Call::axis(axis, rank)).collect::<Made<Vec<_>>>()?,
        None => (0..rank).collect(),
    };
    if pads.len() != 2 * axes.len() {
        return broken(format!("it has {} pads for {} axes", pads.len(), axes.len()));
    }
    let mode = call.text("mode", "constant")?;
    let mut made = x.clone();
    let mut amounts = vec![[0; 2]; rank];
    for (place, &axis) in axes.iter().enumerate() {
        let (front, back) = (pads[place], pads[place + axes.len()]);
        if [front, back].iter().any(|amount| amount.unsigned_abs() > MOST_PADDED) {
            return broken("its pads are too large");
        }
        if front == 0 && back == 0 {
            continue;
        }
        let Some(size) = made.fixed_size(axis) else { return unsupported("it pads a batch") };
        let name = call.part(&format!("axis{axis}"));
        if mode == "constant" {
            // Below 0 they cut off.
            let cut = |amount: i64| usize::try_from(-amount).unwrap_or(0);
            let Some(end) = size.checked_sub(cut(back)).filter(|&end| end >= cut(front)) else {
                return broken("it cuts off more than there is");
            };
            made = to.sliced(&name, &made, axis, [cut(front), end])?;
            amounts[axis] = [front, back].map(|amount| usize::try_from(amount).unwrap_or(0));
        } else {
            let last = i64::try_from(size).unwrap_or(i64::MAX) - 1;
            let indices = (-front..=last + back).map(|place| mirrored(mode, place, last)).collect::<Made<Vec<_>>>()?;
            made = to.apply(&name, Operator::Select { axis, indices }, &[made])?;
        }
    }
    if fill == 0.0 {
        return Ok(vec![to.padded(call.output(), &made, &amounts)?]);
    }
    // x − fill, zeros around, + fill.
    let lowered = to.shifted(&call.part("lowered"), &made, -fill)?;
    let padded = to.padded(&call.part("padded"), &lowered, &amounts)?;
    Ok(vec![to.shifted(call.output(), &padded, fill)?])
}

/// The index that stands at a place outside of `0..=last`.
fn mirrored(mode: &str, place: i64, last: i64) -> Made<usize> {
    let index = match mode {
        "edge" => place.clamp(0, last),
        "wrap" => place.rem_euclid(last + 1),
        "reflect" => {
            let period = 2 * last.max(1);
            let within = place.rem_euclid(period);
            if last == 0 { 0 } else { within.min(period - within) }
        }
        other => return unsupported(format!("its mode is '{other}'")),
    };
    usize::try_from(index).map_err(|_| Refusal::Broken("it pads an axis without numbers".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [0 1 2 3] with three more on each side, as NumPy's pad gives them.
    #[test]
    fn padding_modes_are_numpys() {
        let row = |mode| -> Vec<usize> { (-3..7).map(|place| mirrored(mode, place, 3).expect("a mode")).collect() };
        assert_eq!(row("edge"), [0, 0, 0, 0, 1, 2, 3, 3, 3, 3]);
        assert_eq!(row("wrap"), [1, 2, 3, 0, 1, 2, 3, 0, 1, 2]);
        assert_eq!(row("reflect"), [3, 2, 1, 0, 1, 2, 3, 2, 1, 0]);
        assert!(mirrored("mirror", 0, 3).is_err());
    }
}
