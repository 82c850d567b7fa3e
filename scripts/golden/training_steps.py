"""Reference values of crates/engine/tests/training_golden.rs: three training steps of a small network, from PyTorch.

Run: python scripts/golden/training_steps.py > crates/engine/tests/golden/training_steps.json

Convolution, batch normalization in training mode, relu, global mean, linear layer; the loss is half the squared norm
of the output, so the cotangent of the output is the output itself. All in f64, from weights and images that are exact
in f32.
"""

import json
import sys

import torch

torch.manual_seed(20261122)
torch.use_deterministic_algorithms(True)

STEPS = 3


def fresh(*shape, positive=False):
    numbers = torch.rand(*shape, dtype=torch.float64) * 2 - 1
    numbers = numbers.abs() + 0.5 if positive else numbers
    return numbers.to(torch.float32).to(torch.float64)


def network():
    layers = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False),
        torch.nn.BatchNorm2d(4),
        torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(1),
        torch.nn.Flatten(),
        torch.nn.Linear(4, 5),
    ).double()
    layers.train()
    return layers


NAMES = {
    "0.weight": "conv.weight",
    "1.weight": "bn.weight",
    "1.bias": "bn.bias",
    "1.running_mean": "bn.running_mean",
    "1.running_var": "bn.running_var",
    "5.weight": "head.weight",
    "5.bias": "head.bias",
}


def record(tensor):
    return {"shape": list(tensor.shape), "data": tensor.flatten().tolist()}


def named(layers):
    state = layers.state_dict()
    return {ours: record(state[theirs]) for theirs, ours in NAMES.items()}


start = {
    "0.weight": fresh(4, 3, 3, 3),
    "1.weight": fresh(4),
    "1.bias": fresh(4),
    "1.running_mean": fresh(4),
    "1.running_var": fresh(4, positive=True),
    "1.num_batches_tracked": torch.tensor(0),
    "5.weight": fresh(5, 4),
    "5.bias": fresh(5),
}
images = [fresh(4, 3, 6, 6) for _ in range(STEPS)]

makers = {
    "sgd": (0.05, lambda weights, rate: torch.optim.SGD(weights, lr=rate)),
    "sgd momentum decay": (0.05, lambda weights, rate: torch.optim.SGD(weights, lr=rate, momentum=0.9, weight_decay=0.01)),
    "adamw": (0.01, lambda weights, rate: torch.optim.AdamW(weights, lr=rate, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.05)),
}
cases = []
for name, (rate, make) in makers.items():
    layers = network()
    layers.load_state_dict(start)
    optimizer = make(layers.parameters(), rate)
    outputs = []
    for batch in images:
        optimizer.zero_grad()
        output = layers(batch)
        (0.5 * (output**2).sum()).backward()
        optimizer.step()
        outputs.append(record(output.detach()))
    cases.append({"name": name, "rate": rate, "outputs": outputs, "weights": named(layers)})

layers = network()
layers.load_state_dict(start)
versions = f"torch {torch.__version__}, Python {sys.version.split()[0]}"
golden = {"versions": versions, "start": named(layers), "images": [record(batch) for batch in images], "cases": cases}
json.dump(golden, sys.stdout, indent=None, separators=(",", ":"))
print()
