//! Products of matrices: Gemm, MatMul, Einsum, and attention.

use transferscope_network::{
    array::Array,
    operator::{Arithmetic, Operator},
};

use super::Converted;
use crate::onnx::{
    call::Call,
    converter::Converter,
    count::Count,
    held::Held,
    refusal::{Made, broken, unsupported},
    truths,
};

/// alpha · A·B + beta · C, both matrices turned where asked.
pub(super) fn gemm(to: &mut Converter, call: &Call<'_>) -> Converted {
    let (a, b) = (call.input(0)?, call.input(1)?);
    let (alpha, beta) = (call.float("alpha", 1.0)?, call.float("beta", 1.0)?);
    if a.rank() != 2 || b.rank() != 2 {
        return broken("two matrices are wanted");
    }
    let turned = [1, 0];
    let a = if call.flag("transA", false)? { to.transposed(&call.part("a"), a, &turned)? } else { a.clone() };
    let b_is_turned = call.flag("transB", false)?;
    let addend = match call.optional(2) {
        Some(c) if beta != 0.0 => Some(to.scaled(&call.part("addend"), c, beta)?),
        _ => None,
    };
    if a.is_computed() && !b.is_computed() {
        let weight = if b_is_turned { b.clone() } else { to.transposed(&call.part("weight"), b, &turned)? };
        let weight = to.scaled(&call.part("scaled"), &weight, alpha)?;
        let outputs = weight.fixed_size(0).unwrap_or(0);
        let bias = match &addend {
            Some(addend) => bias_of(to, call, addend, outputs)?,
            None => None,
        };
        return match (bias, addend) {
            (Some(bias), _) => Ok(vec![to.apply(call.output(), Operator::Linear, &[a, weight, bias])?]),
            (None, None) => Ok(vec![to.apply(call.output(), Operator::Linear, &[a, weight])?]),
            (None, Some(addend)) => {
                let product = to.apply(&call.part("product"), Operator::Linear, &[a, weight])?;
                Ok(vec![to.arithmetic(call.output(), Arithmetic::Add, &product, &addend)?])
            }
        };
    }
    let b = if b_is_turned { to.transposed(&call.part("b"), b, &turned)? } else { b.clone() };
    let product = to.apply(&call.part("product"), Operator::MatrixProduct, &[a, b])?;
    let product = to.scaled(&call.part("scaled"), &product, alpha)?;
    match addend {
        Some(addend) => Ok(vec![to.arithmetic(call.output(), Arithmetic::Add, &product, &addend)?]),
        None => Ok(vec![product]),
    }
}

/// A known addend as the bias of a linear layer, where it is one number an output.
fn bias_of(to: &mut Converter, call: &Call<'_>, addend: &Held, outputs: usize) -> Made<Option<Held>> {
    let Some(shape) = addend.fixed_shape().filter(|_| !addend.is_computed()) else { return Ok(None) };
    let (Some((&last, outer)), wide) = (shape.split_last(), [Count::of(outputs)]) else { return Ok(None) };
    if last != outputs || outer.iter().any(|&size| size != 1) {
        return Ok(None);
    }
    Ok(Some(to.reshaped(&call.part("bias"), addend, &wide)?))
}

pub(super) fn matrix_product(to: &mut Converter, call: &Call<'_>) -> Converted {
    let (a, b) = (call.input(0)?, call.input(1)?);
    if a.is_computed() && !b.is_computed() && b.rank() == 2 && a.rank() >= 2 {
        let weight = to.transposed(&call.part("weight"), b, &[1, 0])?;
        let outputs = weight.fixed_size(0).unwrap_or(0);
        // An addition that follows and has no other reader is the bias.
        if let Some((addend, name)) = &call.following_add
            && let Some(bias) = bias_of(to, call, addend, outputs)?
        {
            call.took_the_add.set(true);
            return Ok(vec![to.apply(name, Operator::Linear, &[a.clone(), weight, bias])?]);
        }
        return Ok(vec![to.apply(call.output(), Operator::Linear, &[a.clone(), weight])?]);
    }
    let one = Count::fixed(1);
    let (mut left, mut right) = (a.clone(), b.clone());
    if a.rank() == 1 {
        left = to.reshaped(&call.part("left"), a, &[vec![one], a.shape()].concat())?;
    }
    if b.rank() == 1 {
        right = to.reshaped(&call.part("right"), b, &[b.shape(), vec![one]].concat())?;
    }
    if left.rank() < 2 || right.rank() < 2 {
        return broken("two matrices are wanted");
    }
    if a.rank() > 1 && b.rank() > 1 {
        return Ok(vec![to.apply(call.output(), Operator::MatrixProduct, &[left, right])?]);
    }
    let made = to.apply(&call.part("product"), Operator::MatrixProduct, &[left, right])?;
    let mut shape = made.shape();
    if b.rank() == 1 {
        shape.pop();
    }
    if a.rank() == 1 {
        shape.remove(shape.len() - 1 - usize::from(b.rank() > 1));
    }
    Ok(vec![to.reshaped(call.output(), &made, &shape)?])
}

