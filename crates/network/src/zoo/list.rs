//! The list of architectures: names, families, contracts, and which file builds each.

use super::{
    Architecture, alexnet, densenet, efficientnet_lite, fully_connected, lenet, mobilenet_v1, mobilenet_v2,
    preact_resnet, resnet, resnet_imagenet, resnet_option_a, resnext, vgg, vit, wanted::Wanted, wide_resnet,
};
use crate::{
    contract::{Contract, PixelRange},
    graph::{Graph, GraphError},
};

type Build = fn(&Wanted) -> Result<Graph, GraphError>;

/// Mean and std 0.5 at 32 x 32 pixels: the paper's own networks (paper.md Q17, Q24).
fn paper_contract(classes: usize) -> Contract {
    Contract::half(32, 32, classes)
}

/// The statistics of ImageNet at 32 x 32 pixels, which the public pretrained weights of this family want.
fn option_a_contract(classes: usize) -> Contract {
    Contract::imagenet(32, 32, classes)
}

/// The statistics of CIFAR-10 that `pytorch-cifar` and most public CIFAR weights are trained with.
fn cifar_contract(classes: usize) -> Contract {
    Contract { mean: vec![0.4914, 0.4822, 0.4465], std: vec![0.2023, 0.1994, 0.2010], ..Contract::raw(32, 32, classes) }
}

/// Pixels as they are, as RobustBench gives them to its networks.
fn raw_contract(classes: usize) -> Contract {
    Contract::raw(32, 32, classes)
}

/// torchvision's ImageNet networks.
fn imagenet_contract(classes: usize) -> Contract {
    Contract::imagenet(224, 224, classes)
}

/// Pixels from 0 to 255, less 127, by 128, as the Lite networks were trained.
fn lite_contract(side: usize, classes: usize) -> Contract {
    Contract {
        range: PixelRange::Bytes,
        mean: vec![127.0; 3],
        std: vec![128.0; 3],
        ..Contract::raw(side, side, classes)
    }
}

const fn lite(name: &'static str, builder: Build, contract: fn(usize) -> Contract) -> Architecture {
    let about = "ImageNet form without attention, with the weight names of the public PyTorch files";
    Architecture { name, family: "efficientnet", about, builder, contract }
}

const fn paper(name: &'static str, family: &'static str, about: &'static str, builder: Build) -> Architecture {
    Architecture { name, family, about, builder, contract: paper_contract }
}

const fn option_a(name: &'static str, builder: Build) -> Architecture {
    let about = "CIFAR ResNet of He et al. 2015, section 4.2, shortcut option A";
    Architecture { name, family: "resnet", about, builder, contract: option_a_contract }
}

const fn cifar(name: &'static str, family: &'static str, about: &'static str, builder: Build) -> Architecture {
    Architecture { name, family, about, builder, contract: cifar_contract }
}

const fn imagenet(name: &'static str, family: &'static str, builder: Build) -> Architecture {
    let about = "ImageNet form at 224 pixels, with torchvision's weight names";
    Architecture { name, family, about, builder, contract: imagenet_contract }
}

const VGG_CIFAR: &str = "CIFAR form of pytorch-cifar: convolutions of VGG, one linear layer";
const RESNET: &str = "CIFAR form: 3x3 stem, stages 64-128-256-512 of basic blocks";

