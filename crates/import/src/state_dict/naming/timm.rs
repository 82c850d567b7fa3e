//! timm's names. Its ResNet, ResNeXt, Wide ResNet and DenseNet have torchvision's already.

use std::collections::BTreeSet;

use transferscope_network::zoo::Architecture;

use super::{merged::Part, other::Rename};
use crate::state_dict::StateDict;

/// The rule for a file whose names are timm's and not the zoo's.
pub(super) fn rule<'dict>(dict: &'dict StateDict, architecture: &Architecture) -> Option<Rename<'dict>> {
    let has = |name: &str| dict.tensors.contains_key(name);
    if has("pre_logits.fc1.weight") {
        return Some(Box::new(vgg));
    }
    if has("patch_embed.proj.weight") && has("blocks.0.attn.qkv.weight") {
        return Some(Box::new(vision_transformer));
    }
    if has("conv_stem.weight") && has("blocks.0.0.conv_dw.weight") {
        let blocks = Blocks::of(dict);
        return match architecture.family {
            "mobilenet" => Some(Box::new(move |name| mobilenet(name, &blocks))),
            "efficientnet" => Some(Box::new(move |name| efficientnet_lite(name, &blocks))),
            _ => None,
        };
    }
    None
}

/// The first linear layers are convolutions of the last 7x7 pixels there, and of one pixel.
fn vgg(name: &str) -> Option<Part> {
    let heads =
        [("pre_logits.fc1.", "classifier.0."), ("pre_logits.fc2.", "classifier.3."), ("head.fc.", "classifier.6.")];
    let found = heads.iter().find_map(|(theirs, ours)| Some((ours, name.strip_prefix(theirs)?)));
    found.map(|(ours, part)| Part::matrix(format!("{ours}{part}")))
}

fn vision_transformer(name: &str) -> Option<Part> {
    let whole = |name: String| Some(Part::whole(name));
    match name {
        "cls_token" => return whole("class_token".into()),
        "pos_embed" => return whole("encoder.pos_embedding".into()),
        _ => {}
    }
    let outside = [("patch_embed.proj.", "conv_proj."), ("norm.", "encoder.ln."), ("head.", "heads.head.")];
    for (theirs, ours) in outside {
        if let Some(part) = name.strip_prefix(theirs) {
            return whole(format!("{ours}{part}"));
        }
    }
    let (index, inner) = name.strip_prefix("blocks.")?.split_once('.')?;
    let (layer, part) = inner.rsplit_once('.')?;
    let ours = match layer {
        "norm1" => "ln_1.",
        "norm2" => "ln_2.",
        // One weight there, one here: without a layer of its own.
        "attn.qkv" => "self_attention.in_proj_",
        "attn.proj" => "self_attention.out_proj.",
        "mlp.fc1" => "mlp.0.",
        "mlp.fc2" => "mlp.3.",
        _ => return None,
    };
    whole(format!("encoder.layers.encoder_layer_{index}.{ours}{part}"))
}

/// The blocks of a file with timm's inverted residuals, in their order: stage and place.
struct Blocks {
    places: Vec<(usize, usize)>,
    /// Those that widen first.
    widening: BTreeSet<(usize, usize)>,
}

impl Blocks {
    fn of(dict: &StateDict) -> Self {
        let places: BTreeSet<(usize, usize)> = dict.tensors.keys().filter_map(|name| Some(block_of(name)?.0)).collect();
        let widening = dict.tensors.keys().filter_map(|name| {
            let (place, inner) = block_of(name)?;
            inner.starts_with("conv_pwl.").then_some(place)
        });
        Self { widening: widening.collect(), places: places.into_iter().collect() }
    }

    /// The number of a block, its layer, and the part of the layer.
    fn find<'name>(&self, name: &'name str) -> Option<(usize, Layer, &'name str)> {
        let (place, inner) = block_of(name)?;
        let index = self.places.iter().position(|&other| other == place)?;
        let (layer, part) = inner.split_once('.')?;
        let layer = match (self.widening.contains(&place), layer) {
            (true, "conv_pw") => Layer::Widen,
            (true, "bn1") => Layer::WidenNorm,
            (_, "conv_dw") => Layer::Depthwise,
            (true, "bn2") | (false, "bn1") => Layer::DepthwiseNorm,
            (true, "conv_pwl") | (false, "conv_pw") => Layer::Project,
            (true, "bn3") | (false, "bn2") => Layer::ProjectNorm,
            _ => return None,
        };
        Some((index, layer, part))
    }

    fn widens(&self, index: usize) -> bool {
        self.places.get(index).is_some_and(|place| self.widening.contains(place))
    }
}

/// The layers of an inverted residual.
#[derive(Clone, Copy)]
enum Layer {
    Widen,
    WidenNorm,
    Depthwise,
    DepthwiseNorm,
    Project,
    ProjectNorm,
}

/// `blocks.STAGE.PLACE.rest`
fn block_of(name: &str) -> Option<((usize, usize), &str)> {
    let (stage, rest) = name.strip_prefix("blocks.")?.split_once('.')?;
    let (place, inner) = rest.split_once('.')?;
    Some(((stage.parse().ok()?, place.parse().ok()?), inner))
}

/// The layers before and behind the blocks.
fn around<'name>(name: &'name str, ours: [(&str, &str); 5]) -> Option<(String, &'name str)> {
    ours.iter().find_map(|(theirs, ours)| Some(((*ours).to_owned(), name.strip_prefix(theirs)?)))
}

fn mobilenet(name: &str, blocks: &Blocks) -> Option<Part> {
    let last = blocks.places.len() + 1;
    let (head, head_norm) = (format!("features.{last}.0."), format!("features.{last}.1."));
    let ours = [
        ("conv_stem.", "features.0.0."),
        ("bn1.", "features.0.1."),
        ("conv_head.", head.as_str()),
        ("bn2.", head_norm.as_str()),
        ("classifier.", "classifier.1."),
    ];
    if let Some((layer, part)) = around(name, ours) {
        return Some(Part::whole(format!("{layer}{part}")));
    }
    let (index, layer, part) = blocks.find(name)?;
    let first = usize::from(blocks.widens(index));
    let layer = match layer {
        Layer::Widen => "0.0".to_owned(),
        Layer::WidenNorm => "0.1".to_owned(),
        Layer::Depthwise => format!("{first}.0"),
        Layer::DepthwiseNorm => format!("{first}.1"),
        Layer::Project => format!("{}", first + 1),
        Layer::ProjectNorm => format!("{}", first + 2),
    };
    Some(Part::whole(format!("features.{}.conv.{layer}.{part}", index + 1)))
}

fn efficientnet_lite(name: &str, blocks: &Blocks) -> Option<Part> {
    let ours = [
        ("conv_stem.", "_conv_stem."),
        ("bn1.", "_bn0."),
        ("conv_head.", "_conv_head."),
        ("bn2.", "_bn1."),
        ("classifier.", "_fc."),
    ];
    if let Some((layer, part)) = around(name, ours) {
        return Some(Part::whole(format!("{layer}{part}")));
    }
    let (index, layer, part) = blocks.find(name)?;
    let layer = match layer {
        Layer::Widen => "_expand_conv",
        Layer::WidenNorm => "_bn0",
        Layer::Depthwise => "_depthwise_conv",
        Layer::DepthwiseNorm => "_bn1",
        Layer::Project => "_project_conv",
        Layer::ProjectNorm => "_bn2",
    };
    Some(Part::whole(format!("_blocks.{index}.{layer}.{part}")))
}
