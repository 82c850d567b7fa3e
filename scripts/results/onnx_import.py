"""Networks of torchvision, exported to ONNX by both exporters of PyTorch, run by transferscope and compared with PyTorch.

    python3 scripts/results/onnx_import.py --transferscope target/release/transferscope --folder DIR [--models a,b] [--exporters script,dynamo]

Weights are random but fixed by a seed; batch normalization is given the statistics of a batch, weights that start as zeros get other
numbers, and the last layer is scaled until the logits spread by 1, so that signals neither die nor explode: without that the
gradient of googlenet is 1e-14 and that of inception_v3 exactly 0. Two images of uniform noise smoothed by a box. Reference: PyTorch
in float64. For each network and exporter: the largest error of a logit relative to the largest logit of its image, and for each image the cosine
of the input gradient (of the summed cross entropy against the own predictions, with respect to the pixels); beside
them what PyTorch's own float32 gives. Prints the rows of the table in docs/results/onnx-import.md.
"""

import argparse
import copy
import json
import pathlib
import subprocess
import time
import warnings

import numpy
import torch
import torchvision

IMAGES = 2
# Name in torchvision, height and width of the input.
MODELS = [
    ("alexnet", 224), ("vgg11", 224), ("vgg11_bn", 224), ("resnet18", 224), ("resnet50", 224), ("resnext50_32x4d", 224),
    ("squeezenet1_1", 224), ("densenet121", 224), ("googlenet", 224), ("inception_v3", 299), ("mobilenet_v2", 224),
    ("mobilenet_v3_small", 224), ("mobilenet_v3_large", 224), ("shufflenet_v2_x1_0", 224), ("mnasnet1_0", 224),
    ("regnet_y_400mf", 224), ("efficientnet_b0", 224), ("efficientnet_v2_s", 224), ("convnext_tiny", 224),
    ("vit_b_16", 224), ("swin_t", 224), ("swin_v2_t", 224), ("maxvit_t", 224),
]


def network(name, size):
    torch.manual_seed(0)
    extra = {"aux_logits": False, "init_weights": True} if name in ("googlenet", "inception_v3") else {}
    model = getattr(torchvision.models, name)(weights=None, **extra)
    model.train()
    with torch.no_grad():
        for number in model.parameters():
            if number.ndim > 1 and number.abs().max() == 0:
                number.normal_(0, 0.02)
        for module in model.modules():
            if isinstance(module, torch.nn.Dropout) or type(module).__name__ == "StochasticDepth":
                module.eval()
            elif isinstance(module, torch.nn.BatchNorm2d):
                module.reset_running_stats()
                module.momentum = None  # the mean over all passes
        model(pixels(size, 10, 8))
        model.eval()
        last = [module for module in model.modules() if isinstance(module, (torch.nn.Linear, torch.nn.Conv2d))][-1]
        spread = model(pixels(size, 11, 2)).std(1).mean()
        last.weight /= spread
        if last.bias is not None:
            last.bias /= spread
    return model


def pixels(size, seed, count):
    generator = torch.Generator().manual_seed(seed)
    noise = torch.rand(count, 3, size, size, generator=generator)
    smooth = torch.nn.functional.avg_pool2d(noise, 9, 1, 4, count_include_pad=False)
    low, high = smooth.amin((1, 2, 3), keepdim=True), smooth.amax((1, 2, 3), keepdim=True)
    return (smooth - low) / (high - low)


def reference(model, images):
    images = images.clone().requires_grad_(True)
    logits = model(images)
    own = logits.argmax(1).detach()
    torch.nn.functional.cross_entropy(logits, own, reduction="sum").backward()
    return logits.detach().double().numpy(), images.grad.double().numpy()


def export(model, images, path, exporter):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if exporter == "script":
            torch.onnx.export(model, (images,), path, dynamo=False, opset_version=17, input_names=["pixels"],
                              output_names=["logits"], dynamic_axes={"pixels": {0: "batch"}, "logits": {0: "batch"}})
        elif exporter == "script-fixed":
            torch.onnx.export(model, (images[:1],), path, dynamo=False, opset_version=17, input_names=["pixels"],
                              output_names=["logits"])
        elif exporter == "dynamo":
            torch.onnx.export(model, (images,), path, dynamo=True, input_names=["pixels"], output_names=["logits"],
                              dynamic_shapes=({0: torch.export.Dim("batch")},), verbose=False)
        else:
            torch.onnx.export(model, (images[:1],), path, dynamo=True, input_names=["pixels"],
                              output_names=["logits"], verbose=False)


def compared(logits, gradient, expected):
    logit_error = numpy.abs(logits - expected[0]).max(1) / numpy.abs(expected[0]).max(1)
    a, b = gradient.reshape(len(gradient), -1), expected[1].reshape(len(gradient), -1)
    cosine = (a * b).sum(1) / numpy.sqrt((a * a).sum(1) * (b * b).sum(1))
    return logit_error.max(), cosine.min()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--transferscope", required=True)
    parser.add_argument("--folder", required=True, type=pathlib.Path)
    parser.add_argument("--models", default=",".join(name for name, _ in MODELS))
    parser.add_argument("--exporters", default="script,dynamo")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    print(f"torch {torch.__version__}, torchvision {torchvision.__version__}, {torch.get_num_threads()} threads")
    sizes = dict(MODELS)
    for name in arguments.models.split(","):
        size = sizes[name]
        images = pixels(size, 1, IMAGES)
        data = arguments.folder / f"images{size}.npz"
        numpy.savez(data, images=images.numpy())
        model = network(name, size)
        expected = reference(copy.deepcopy(model).double(), images.double())
        own = compared(*reference(copy.deepcopy(model), images), expected)
        for exporter in arguments.exporters.split(","):
            path = arguments.folder / f"{name}-{exporter}.onnx"
            row = f"| {name} | {exporter} |"
            try:
                export(copy.deepcopy(model), images, str(path), exporter)
            except Exception as error:  # noqa: BLE001 - the table shows what the exporter said
                print(row, f"not exported: {str(error).splitlines()[0][:120]} |", flush=True)
                continue
            out = arguments.folder / "out.npz"
            started = time.monotonic()
            done = subprocess.run([arguments.transferscope, "networks", "run", f"{path}#contract=raw", "--data",
                                   f"npz:{data}", "--input-gradient", "--out", str(out), "--json"],
                                  capture_output=True, text=True, check=False)
            seconds = time.monotonic() - started
            bytes_ = sum(part.stat().st_size for part in arguments.folder.glob(f"{path.name}*"))
            if done.returncode != 0:
                print(row, f"refused: {done.stderr.strip().splitlines()[-1]} |", flush=True)
            else:
                arrays = numpy.load(out)
                error, cosine = compared(arrays["logits"], arrays["input_gradient"], expected)
                engine = json.loads(done.stdout)["engine"]
                good = "yes" if error <= 1e-4 and cosine >= 0.9999 else "NO"
                head = "yes" if "features" in arrays.files else "no"
                print(row, f"{good} | {error:.1e} | {1 - cosine:.1e} | {own[0]:.1e} | {1 - own[1]:.1e} | {head} |"
                      f" {bytes_ / 1e6:.0f} | {engine} {seconds:.0f} s |", flush=True)
            for part in arguments.folder.glob(f"{path.name}*"):
                part.unlink()


main()