pub(super) static ARCHITECTURES: [Architecture; 54] = [
    paper("fc", "fully connected", "3072-1176-400-120-84-K with ReLU", fully_connected::graph),
    paper("lenet", "lenet", "two 5x5 convolutions, three linear layers", lenet::graph),
    paper("alexnet", "alexnet", "five convolutions (11x11 first), one linear layer", alexnet::graph),
    paper("resnet18", "resnet", RESNET, |w| resnet::graph("resnet18", resnet::Block::Basic, [2, 2, 2, 2], w)),
    paper("resnet34", "resnet", RESNET, |w| resnet::graph("resnet34", resnet::Block::Basic, [3, 4, 6, 3], w)),
    paper("resnet50", "resnet", "CIFAR form: 3x3 stem, stages 64-128-256-512 of bottlenecks", |w| {
        resnet::graph("resnet50", resnet::Block::Bottleneck, [3, 4, 6, 3], w)
    }),
    option_a("resnet8-cifar", |w| resnet_option_a::graph("resnet8-cifar", 1, w)),
    option_a("resnet14-cifar", |w| resnet_option_a::graph("resnet14-cifar", 2, w)),
    option_a("resnet20-cifar", |w| resnet_option_a::graph("resnet20-cifar", 3, w)),
    option_a("resnet32-cifar", |w| resnet_option_a::graph("resnet32-cifar", 5, w)),
    option_a("resnet44-cifar", |w| resnet_option_a::graph("resnet44-cifar", 7, w)),
    option_a("resnet56-cifar", |w| resnet_option_a::graph("resnet56-cifar", 9, w)),
    cifar("vgg11-cifar", "vgg", VGG_CIFAR, |w| vgg::cifar("vgg11-cifar", 11, false, w)),
    cifar("vgg13-cifar", "vgg", VGG_CIFAR, |w| vgg::cifar("vgg13-cifar", 13, false, w)),
    cifar("vgg16-cifar", "vgg", VGG_CIFAR, |w| vgg::cifar("vgg16-cifar", 16, false, w)),
    cifar("vgg19-cifar", "vgg", VGG_CIFAR, |w| vgg::cifar("vgg19-cifar", 19, false, w)),
    cifar("vgg11-bn-cifar", "vgg", VGG_CIFAR, |w| vgg::cifar("vgg11-bn-cifar", 11, true, w)),
    cifar("vgg13-bn-cifar", "vgg", VGG_CIFAR, |w| vgg::cifar("vgg13-bn-cifar", 13, true, w)),
    cifar("vgg16-bn-cifar", "vgg", VGG_CIFAR, |w| vgg::cifar("vgg16-bn-cifar", 16, true, w)),
    cifar("vgg19-bn-cifar", "vgg", VGG_CIFAR, |w| vgg::cifar("vgg19-bn-cifar", 19, true, w)),
    cifar("densenet-cifar", "densenet", "CIFAR form of pytorch-cifar, growth 12, blocks 6-12-24-16", |w| {
        densenet::cifar("densenet-cifar", densenet::Shape { growth: 12, stem: 24, ..densenet::shape(121) }, w)
    }),
    cifar("densenet121-cifar", "densenet", "CIFAR form of pytorch-cifar, growth 32, blocks 6-12-24-16", |w| {
        densenet::cifar("densenet121-cifar", densenet::shape(121), w)
    }),
    cifar("mobilenet-v1-cifar", "mobilenet", "CIFAR form of pytorch-cifar: depthwise, then pointwise", |w| {
        mobilenet_v1::graph("mobilenet-v1-cifar", w)
    }),
    cifar("mobilenet-v2-cifar", "mobilenet", "CIFAR form of pytorch-cifar: inverted residuals with ReLU", |w| {
        mobilenet_v2::cifar("mobilenet-v2-cifar", w)
    }),
    cifar("resnext29-2x64d-cifar", "resnext", "CIFAR form of pytorch-cifar: bottlenecks of 2 groups", |w| {
        resnext::graph("resnext29-2x64d-cifar", 2, 64, w)
    }),
    cifar("resnext29-32x4d-cifar", "resnext", "CIFAR form of pytorch-cifar: bottlenecks of 32 groups", |w| {
        resnext::graph("resnext29-32x4d-cifar", 32, 4, w)
    }),
    cifar("preact-resnet18-cifar", "resnet", "CIFAR form of pytorch-cifar: normalization comes first", |w| {
        preact_resnet::graph("preact-resnet18-cifar", [2, 2, 2, 2], w)
    }),
    cifar("preact-resnet34-cifar", "resnet", "CIFAR form of pytorch-cifar: normalization comes first", |w| {
        preact_resnet::graph("preact-resnet34-cifar", [3, 4, 6, 3], w)
    }),
    Architecture {
        name: "wide-resnet28-10-cifar",
        family: "wide resnet",
        about: "Zagoruyko and Komodakis 2016, depth 28, ten times as wide; pixels as they are",
        builder: |w| wide_resnet::graph("wide-resnet28-10-cifar", 28, 10, w),
        contract: raw_contract,
    },
    Architecture {
        name: "wide-resnet16-4-cifar",
        family: "wide resnet",
        about: "Zagoruyko and Komodakis 2016, depth 16, four times as wide; pixels as they are",
        builder: |w| wide_resnet::graph("wide-resnet16-4-cifar", 16, 4, w),
        contract: raw_contract,
    },
    cifar("vit-tiny-cifar", "vit", "patches of 4 pixels, 12 layers of width 192, torchvision's weight names", |w| {
        vit::graph("vit-tiny-cifar", vit::TINY_CIFAR, w)
    }),
    imagenet("resnet18-imagenet", "resnet", |w| {
        resnet_imagenet::graph("resnet18-imagenet", resnet_imagenet::RESNET18, w)
    }),
    imagenet("resnet34-imagenet", "resnet", |w| {
        resnet_imagenet::graph("resnet34-imagenet", resnet_imagenet::RESNET34, w)
    }),
    imagenet("resnet50-imagenet", "resnet", |w| {
        resnet_imagenet::graph("resnet50-imagenet", resnet_imagenet::RESNET50, w)
    }),
    imagenet("resnext50-32x4d-imagenet", "resnext", |w| {
        resnet_imagenet::graph("resnext50-32x4d-imagenet", resnet_imagenet::RESNEXT50_32X4D, w)
    }),
    imagenet("wide-resnet50-2-imagenet", "wide resnet", |w| {
        resnet_imagenet::graph("wide-resnet50-2-imagenet", resnet_imagenet::WIDE_RESNET50_2, w)
    }),
    imagenet("vgg11-imagenet", "vgg", |w| vgg::imagenet("vgg11-imagenet", 11, false, w)),
    imagenet("vgg13-imagenet", "vgg", |w| vgg::imagenet("vgg13-imagenet", 13, false, w)),
    imagenet("vgg16-imagenet", "vgg", |w| vgg::imagenet("vgg16-imagenet", 16, false, w)),
    imagenet("vgg19-imagenet", "vgg", |w| vgg::imagenet("vgg19-imagenet", 19, false, w)),
    imagenet("vgg11-bn-imagenet", "vgg", |w| vgg::imagenet("vgg11-bn-imagenet", 11, true, w)),
    imagenet("vgg13-bn-imagenet", "vgg", |w| vgg::imagenet("vgg13-bn-imagenet", 13, true, w)),
    imagenet("vgg16-bn-imagenet", "vgg", |w| vgg::imagenet("vgg16-bn-imagenet", 16, true, w)),
    imagenet("vgg19-bn-imagenet", "vgg", |w| vgg::imagenet("vgg19-bn-imagenet", 19, true, w)),
    imagenet("densenet121-imagenet", "densenet", |w| {
        densenet::imagenet("densenet121-imagenet", densenet::shape(121), w)
    }),
    imagenet("densenet161-imagenet", "densenet", |w| {
        densenet::imagenet("densenet161-imagenet", densenet::shape(161), w)
    }),
    imagenet("densenet169-imagenet", "densenet", |w| {
        densenet::imagenet("densenet169-imagenet", densenet::shape(169), w)
    }),
    imagenet("densenet201-imagenet", "densenet", |w| {
        densenet::imagenet("densenet201-imagenet", densenet::shape(201), w)
    }),
    imagenet("mobilenet-v2-imagenet", "mobilenet", |w| mobilenet_v2::imagenet("mobilenet-v2-imagenet", w)),
    imagenet("vit-b-16-imagenet", "vit", |w| vit::graph("vit-b-16-imagenet", vit::B_16, w)),
    imagenet("vit-b-32-imagenet", "vit", |w| vit::graph("vit-b-32-imagenet", vit::B_32, w)),
    lite(
        "efficientnet-lite0",
        |w| efficientnet_lite::graph("efficientnet-lite0", efficientnet_lite::LITE0, w),
        |classes| lite_contract(224, classes),
    ),
    lite(
        "efficientnet-lite1",
        |w| efficientnet_lite::graph("efficientnet-lite1", efficientnet_lite::LITE1, w),
        |classes| lite_contract(240, classes),
    ),
    lite(
        "efficientnet-lite2",
        |w| efficientnet_lite::graph("efficientnet-lite2", efficientnet_lite::LITE2, w),
        |classes| lite_contract(260, classes),
    ),
];