/// Sums of products of two arrays, by letters: axes in both and in the result count the matrices, axes in both alone are
/// summed over, the others are rows and columns.
pub(super) fn einsum(to: &mut Converter, call: &Call<'_>) -> Converted {
    let equation: String = call.text("equation", "")?.chars().filter(|letter| !letter.is_whitespace()).collect();
    let Some((inputs, output)) = equation.split_once("->") else {
        return unsupported(format!("its equation '{equation}' does not say the result"));
    };
    let names: Vec<Vec<char>> = inputs.split(',').map(|letters| letters.chars().collect()).collect();
    let output: Vec<char> = output.chars().collect();
    let repeated =
        |letters: &[char]| letters.iter().enumerate().any(|(place, letter)| letters[..place].contains(letter));
    if equation.contains('.') || names.iter().any(|letters| repeated(letters)) || repeated(&output) {
        return unsupported(format!("its equation is '{equation}'"));
    }
    for (place, letters) in names.iter().enumerate() {
        if call.input(place)?.rank() != letters.len() {
            return broken(format!("its equation '{equation}' does not fit its inputs"));
        }
    }
    let place = |letters: &[char], letter: &char| letters.iter().position(|other| other == letter);
    let ([left, right], [x, y]) = (names.as_slice(), [call.input(0)?, call.optional(1).unwrap_or(call.input(0)?)])
    else {
        let ([only], x) = (names.as_slice(), call.input(0)?) else {
            return unsupported(format!("its equation '{equation}' has more than two inputs"));
        };
        // Axes in another order, nothing summed.
        let permutation: Option<Vec<usize>> = output.iter().map(|letter| place(only, letter)).collect();
        return match permutation {
            Some(order) if order.len() == only.len() => Ok(vec![to.transposed(call.output(), x, &order)?]),
            _ => unsupported(format!("its equation is '{equation}'")),
        };
    };
    let both: Vec<char> = left.iter().copied().filter(|letter| right.contains(letter)).collect();
    let (outer, summed): (Vec<char>, Vec<char>) = both.iter().partition(|letter| output.contains(letter));
    let rows: Vec<char> = left.iter().copied().filter(|letter| !right.contains(letter)).collect();
    let columns: Vec<char> = right.iter().copied().filter(|letter| !left.contains(letter)).collect();
    if rows.iter().chain(&columns).any(|letter| !output.contains(letter)) {
        return unsupported(format!("its equation '{equation}' sums over an axis of one input alone"));
    }
    let size = |letter: &char| -> Count {
        place(left, letter).map_or_else(|| y.shape()[place(right, letter).unwrap_or(0)], |axis| x.shape()[axis])
    };
    let product =
        |letters: &[char]| letters.iter().try_fold(Count::fixed(1), |product, letter| product.times(size(letter)));
    let (Some(all_rows), Some(all_summed), Some(all_columns)) = (product(&rows), product(&summed), product(&columns))
    else {
        return unsupported(format!("its equation '{equation}' makes images meet"));
    };
    let mut matrix = |part: &str, held: &Held, letters: &[char], order: [&[char]; 2], sizes: [Count; 2]| {
        let sequence = outer.iter().chain(order[0]).chain(order[1]);
        let axes: Vec<usize> = sequence.filter_map(|letter| place(letters, letter)).collect();
        let turned = to.transposed(&call.part(&format!("{part}_turned")), held, &axes)?;
        let shape: Vec<Count> = outer.iter().map(size).chain(sizes).collect();
        to.reshaped(&call.part(part), &turned, &shape)
    };
    let a = matrix("left", x, left, [&rows, &summed], [all_rows, all_summed])?;
    let b = matrix("right", y, right, [&summed, &columns], [all_summed, all_columns])?;
    let made = to.apply(&call.part("product"), Operator::MatrixProduct, &[a, b])?;
    let order: Vec<char> = outer.iter().chain(&rows).chain(&columns).copied().collect();
    let apart: Vec<Count> = order.iter().map(size).collect();
    let made = to.reshaped(&call.part("apart"), &made, &apart)?;
    let axes: Vec<usize> = output.iter().filter_map(|letter| place(&order, letter)).collect();
    if axes.len() != output.len() {
        return broken(format!("its equation '{equation}' names an axis that no input has"));
    }
    Ok(vec![to.transposed(call.output(), &made, &axes)?])
}

