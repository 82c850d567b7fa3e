"""Small networks of torchvision's families, from both exporters of PyTorch and with a fixed batch, against PyTorch in float64.

    python3 scripts/results/onnx_small_networks.py --transferscope target/release/transferscope --folder DIR

As onnx_import.py, but images of 32 pixels and few layers, so that the whole table takes minutes. Random weights (seed 0) after one
pass in training mode, two images of uniform noise. Prints the rows of the second table of docs/results/onnx-import.md.
"""

import argparse
import copy
import pathlib
import subprocess
import warnings

import numpy
import torch
import torchvision
from torchvision.models import convnext, swin_transformer, vision_transformer

CLASSES = 10


def networks():
    swin = swin_transformer
    blocks = [convnext.CNBlockConfig(16, 32, 1), convnext.CNBlockConfig(32, None, 1)]
    version_2 = {"block": swin.SwinTransformerBlockV2, "downsample_layer": swin.PatchMergingV2}
    return {
        "vit": vision_transformer.VisionTransformer(32, 8, 2, 4, 64, 128, num_classes=CLASSES),
        "swin": swin.SwinTransformer([2, 2], 24, [2, 2], [2, 2], [4, 4], num_classes=CLASSES),
        "swin_v2": swin.SwinTransformer([2, 2], 24, [2, 2], [2, 2], [4, 4], num_classes=CLASSES, **version_2),
        "convnext": convnext.ConvNeXt(blocks, num_classes=CLASSES),
        "googlenet": torchvision.models.googlenet(weights=None, aux_logits=False, init_weights=True, num_classes=CLASSES),
        "shufflenet_v2": torchvision.models.shufflenet_v2_x0_5(weights=None, num_classes=CLASSES),
        "mobilenet_v3": torchvision.models.mobilenet_v3_small(weights=None, num_classes=CLASSES),
        "densenet": torchvision.models.DenseNet(8, (2, 2), 16, num_classes=CLASSES),
    }


def export(model, images, path, exporter):
    names = {"input_names": ["pixels"], "output_names": ["logits"]}
    if exporter == "dynamo":
        shapes = ({0: torch.export.Dim("batch")},)
        torch.onnx.export(model, (images,), path, dynamo=True, dynamic_shapes=shapes, verbose=False, **names)
    elif exporter == "script":
        axes = {"pixels": {0: "batch"}}
        torch.onnx.export(model, (images,), path, dynamo=False, opset_version=17, dynamic_axes=axes, **names)
    else:
        torch.onnx.export(model, (images[:1],), path, dynamo=False, opset_version=17, **names)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--transferscope", required=True)
    parser.add_argument("--folder", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    print(f"torch {torch.__version__}, torchvision {torchvision.__version__}")
    models = networks()
    images = torch.rand(2, 3, 32, 32)
    data, out = arguments.folder / "images.npz", arguments.folder / "out.npz"
    numpy.savez(data, images=images.numpy())
    for name, model in models.items():
        model.train()
        with torch.no_grad():
            model(torch.rand(8, 3, 32, 32))
        model.eval()
        leaf = images.double().requires_grad_(True)
        logits = copy.deepcopy(model).double()(leaf)
        torch.nn.functional.cross_entropy(logits, logits.argmax(1).detach(), reduction="sum").backward()
        expected, slope = logits.detach().numpy(), leaf.grad.numpy().reshape(2, -1)
        for exporter in ("script", "script, batch of 1", "dynamo"):
            path, row = arguments.folder / f"{name}.onnx", f"| {name} | {exporter} |"
            export(copy.deepcopy(model), images, str(path), exporter)
            command = [arguments.transferscope, "networks", "run", f"{path}#contract=raw", "--data", f"npz:{data}",
                       "--input-gradient", "--out", str(out), "--json"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                print(row, f"refused: {done.stderr.strip().splitlines()[-1]} |", flush=True)
                continue
            arrays = numpy.load(out)
            found = arrays["input_gradient"].reshape(2, -1)
            cosine = (found * slope).sum(1) / numpy.sqrt((found**2).sum(1) * (slope**2).sum(1))
            error = numpy.abs(arrays["logits"] - expected).max() / numpy.abs(expected).max()
            print(row, f"{error:.1e} | {1 - cosine.min():.1e} |", flush=True)


main()
