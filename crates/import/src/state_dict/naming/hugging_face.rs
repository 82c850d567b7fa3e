//! Names of Hugging Face Transformers: its ResNet and its vision transformer, in files of every version so far.

use transferscope_network::zoo::Architecture;

use super::{merged::Part, other::Rename};
use crate::state_dict::StateDict;

/// The rule for a file with these names.
pub(super) fn rule<'dict>(dict: &'dict StateDict, architecture: &Architecture) -> Option<Rename<'dict>> {
    let has = |name: &str| dict.tensors.contains_key(name);
    match architecture.family {
        "resnet" if has("resnet.embedder.embedder.convolution.weight") => Some(Box::new(resnet)),
        "vit" if has("vit.embeddings.cls_token") => Some(Box::new(vision_transformer)),
        _ => None,
    }
}

fn resnet(name: &str) -> Option<Part> {
    let whole = |name: String| Some(Part::whole(name));
    if let Some(part) = name.strip_prefix("classifier.1.") {
        return whole(format!("fc.{part}"));
    }
    let inner = name.strip_prefix("resnet.")?;
    let kind = |layer: &str| match layer {
        "convolution" => Some(("conv", 0)),
        "normalization" => Some(("bn", 1)),
        _ => None,
    };
    if let Some(rest) = inner.strip_prefix("embedder.embedder.") {
        let (layer, part) = rest.split_once('.')?;
        return whole(format!("{}1.{part}", kind(layer)?.0));
    }
    let (stage, rest) = inner.strip_prefix("encoder.stages.")?.split_once(".layers.")?;
    let stage = stage.parse::<usize>().ok()?.checked_add(1)?;
    let (block, rest) = rest.split_once('.')?;
    if let Some(rest) = rest.strip_prefix("shortcut.") {
        let (layer, part) = rest.split_once('.')?;
        return whole(format!("layer{stage}.{block}.downsample.{}.{part}", kind(layer)?.1));
    }
    let (place, rest) = rest.strip_prefix("layer.")?.split_once('.')?;
    let place = place.parse::<usize>().ok()?.checked_add(1)?;
    let (layer, part) = rest.split_once('.')?;
    whole(format!("layer{stage}.{block}.{}{place}.{part}", kind(layer)?.0))
}

fn vision_transformer(name: &str) -> Option<Part> {
    let whole = |name: String| Some(Part::whole(name));
    match name {
        "vit.embeddings.cls_token" => return whole("class_token".into()),
        "vit.embeddings.position_embeddings" => return whole("encoder.pos_embedding".into()),
        _ => {}
    }
    let outside = [
        ("vit.embeddings.patch_embeddings.projection.", "conv_proj."),
        ("vit.layernorm.", "encoder.ln."),
        ("classifier.", "heads.head."),
    ];
    for (theirs, ours) in outside {
        if let Some(part) = name.strip_prefix(theirs) {
            return whole(format!("{ours}{part}"));
        }
    }
    // Up to version 4, and since version 5.
    let inner = name.strip_prefix("vit.encoder.layer.").or_else(|| name.strip_prefix("vit.layers."))?;
    let (index, inner) = inner.split_once('.')?;
    let (layer, part) = inner.rsplit_once('.')?;
    let third = |place| {
        let name = format!("encoder.layers.encoder_layer_{index}.self_attention.in_proj_{part}");
        Some(Part { place, ..Part::whole(name) })
    };
    let ours = match layer {
        "attention.attention.query" | "attention.q_proj" => return third(0),
        "attention.attention.key" | "attention.k_proj" => return third(1),
        "attention.attention.value" | "attention.v_proj" => return third(2),
        "attention.output.dense" | "attention.o_proj" => "self_attention.out_proj",
        "intermediate.dense" | "mlp.fc1" => "mlp.0",
        "output.dense" | "mlp.fc2" => "mlp.3",
        "layernorm_before" => "ln_1",
        "layernorm_after" => "ln_2",
        _ => return None,
    };
    whole(format!("encoder.layers.encoder_layer_{index}.{ours}.{part}"))
}
