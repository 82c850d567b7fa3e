"""Reference values of crates/engine/tests/zoo_golden.rs: names, shapes, parameter counts and logits of the zoo's networks.

Run: python scripts/golden/zoo.py > crates/engine/tests/golden/zoo.json

ImageNet forms are torchvision's own models. CIFAR forms are written anew from the definitions of kuangliu/pytorch-cifar
(VGG, DenseNet, MobileNet, MobileNetV2, ResNeXt, PreActResNet) and xternalz/WideResNet-pytorch (read, not copied), with their
weight names. No weight is stored: every number is made from its name and place by the same formula here and in the test.
Logits are in float64, of one image.
"""

import hashlib
import json
import math
import platform
import sys

import numpy as np
import torch
import torchvision
from torch import nn
from torch.nn import functional as F

MASK = (1 << 64) - 1


def uniform(name, count):
    """splitmix64 started at the FNV-1a hash of the name: 24 bits each, in [-1, 1)."""
    start = 0xCBF29CE484222325
    for byte in name.encode():
        start = ((start ^ byte) * 0x100000001B3) & MASK
    with np.errstate(over="ignore"):
        x = np.uint64(start) + (np.arange(count, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x = x ^ (x >> np.uint64(31))
    return (x >> np.uint64(40)).astype(np.float64) / (1 << 23) - 1.0


def number(name, shape, norms):
    """The rule of the test: He-like weights, normalizations near the identity with positive variances."""
    u = uniform(name, math.prod(shape))
    layer, _, part = name.rpartition(".")
    if layer in norms:
        u = {"weight": 1 + 0.2 * u, "bias": 0.1 * u, "running_mean": 0.1 * u, "running_var": 1.25 + 0.5 * u}[part]
    elif part.endswith("bias"):
        u = 0.05 * u
    else:
        u = u * math.sqrt(6.0 / math.prod(shape[1:]))
    return u.astype(np.float32).reshape(shape)


def norm(channels):
    return nn.BatchNorm2d(channels)


def conv(inputs, outputs, kernel=3, stride=1, groups=1, bias=False):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=bias)


class Vgg(nn.Module):
    def __init__(self, counts, normalised):
        super().__init__()
        layers, channels = [], 3
        for count, width in zip(counts, [64, 128, 256, 512, 512]):
            for _ in range(count):
                layers += [conv(channels, width, bias=True)] + ([norm(width)] if normalised else []) + [nn.ReLU()]
                channels = width
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(512, 10)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


class Dense(nn.Module):
    def __init__(self, channels, growth):
        super().__init__()
        self.bn1, self.conv1 = norm(channels), conv(channels, 4 * growth, 1)
        self.bn2, self.conv2 = norm(4 * growth), conv(4 * growth, growth)

    def forward(self, x):
        return torch.cat([self.conv2(F.relu(self.bn2(self.conv1(F.relu(self.bn1(x)))))), x], 1)


class Transition(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.bn, self.conv = norm(channels), conv(channels, channels // 2, 1)

    def forward(self, x):
        return F.avg_pool2d(self.conv(F.relu(self.bn(x))), 2)


class DenseNet(nn.Module):
    def __init__(self, growth):
        super().__init__()
        channels = 2 * growth
        self.conv1 = conv(3, channels)
        for block, count in enumerate([6, 12, 24, 16], 1):
            setattr(self, f"dense{block}", nn.Sequential(*[Dense(channels + i * growth, growth) for i in range(count)]))
            channels += count * growth
            if block < 4:
                setattr(self, f"trans{block}", Transition(channels))
                channels //= 2
        self.bn, self.linear = norm(channels), nn.Linear(channels, 10)

    def forward(self, x):
        x = self.conv1(x)
        for block in range(1, 5):
            x = getattr(self, f"dense{block}")(x)
            x = getattr(self, f"trans{block}")(x) if block < 4 else x
        return self.linear(F.relu(self.bn(x)).mean((2, 3)))


class Separable(nn.Module):
    def __init__(self, channels, width, stride):
        super().__init__()
        self.conv1, self.bn1 = conv(channels, channels, 3, stride, channels), norm(channels)
        self.conv2, self.bn2 = conv(channels, width, 1), norm(width)

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))


class MobileNet(nn.Module):
    def __init__(self):
        super().__init__()
        plan = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + [(512, 1)] * 5 + [(1024, 2), (1024, 1)]
        self.conv1, self.bn1 = conv(3, 32), norm(32)
        channels = [32] + [width for width, _ in plan]
        self.layers = nn.Sequential(*[Separable(c, width, stride) for c, (width, stride) in zip(channels, plan)])
        self.linear = nn.Linear(1024, 10)

    def forward(self, x):
        return self.linear(self.layers(F.relu(self.bn1(self.conv1(x)))).mean((2, 3)))


class Inverted(nn.Module):
    def __init__(self, channels, width, expansion, stride):
        super().__init__()
        inner, self.stride = expansion * channels, stride
        self.conv1, self.bn1 = conv(channels, inner, 1), norm(inner)
        self.conv2, self.bn2 = conv(inner, inner, 3, stride, inner), norm(inner)
        self.conv3, self.bn3 = conv(inner, width, 1), norm(width)
        projected = stride == 1 and channels != width
        self.shortcut = nn.Sequential(conv(channels, width, 1), norm(width)) if projected else nn.Sequential()

    def forward(self, x):
        y = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
        y = self.bn3(self.conv3(y))
        return y + self.shortcut(x) if self.stride == 1 else y


class MobileNetV2(nn.Module):
    def __init__(self):
        super().__init__()
        plan = [(1, 16, 1, 1), (6, 24, 2, 1), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
        self.conv1, self.bn1 = conv(3, 32), norm(32)
        layers, channels = [], 32
        for expansion, width, count, stride in plan:
            for index in range(count):
                layers.append(Inverted(channels, width, expansion, stride if index == 0 else 1))
                channels = width
        self.layers = nn.Sequential(*layers)
        self.conv2, self.bn2, self.linear = conv(320, 1280, 1), norm(1280), nn.Linear(1280, 10)

    def forward(self, x):
        x = self.layers(F.relu(self.bn1(self.conv1(x))))
        return self.linear(F.relu(self.bn2(self.conv2(x))).mean((2, 3)))


class Grouped(nn.Module):
    def __init__(self, channels, groups, group_width, stride):
        super().__init__()
        inner = groups * group_width
        self.conv1, self.bn1 = conv(channels, inner, 1), norm(inner)
        self.conv2, self.bn2 = conv(inner, inner, 3, stride, groups), norm(inner)
        self.conv3, self.bn3 = conv(inner, 2 * inner, 1), norm(2 * inner)
        changed = stride != 1 or channels != 2 * inner
        self.shortcut = nn.Sequential(conv(channels, 2 * inner, 1, stride), norm(2 * inner)) if changed else nn.Sequential()

    def forward(self, x):
        y = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
        return F.relu(self.bn3(self.conv3(y)) + self.shortcut(x))


class ResNext(nn.Module):
    def __init__(self, groups, group_width):
        super().__init__()
        self.conv1, self.bn1, channels = conv(3, 64, 1), norm(64), 64
        for stage in range(3):
            blocks = []
            for index in range(3):
                blocks.append(Grouped(channels, groups, group_width, 2 if stage and index == 0 else 1))
                channels = 2 * groups * group_width
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
            group_width *= 2
        self.linear = nn.Linear(channels, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return self.linear(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


class PreAct(nn.Module):
    def __init__(self, channels, width, stride, shortcut="shortcut"):
        super().__init__()
        self.bn1, self.conv1 = norm(channels), conv(channels, width, 3, stride)
        self.bn2, self.conv2 = norm(width), conv(width, width)
        if stride != 1 or channels != width:
            projection = conv(channels, width, 1, stride)
            setattr(self, shortcut, nn.Sequential(projection) if shortcut == "shortcut" else projection)
        self.projected = shortcut if hasattr(self, shortcut) else None

    def forward(self, x):
        active = F.relu(self.bn1(x))
        own = getattr(self, self.projected)(active) if self.projected else x
        return self.conv2(F.relu(self.bn2(self.conv1(active)))) + own


class PreActResNet(nn.Module):
    def __init__(self, depths):
        super().__init__()
        self.conv1, channels = conv(3, 64), 64
        for stage, (width, depth) in enumerate(zip([64, 128, 256, 512], depths)):
            blocks = []
            for index in range(depth):
                blocks.append(PreAct(channels, width, 2 if stage and index == 0 else 1))
                channels = width
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.linear = nn.Linear(512, 10)

    def forward(self, x):
        x = self.conv1(x)
        for stage in range(1, 5):
            x = getattr(self, f"layer{stage}")(x)
        return self.linear(x.mean((2, 3)))


class Block(nn.Module):
    def __init__(self, blocks):
        super().__init__()
        self.layer = nn.Sequential(*blocks)

    def forward(self, x):
        return self.layer(x)


class WideResNet(nn.Module):
    def __init__(self, depth, widen):
        super().__init__()
        self.conv1, channels = conv(3, 16), 16
        for stage, width in enumerate([16 * widen, 32 * widen, 64 * widen]):
            blocks = []
            for index in range((depth - 4) // 6):
                blocks.append(PreAct(channels, width, 2 if stage and index == 0 else 1, "convShortcut"))
                channels = width
            setattr(self, f"block{stage + 1}", Block(blocks))
        self.bn1, self.fc = norm(channels), nn.Linear(channels, 10)

    def forward(self, x):
        x = self.block3(self.block2(self.block1(self.conv1(x))))
        return self.fc(F.relu(self.bn1(x)).mean((2, 3)))


VGG = {11: [1, 1, 2, 2, 2], 13: [2, 2, 2, 2, 2], 16: [2, 2, 3, 3, 3], 19: [2, 2, 4, 4, 4]}
NETWORKS = {f"vgg{depth}-cifar": lambda c=counts: Vgg(c, False) for depth, counts in VGG.items()}
NETWORKS |= {f"vgg{depth}-bn-cifar": lambda c=counts: Vgg(c, True) for depth, counts in VGG.items()}
NETWORKS |= {
    "densenet-cifar": lambda: DenseNet(12),
    "densenet121-cifar": lambda: DenseNet(32),
    "mobilenet-v1-cifar": MobileNet,
    "mobilenet-v2-cifar": MobileNetV2,
    "resnext29-2x64d-cifar": lambda: ResNext(2, 64),
    "resnext29-32x4d-cifar": lambda: ResNext(32, 4),
    "preact-resnet18-cifar": lambda: PreActResNet([2, 2, 2, 2]),
    "preact-resnet34-cifar": lambda: PreActResNet([3, 4, 6, 3]),
    "wide-resnet28-10-cifar": lambda: WideResNet(28, 10),
    "wide-resnet16-4-cifar": lambda: WideResNet(16, 4),
}
TORCHVISION = {
    **{f"resnet{depth}-imagenet": f"resnet{depth}" for depth in [18, 34, 50]},
    "resnext50-32x4d-imagenet": "resnext50_32x4d",
    "wide-resnet50-2-imagenet": "wide_resnet50_2",
    **{f"vgg{depth}-imagenet": f"vgg{depth}" for depth in VGG},
    **{f"vgg{depth}-bn-imagenet": f"vgg{depth}_bn" for depth in VGG},
    **{f"densenet{depth}-imagenet": f"densenet{depth}" for depth in [121, 161, 169, 201]},
    "mobilenet-v2-imagenet": "mobilenet_v2",
    **{f"vit-{kind.replace('_', '-')}-imagenet": f"vit_{kind}" for kind in ["b_16", "b_32"]},
}
NETWORKS |= {name: lambda n=theirs: torchvision.models.get_model(n, weights=None) for name, theirs in TORCHVISION.items()}
NETWORKS["vit-tiny-cifar"] = lambda: torchvision.models.VisionTransformer(32, 4, 12, 3, 192, 768, num_classes=10)
# Names and shapes are checked for all; logits for one of each kind, so that the test stays short.
WITH_LOGITS = {
    "vgg11-cifar", "vgg16-bn-cifar", "densenet-cifar", "mobilenet-v1-cifar", "mobilenet-v2-cifar",
    "resnext29-2x64d-cifar", "resnext29-32x4d-cifar", "preact-resnet18-cifar", "wide-resnet16-4-cifar",
    "resnet18-imagenet", "resnet50-imagenet", "resnext50-32x4d-imagenet", "densenet121-imagenet",
    "mobilenet-v2-imagenet", "vit-tiny-cifar",
}  # fmt: skip


def main():
    torch.set_num_threads(1)
    entries = []
    for name, build in NETWORKS.items():
        with torch.device("meta"):
            model = build().eval()
        norms = {layer for layer, module in model.named_modules() if isinstance(module, (nn.BatchNorm2d, nn.LayerNorm))}
        state = {key: value for key, value in model.state_dict().items() if not key.endswith("num_batches_tracked")}
        listing = "".join(f"{key} {list(value.shape)}\n" for key, value in sorted(state.items()))
        side = 224 if name.endswith("imagenet") else 32
        entry = {
            "name": name,
            "classes": 1000 if side == 224 else 10,
            "parameters": sum(value.numel() for value in model.parameters()),
            "weights": len(state),
            "listing_sha256": hashlib.sha256(listing.encode()).hexdigest(),
            "logits": None,
        }
        if name in WITH_LOGITS:
            model = model.to_empty(device="cpu")
            weights = {key: torch.from_numpy(number(key, tuple(value.shape), norms)) for key, value in state.items()}
            model.load_state_dict(weights, strict=False)
            image = uniform("image", 3 * side * side).astype(np.float32).reshape(1, 3, side, side)
            with torch.no_grad():
                logits = model.double()(torch.from_numpy(image).double())[0]
            entry["logits"] = [float(f"{value:.9g}") for value in logits[:10]]
        entries.append(entry)
        print(name, file=sys.stderr)
    versions = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
    }
    json.dump({"made_by": "scripts/golden/zoo.py", "versions": versions, "networks": entries}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
