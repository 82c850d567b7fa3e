"""A whole measurement in both directions, here and in batched PyTorch, whole processes taking turns: time and peak memory.

    python3 benches/peers/measure.py TRANSFERSCOPE DATA.npz [--images 512] [--steps 20] [--rounds 3] [--precision f32 bf16x3]

Two ResNet-18 of the zoo with fresh weights, PGD with a random start at 8/255, both directions: attacks on both networks, the
logits of both on clean and on both sets of perturbed images, alpha1 (mean of ratios), alpha2 and the combined measure of
both directions. DATA.npz holds `images` (N x 3 x 32 x 32 in 0..1) and `labels`; without it, uniform noise is written there.
What is compared is time: the weights are fresh on both sides, and different.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("transferscope")
parser.add_argument("data")
parser.add_argument("--images", type=int, default=512)
parser.add_argument("--steps", type=int, default=20)
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--precision", nargs="+", default=["f32", "bf16x3"])
parser.add_argument("--peer", action="store_true", help="run PyTorch's side once, in this process")
arguments = parser.parse_args()


def peer():
    import torch

    sys.argv = ["pytorch.py", "resnet18", "forward", "--repeats", "0"]
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from pytorch import CASES

    start = time.perf_counter()
    torch.set_num_threads(arguments.threads)
    file = np.load(arguments.data)
    images = torch.from_numpy(file["images"][: arguments.images].astype(np.float32))
    labels = torch.from_numpy(file["labels"][: arguments.images].astype(np.int64))
    networks = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        networks.append(CASES["resnet18"]().eval().requires_grad_(False))
    eps, step = 8 / 255, 8 / 255 / 4
    clean, deviations = [], {}
    batches = range(0, len(images), 64)
    with torch.no_grad():
        for network in networks:
            clean.append(torch.cat([network(images[at:at + 64]) for at in batches]))
    for own, network in enumerate(networks):
        moved = [[], []]
        for at in batches:
            x, y = images[at:at + 64], labels[at:at + 64]
            delta = (2 * torch.rand_like(x) - 1) * eps
            for _ in range(arguments.steps):
                leaf = (x + delta).clamp(0, 1).requires_grad_(True)
                loss = torch.nn.functional.cross_entropy(network(leaf), y, reduction="sum")
                gradient, = torch.autograd.grad(loss, leaf)
                delta = (delta + step * gradient.sign()).clamp(-eps, eps)
            with torch.no_grad():
                perturbed = (x + delta).clamp(0, 1)
                for other, against in enumerate(networks):
                    moved[other].append(against(perturbed))
        for other in (0, 1):
            deviations[own, other] = (torch.cat(moved[other]) - clean[other]).double()
    for own, other in ((0, 1), (1, 0)):
        alone, carried, goal = deviations[own, own], deviations[own, other], deviations[other, other]
        alpha1 = (carried.norm(dim=1) / goal.norm(dim=1)).mean()
        pairs = torch.einsum("ni,nj->nij", torch.nn.functional.normalize(alone), torch.nn.functional.normalize(carried))
        alpha2 = pairs.mean(0).norm()
        print(f"{float(alpha1):.4f} {float(alpha2):.4f}", file=sys.stderr)
    print(json.dumps({"seconds": time.perf_counter() - start}))


def timed(command):
    """Seconds and megabytes of a process; PyTorch's without the seconds that it takes to be imported."""
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said, open(os.devnull, "w") as nowhere:
        process = subprocess.Popen(command, stdout=said, stderr=nowhere)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        if status:
            sys.exit(f"{' '.join(command)} ended with status {status}")
        if "--peer" in command:
            said.seek(0)
            seconds = json.loads(said.read().splitlines()[-1])["seconds"]
    return seconds, usage.ru_maxrss / 1024


if arguments.peer:
    peer()
    sys.exit(0)
if not os.path.exists(arguments.data):
    noise = np.random.default_rng(0)
    np.savez(arguments.data, images=noise.random((arguments.images, 3, 32, 32), dtype=np.float32),
             labels=noise.integers(0, 10, arguments.images))
theirs = [sys.executable, os.path.abspath(__file__), arguments.transferscope, arguments.data, "--peer",
          "--images", str(arguments.images), "--steps", str(arguments.steps), "--threads", str(arguments.threads)]
sides = {"torch f32": theirs}
for precision in arguments.precision:
    sides[f"transferscope {precision}"] = [
        arguments.transferscope, "measure", "--source", "resnet18", "--target", "resnet18#seed=1",
        "--data", f"npz:{arguments.data}#limit={arguments.images}", "--attack", "pgd", "--steps", str(arguments.steps),
        "--precision", precision, "--threads", str(arguments.threads), "--json"]
found = {name: [] for name in sides}
for _ in range(arguments.rounds):
    for name, command in sides.items():
        found[name].append(timed(command))
print("| program | seconds, median | of PyTorch's | peak MB | of PyTorch's |\n| --- | --- | --- | --- | --- |")
base = [float(np.median([run[part] for run in found["torch f32"]])) for part in (0, 1)]
for name, runs in found.items():
    seconds, memory = (float(np.median([run[part] for run in runs])) for part in (0, 1))
    print(f"| {name} | {seconds:.1f} | {seconds / base[0]:.2f} | {memory:.0f} | {memory / base[1]:.2f} |")
print(json.dumps({name: runs for name, runs in found.items()}), file=sys.stderr)