/// Scaled dot-product attention: softmax(scale · Q·Kᵀ + mask) · V, with as many heads of Q as a multiple of those of K.
pub(super) fn attention(to: &mut Converter, call: &Call<'_>) -> Converted {
    call.only_first_output()?;
    if call.optional(4).is_some() || call.optional(5).is_some() {
        return unsupported("it continues from past keys and values");
    }
    let known = ["is_causal", "kv_num_heads", "q_num_heads", "scale", "softcap", "softmax_precision"];
    if let Some(other) = call.node.attributes.iter().find(|attribute| !known.contains(&attribute.name)) {
        return unsupported(format!("its attribute {} is set", other.name));
    }
    if call.optional(6).is_some() {
        return unsupported("the lengths of its keys are given");
    }
    if let Some(Held::Counts(truths)) = call.optional(3) {
        let columns = truths.shape().last().copied().unwrap_or(1).max(1);
        let sees_nothing = |row: &[Count]| row.iter().all(|&truth| truth == Count::fixed(0));
        if call.flag("is_causal", false)? || truths.data().chunks(columns).any(sees_nothing) {
            return unsupported("its mask is causal besides, or hides everything from some query");
        }
    }
    if call.float("softcap", 0.0)? != 0.0 {
        return unsupported("it caps its scores (softcap)");
    }
    let is_flat = call.input(0)?.rank() == 3;
    let query_heads = call.int("q_num_heads", 0)?;
    let key_heads = call.int("kv_num_heads", 0)?;
    let query = heads(to, call, "query", call.input(0)?, query_heads)?;
    let mut key = heads(to, call, "key", call.input(1)?, key_heads)?;
    let mut value = heads(to, call, "value", call.input(2)?, key_heads)?;
    let (Some(width), Some(many), Some(few)) = (query.fixed_size(3), query.fixed_size(1), key.fixed_size(1)) else {
        return broken("queries [N, heads, length, width] are wanted");
    };
    if few == 0 || many % few != 0 || width == 0 {
        return broken(format!("{many} heads of queries do not fall onto {few} of keys"));
    }
    if many != few {
        let indices: Vec<usize> = (0..many).map(|head| head * few / many).collect();
        let select = Operator::Select { axis: 1, indices };
        key = to.apply(&call.part("all_keys"), select.clone(), &[key])?;
        value = to.apply(&call.part("all_values"), select, &[value])?;
    }
    #[expect(clippy::cast_precision_loss, reason = "a head is far narrower than 2^52")]
    let scale = call.float("scale", 1.0 / (width as f64).sqrt())?;
    let query = to.scaled(&call.part("scaled"), &query, scale)?;
    let turned = to.transposed(&call.part("keys_turned"), &key, &[0, 1, 3, 2])?;
    let mut scores = to.apply(&call.part("scores"), Operator::MatrixProduct, &[query, turned])?;
    if call.flag("is_causal", false)? {
        let (Some(rows), Some(columns)) = (scores.fixed_size(2), scores.fixed_size(3)) else {
            return broken("its lengths are not known");
        };
        to.pay(&[rows, columns])?;
        let ahead = |place: usize| if place % columns.max(1) > place / columns.max(1) { NEVER } else { 0.0 };
        let mask = Array::new(vec![rows, columns], (0..rows * columns).map(ahead).collect());
        let mask = mask.map(Held::of_floats).map_err(|error| error.to_string())?;
        scores = to.arithmetic(&call.part("causal"), Arithmetic::Add, &scores, &mask)?;
    }
    if let Some(mask) = call.optional(3) {
        let mask = match mask {
            // Truth values: where they do not hold, nothing is looked at.
            Held::Counts(truths) => {
                Held::of_floats(truths.map(|truth| if truth == Count::fixed(0) { NEVER } else { 0.0 }))
            }
            Held::Floats(numbers) => Held::of_floats(numbers.map(|number| number.max(NEVER))),
            Held::Computed(_) if mask.is_truth() => {
                truths::chosen(to, &call.part("mask"), mask, [&Held::number(0.0), &Held::number(NEVER.into())])?
            }
            Held::Images(_) | Held::Computed(_) => mask.clone(),
        };
        scores = to.arithmetic(&call.part("masked"), Arithmetic::Add, &scores, &mask)?;
    }
    let weights = to.apply(&call.part("weights"), Operator::Softmax { axis: 3 }, &[scores])?;
    let made = to.apply(&call.part("seen"), Operator::MatrixProduct, &[weights, value])?;
    if !is_flat {
        return Ok(vec![made]);
    }
    let turned = to.transposed(&call.part("turned"), &made, &[0, 2, 1, 3])?;
    let shape = turned.shape();
    match shape[2].times(shape[3]) {
        Some(width) => Ok(vec![to.reshaped(call.output(), &turned, &[shape[0], shape[1], width])?]),
        None => broken("its heads are too wide"),
    }
}

/// A score so low that its share is 0, and yet a number.
const NEVER: f32 = -1e30;

/// `[N, length, heads · width]` as `[N, heads, length, width]`.
fn heads(to: &mut Converter, call: &Call<'_>, part: &str, x: &Held, heads: i64) -> Made<Held> {
    if x.rank() == 4 {
        return Ok(x.clone());
    }
    let shape = x.shape();
    let (&[batch, length, width], true) = (shape.first_chunk::<3>().unwrap_or(&[Count::fixed(0); 3]), heads > 0) else {
        return broken("three axes and a number of heads are wanted");
    };
    let Some(each) = width.over(Count::fixed(heads)) else { return broken("the width does not fall into heads") };
    let apart = to.reshaped(&call.part(&format!("{part}_heads")), x, &[batch, length, Count::fixed(heads), each])?;
    to.transposed(&call.part(&format!("{part}_turned")), &apart, &[0, 2, 1, 3])
}
