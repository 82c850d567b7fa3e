"""Weight files with torchvision's, timm's and Hugging Face Transformers' names, put into the zoo's networks and run.

    pip install torch torchvision timm transformers safetensors numpy
    python3 scripts/results/weight_names.py --transferscope target/release/transferscope --folder DIR [--only NAME,NAME]

Random weights (nothing is fetched); normalizations get other statistics than their first ones. Each library's own network is
the reference, in float64, on two images of noise. Prints the rows of the table in docs/results/weight-names.md: how many
weights the file has, and the largest error of a logit relative to the largest logit of its image.
"""

import argparse
import copy
import os
import pathlib
import subprocess

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy
import safetensors.torch
import timm
import torch
import torchvision
import transformers

VGG = [11, 13, 16, 19]


def hugging_face_resnet(depths, kind, sizes):
    config = transformers.ResNetConfig(depths=depths, layer_type=kind, hidden_sizes=sizes, num_labels=1000)
    return transformers.ResNetForImageClassification(config)


def hugging_face_vit(width, heads, side, patch, classes):
    config = transformers.ViTConfig(hidden_size=width, num_attention_heads=heads, intermediate_size=4 * width, image_size=side,
                                    patch_size=patch, num_labels=classes, layer_norm_eps=1e-6)
    return transformers.ViTForImageClassification(config)


def networks():
    """The zoo's name, the library, and its network."""
    basic, wide = [64, 128, 256, 512], [256, 512, 1024, 2048]
    vision = torchvision.models.VisionTransformer
    rows = []
    for zoo, name in [
        *[(f"resnet{depth}-imagenet", f"resnet{depth}") for depth in (18, 34, 50)],
        ("resnext50-32x4d-imagenet", "resnext50_32x4d"), ("wide-resnet50-2-imagenet", "wide_resnet50_2"),
        *[(f"vgg{depth}-imagenet", f"vgg{depth}") for depth in VGG],
        *[(f"vgg{depth}-bn-imagenet", f"vgg{depth}_bn") for depth in VGG],
        *[(f"densenet{depth}-imagenet", f"densenet{depth}") for depth in (121, 161, 169, 201)],
        ("mobilenet-v2-imagenet", "mobilenet_v2"), ("vit-b-16-imagenet", "vit_b_16"), ("vit-b-32-imagenet", "vit_b_32"),
    ]:
        rows.append((zoo, "torchvision", lambda name=name: torchvision.models.get_model(name, weights=None)))
        theirs = {"mobilenet_v2": "mobilenetv2_100", "vit_b_16": "vit_base_patch16_224", "vit_b_32": "vit_base_patch32_224"}
        rows.append((zoo, "timm", lambda name=theirs.get(name, name): timm.create_model(name)))
    for scale in range(3):
        name = f"tf_efficientnet_lite{scale}"
        rows.append((f"efficientnet-lite{scale}", "timm", lambda name=name: timm.create_model(name)))
    rows += [
        ("vit-tiny-cifar", "torchvision", lambda: vision(32, 4, 12, 3, 192, 768, num_classes=10)),
        ("vit-tiny-cifar", "timm", lambda: timm.models.VisionTransformer(32, 4, embed_dim=192, num_heads=3, num_classes=10)),
        ("vit-tiny-cifar", "transformers", lambda: hugging_face_vit(192, 3, 32, 4, 10)),
        ("vit-b-16-imagenet", "transformers", lambda: hugging_face_vit(768, 12, 224, 16, 1000)),
        ("resnet18-imagenet", "transformers", lambda: hugging_face_resnet([2, 2, 2, 2], "basic", basic)),
        ("resnet34-imagenet", "transformers", lambda: hugging_face_resnet([3, 4, 6, 3], "basic", basic)),
        ("resnet50-imagenet", "transformers", lambda: hugging_face_resnet([3, 4, 6, 3], "bottleneck", wide)),
    ]
    return rows


def prepared(build):
    torch.manual_seed(0)
    model = build().eval()
    with torch.no_grad():
        for name, number in [*model.named_parameters(), *model.named_buffers()]:
            if name.endswith("running_var"):
                number.uniform_(0.5, 1.5)
            elif name.endswith(("running_mean", "bias", "cls_token", "class_token")):
                number.normal_(0, 0.1)
            elif number.ndim == 1 and number.is_floating_point():
                number.uniform_(0.8, 1.2)
            elif name.endswith(("head.weight", "heads.head.weight")):
                number.normal_(0, 0.05)
    return model


def written(model, folder):
    """The files that a user may have: the state dict as safetensors and, for Transformers, what its own writer writes."""
    path = folder / "state_dict.safetensors"
    state = {name: number.contiguous().clone() for name, number in model.state_dict().items()}
    safetensors.torch.save_file(state, path)
    yield "state dict", path
    if hasattr(model, "save_pretrained"):
        model.save_pretrained(folder)
        yield "save_pretrained", folder / "model.safetensors"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--transferscope", required=True)
    parser.add_argument("--folder", required=True, type=pathlib.Path)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    libraries = [torch, torchvision, timm, transformers]
    print(", ".join(f"{library.__name__} {library.__version__}" for library in libraries))
    only = set(filter(None, arguments.only.split(",")))
    for zoo, library, build in networks():
        if only and zoo not in only:
            continue
        model = prepared(build)
        side = {"tiny-cifar": 32, "lite1": 240, "lite2": 260}.get(zoo.split("-", 1)[1], 224)
        images = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(1))
        data, out = arguments.folder / "images.npz", arguments.folder / "out.npz"
        numpy.savez(data, images=images.numpy())
        with torch.no_grad():
            answer = copy.deepcopy(model).double()(images.double())
        expected = getattr(answer, "logits", answer).numpy()
        for kind, path in written(model, arguments.folder):
            with safetensors.safe_open(path, "pt") as file:
                count = len(list(file.keys()))
            done = subprocess.run([arguments.transferscope, "networks", "run", f"{zoo}@{path}#contract=raw", "--data",
                                   f"npz:{data}", "--out", str(out), "--json"], capture_output=True, text=True, check=False)
            row = f"| {zoo} | {library} | {kind} | {count} |"
            if done.returncode != 0:
                print(row, f"refused: {done.stderr.strip()} |", flush=True)
                continue
            error = numpy.abs(numpy.load(out)["logits"] - expected).max(1) / numpy.abs(expected).max(1)
            print(row, f"{error.max():.1e} |", flush=True)
            path.unlink()


main()
