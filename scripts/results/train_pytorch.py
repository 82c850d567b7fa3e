"""Trains LeNet and resnet8-cifar with PyTorch by the recipes of docs/results/training.md, to compare with `transferscope train`.

    python scripts/results/train_pytorch.py DIR --network lenet --seeds 0 1 2
    python scripts/results/train_pytorch.py DIR --network resnet8-cifar --seeds 0 1 2

DIR is a folder with CIFAR-10 binary files (data_batch_*.bin, test_batch.bin). Everything is PyTorch's own: layers and their
default initialisation, CrossEntropyLoss, SGD, CosineAnnealingLR or OneCycleLR stepped after every batch; crop and flip are
those of torchvision (zero padding of the pixels before they are normalised). All training images are learned from and the last
epoch is kept. Prints one JSON line a seed. Needs numpy and torch; the versions are printed.
"""

import argparse
import glob
import json
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional

RECIPES = {
    "lenet": {"epochs": 8, "batch": 64, "rate": 0.02, "schedule": "cosine", "mean": [0.5] * 3, "std": [0.5] * 3},
    "resnet8-cifar": {
        "epochs": 6,
        "batch": 128,
        "rate": 0.2,
        "schedule": "one-cycle",
        "mean": [0.485, 0.456, 0.406],
        "std": [0.229, 0.224, 0.225],
    },
}
MOMENTUM, DECAY, PADDING = 0.9, 5e-4, 4


class Block(nn.Module):
    """A basic block of He et al. 2015, section 4.2, with the parameter-free shortcut (option A)."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.stride, self.missing = stride, outputs - inputs

    def forward(self, x):
        y = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        if self.stride == 2:
            x = functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.missing // 2, self.missing - self.missing // 2))
        return functional.relu(x + y)


def network(name):
    if name == "lenet":
        convolutions = [nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)]
        layers = [nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)]
        return nn.Sequential(*convolutions, *layers)
    stem = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    blocks = [Block(16, 16, 1), Block(16, 32, 2), Block(32, 64, 2)]
    return nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def records(paths):
    bytes_ = np.concatenate([np.fromfile(path, np.uint8).reshape(-1, 3073) for path in sorted(paths)])
    return torch.from_numpy(bytes_[:, 1:].reshape(-1, 3, 32, 32).copy()), torch.from_numpy(bytes_[:, 0].astype(np.int64))


def augmented(images, generator):
    """RandomCrop(32, padding=4) and RandomHorizontalFlip() for each image of a batch of pixels in [0, 1]."""
    padded = functional.pad(images, [PADDING] * 4)
    shifts = torch.randint(0, 2 * PADDING + 1, (len(images), 2), generator=generator).tolist()
    flips = (torch.rand(len(images), generator=generator) < 0.5).tolist()
    crops = [image[:, y : y + 32, x : x + 32] for image, (y, x) in zip(padded, shifts)]
    return torch.stack([crop.flip(2) if flip else crop for crop, flip in zip(crops, flips)])


def train(name, recipe, data, test, seed):
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    mean, std = (torch.tensor(recipe[key]).view(1, 3, 1, 1) for key in ("mean", "std"))
    model = network(name)
    optimizer = torch.optim.SGD(model.parameters(), lr=recipe["rate"], momentum=MOMENTUM, weight_decay=DECAY)
    (images, labels), batch = data, recipe["batch"]
    steps = recipe["epochs"] * -(-len(images) // batch)
    if recipe["schedule"] == "cosine":
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    else:
        scheduler = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, max_lr=recipe["rate"], total_steps=steps, cycle_momentum=False
        )
    done = 0
    for _ in range(recipe["epochs"]):
        model.train()
        for places in torch.randperm(len(images), generator=generator).split(batch):
            pixels = augmented(images[places].float() / 255, generator)
            loss = functional.cross_entropy(model((pixels - mean) / std), labels[places])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            done += 1
            if done < steps:
                scheduler.step()
    model.eval()
    with torch.no_grad():
        parts = [model((part.float() / 255 - mean) / std).argmax(1) for part in test[0].split(500)]
    return (torch.cat(parts) == test[1]).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--network", choices=sorted(RECIPES), required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--epochs", type=int, help="other than the recipe's")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(f"torch {torch.__version__}, numpy {np.__version__}, Python {sys.version.split()[0]}", file=sys.stderr)
    data = records(glob.glob(f"{arguments.folder}/data_batch_*.bin"))
    test = records([f"{arguments.folder}/test_batch.bin"])
    recipe = RECIPES[arguments.network]
    if arguments.epochs:
        recipe = {**recipe, "epochs": arguments.epochs}
    for seed in arguments.seeds:
        started = time.time()
        accuracy = train(arguments.network, recipe, data, test, seed)
        row = {"network": arguments.network, "epochs": recipe["epochs"], "seed": seed, "test_accuracy": accuracy, "seconds": time.time() - started}
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
