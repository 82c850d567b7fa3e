"""Times one piece of work in PyTorch, on the processor, in f32 or bf16.

    python3 benches/peers/pytorch.py CASE WORK [--batch 64] [--repeats 3] [--threads 2] [--precision f32]

CASE is resnet18, resnet50, resnet20-cifar, mobilenet, lenet or fc (the same layers as the zoo's); WORK is forward,
gradient (forward and input gradient, weights frozen) or training (one step of SGD with momentum). Prints one JSON object.
"""
import argparse
import json
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


class Residual(nn.Module):
    """A basic or bottleneck block with a projection where the shape changes."""

    def __init__(self, inputs, width, stride, bottleneck):
        super().__init__()
        outputs = 4 * width if bottleneck else width
        shapes = [(inputs, width, 1, 1), (width, width, 3, stride), (width, outputs, 1, 1)] if bottleneck else [
            (inputs, width, 3, stride), (width, width, 3, 1)]
        layers = []
        for place, (a, b, kernel, step) in enumerate(shapes):
            layers += [nn.Conv2d(a, b, kernel, step, kernel // 2, bias=False), nn.BatchNorm2d(b)]
            if place + 1 < len(shapes):
                layers.append(nn.ReLU())
        self.branch = nn.Sequential(*layers)
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return F.relu(self.branch(x) + self.shortcut(x))


class ThinResidual(nn.Module):
    """The thin CIFAR block: a shortcut without parameters."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs))
        self.stride, self.missing = stride, outputs - inputs

    def forward(self, x):
        short = x
        if self.stride != 1:
            half = self.missing // 2
            short = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, half, self.missing - half))
        return F.relu(self.branch(x) + short)


def stem(width):
    return [nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]


def head(width):
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 10)]


def residual(depths, bottleneck):
    layers, channels = stem(64), 64
    for stage, depth in enumerate(depths):
        for place in range(depth):
            width = 64 << stage
            layers.append(Residual(channels, width, 2 if stage and not place else 1, bottleneck))
            channels = 4 * width if bottleneck else width
    return nn.Sequential(*layers, *head(channels))


def thin(blocks):
    layers, channels = stem(16), 16
    for stage in range(3):
        for place in range(blocks):
            layers.append(ThinResidual(channels, 16 << stage, 2 if stage and not place else 1))
            channels = 16 << stage
    return nn.Sequential(*layers, *head(channels))


def mobilenet():
    """The depthwise network of the benchmark: pairs of a depthwise and a pointwise convolution."""
    layers, channels = stem(32), 32
    for outputs, stride in [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1)]:
        layers += [nn.Conv2d(channels, channels, 3, stride, 1, groups=channels, bias=False), nn.BatchNorm2d(channels),
                   nn.ReLU(), nn.Conv2d(channels, outputs, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
        channels = outputs
    return nn.Sequential(*layers, *head(channels))


def lenet():
    return nn.Sequential(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))


def fully_connected():
    widths, layers = [3072, 1176, 400, 120, 84], [nn.Flatten()]
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(84, 10))


CASES = {
    "resnet18": lambda: residual([2, 2, 2, 2], False),
    "resnet50": lambda: residual([3, 4, 6, 3], True),
    "resnet20-cifar": lambda: thin(3),
    "mobilenet": mobilenet,
    "lenet": lenet,
    "fc": fully_connected,
}

parser = argparse.ArgumentParser()
parser.add_argument("case", choices=CASES)
parser.add_argument("work", choices=["forward", "gradient", "training"])
parser.add_argument("--batch", type=int, default=64)
parser.add_argument("--repeats", type=int, default=3)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--precision", choices=["f32", "bf16"], default="f32")
arguments = parser.parse_args()
torch.manual_seed(0)
torch.set_num_threads(arguments.threads)
network, images = CASES[arguments.case](), torch.rand(arguments.batch, 3, 32, 32)
if arguments.precision == "bf16":
    network, images = network.to(torch.bfloat16), images.to(torch.bfloat16)
    network, images = network.to(memory_format=torch.channels_last), images.to(memory_format=torch.channels_last)
optimizer = None
if arguments.work == "training":
    network.train()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
else:
    network.eval().requires_grad_(False)


def once():
    if arguments.work == "forward":
        with torch.no_grad():
            network(images)
    elif arguments.work == "gradient":
        leaf = images.clone().requires_grad_(True)
        torch.autograd.grad(network(leaf).square().sum(), leaf)
    else:
        optimizer.zero_grad()
        (network(images).square().sum() * 5e-4).backward()
        optimizer.step()


once()
times = []
for _ in range(arguments.repeats):
    start = time.perf_counter()
    once()
    times.append(1e3 * (time.perf_counter() - start))
print(json.dumps({"milliseconds": times, "version": f"torch {torch.__version__}",
                  "vectors": torch.backends.cpu.get_cpu_capability()}))
