"""Recomputes a measurement of two CIFAR ResNets in PyTorch, in double precision, on the very same perturbed images.

    transferscope measure --source resnet20-cifar@A.th --target resnet32-cifar@B.th \
        --data cifar10:DIR#split=test --limit 1000 --save pair.npz --json > pair.json
    python scripts/results/check_pair_with_pytorch.py pair.npz pair.json A.th B.th DIR/test_batch.bin

Prints alpha1, alpha2, combined of both directions from PyTorch f64 beside those of the result, and their relative difference.
Needs numpy and torch; the versions are printed.
"""
import json
import sys

import numpy as np
import torch
import torch.nn.functional as functional

MEAN = torch.tensor([0.485, 0.456, 0.406], dtype=torch.float64).view(1, 3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225], dtype=torch.float64).view(1, 3, 1, 1)


def state(path):
    loaded = torch.load(path, map_location="cpu", weights_only=True)
    return {name.removeprefix("module."): tensor.double() for name, tensor in loaded["state_dict"].items()}


def normalised(weights, name, x):
    return functional.batch_norm(
        x, weights[f"{name}.running_mean"], weights[f"{name}.running_var"],
        weights[f"{name}.weight"], weights[f"{name}.bias"], False, 0.0, 1e-5)


def logits(weights, pixels):
    """He et al. 2015, section 4.2, shortcut option A, written from the state dict."""
    x = (pixels - MEAN) / STD
    x = functional.relu(normalised(weights, "bn1", functional.conv2d(x, weights["conv1.weight"], padding=1)))
    for stage in (1, 2, 3):
        block = 0
        while f"layer{stage}.{block}.conv1.weight" in weights:
            place = f"layer{stage}.{block}"
            stride = 2 if stage > 1 and block == 0 else 1
            y = functional.conv2d(x, weights[f"{place}.conv1.weight"], stride=stride, padding=1)
            y = functional.relu(normalised(weights, f"{place}.bn1", y))
            y = functional.conv2d(y, weights[f"{place}.conv2.weight"], padding=1)
            y = normalised(weights, f"{place}.bn2", y)
            if stride == 2:
                missing = y.shape[1] - x.shape[1]
                x = functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, missing // 2, missing - missing // 2))
            x = functional.relu(y + x)
            block += 1
    return functional.linear(x.mean(dim=(2, 3)), weights["linear.weight"], weights["linear.bias"])


def outputs(weights, pixels):
    with torch.no_grad():
        parts = [logits(weights, torch.from_numpy(part).double()) for part in np.array_split(pixels, 20)]
    return torch.cat(parts).numpy()


def measures(own, other, best):
    """alpha1, alpha2, combined of one direction, straight from their definitions."""
    norm = lambda rows: np.linalg.norm(rows, axis=1)
    kept = (norm(own) > 0) & (norm(best) > 0)
    own, other, best = own[kept], other[kept], best[kept]
    alpha1 = norm(other) / norm(best)
    a = own / norm(own)[:, None]
    b = other / np.maximum(norm(other), 1e-300)[:, None]
    alpha2 = np.linalg.norm(np.einsum("ni,nj->ij", a, b) / len(a))
    combined = np.linalg.norm(np.einsum("n,ni,nj->ij", alpha1, a, b) / len(a))
    return {"alpha1": alpha1.mean(), "alpha2": alpha2, "combined": combined}


def main():
    saved, result = np.load(sys.argv[1]), json.load(open(sys.argv[2], encoding="utf-8"))
    source, target = state(sys.argv[3]), state(sys.argv[4])
    records = np.fromfile(sys.argv[5], dtype=np.uint8).reshape(-1, 3073)
    clean = records[saved["image_id"].astype(int), 1:].reshape(-1, 3, 32, 32) / 255.0
    on_source, on_target = saved["perturbed_on_source"], saved["perturbed_on_target"]
    at = {(name, images): outputs(weights, pixels)
          for name, weights in (("source", source), ("target", target))
          for images, pixels in (("clean", clean), ("on_source", on_source), ("on_target", on_target))}
    moved = lambda name, images: at[name, images] - at[name, "clean"]
    ours = {
        "s_to_t": measures(moved("source", "on_source"), moved("target", "on_source"), moved("target", "on_target")),
        "t_to_s": measures(moved("target", "on_target"), moved("source", "on_target"), moved("source", "on_source")),
    }
    print(f"torch {torch.__version__}, numpy {np.__version__}, {len(clean)} images, f64")
    worst = 0.0
    for direction, values in ours.items():
        for name, value in values.items():
            theirs = result[direction][name]["estimate"]
            difference = abs(theirs - value) / abs(value)
            worst = max(worst, difference)
            print(f"{direction} {name:<9} pytorch {value:.8f}  transferscope {theirs:.8f}  relative difference {difference:.1e}")
    print(f"largest relative difference {worst:.1e}")
    sys.exit(0 if worst <= 0.01 else 1)


main()
