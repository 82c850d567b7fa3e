"""Names and shapes of networks of timm and Hugging Face Transformers, for crates/import/tests/weight_names.rs.

Run: python scripts/golden/weight_names.py > crates/import/tests/golden/weight_names.json

Only names and shapes: nothing is fetched, and no number is stored.
"""

import json
import os
import platform

os.environ["HF_HUB_OFFLINE"] = "1"

import timm
import torch
import transformers


def vit():
    return transformers.ViTForImageClassification(transformers.ViTConfig(
        hidden_size=192, num_attention_heads=3, intermediate_size=768, image_size=32, patch_size=4, num_labels=10))


def resnet():
    return transformers.ResNetForImageClassification(transformers.ResNetConfig(num_labels=1000))


NETWORKS = [
    ("mobilenet-v2-imagenet", 1000, "timm", lambda: timm.create_model("mobilenetv2_100")),
    ("efficientnet-lite0", 1000, "timm", lambda: timm.create_model("tf_efficientnet_lite0")),
    ("vit-tiny-cifar", 10, "timm", lambda: timm.models.VisionTransformer(32, 4, embed_dim=192, num_heads=3, num_classes=10)),
    ("vit-tiny-cifar", 10, "transformers", vit),
    ("resnet50-imagenet", 1000, "transformers", resnet),
]


def main():
    entries = []
    for zoo, classes, library, build in NETWORKS:
        with torch.device("meta"):
            state = build().state_dict()
        shapes = {name: list(value.shape) for name, value in state.items() if value.is_floating_point()}
        entries.append({"zoo": zoo, "classes": classes, "library": library, "weights": shapes})
    versions = {"python": platform.python_version(), "torch": torch.__version__, "timm": timm.__version__,
                "transformers": transformers.__version__}
    lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries)
    print(f'{{"versions": {json.dumps(versions)},\n"networks": [\n{lines}\n]}}')


main()
