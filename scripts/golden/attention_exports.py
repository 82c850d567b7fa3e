"""The smallest vision transformers of torchvision and a ConvNeXt, exported by both exporters of PyTorch, with the logits and input
gradients that PyTorch gives in float64: for crates/import/tests/attention_exports.rs.

Run: python scripts/golden/attention_exports.py crates/import/tests/golden/attention_exports.zip

Weights are random (seed 0), images of 16 pixels. Prints its versions.
"""

import copy
import io
import pathlib
import sys
import tempfile
import warnings
import zipfile

import numpy
import onnx
import onnxscript
import torch
import torchvision
from torchvision.models import convnext, swin_transformer, vision_transformer

CLASSES, SIDE = 3, 16


def networks():
    swin = swin_transformer
    second = {"block": swin.SwinTransformerBlockV2, "downsample_layer": swin.PatchMergingV2}
    blocks = [convnext.CNBlockConfig(4, 8, 1), convnext.CNBlockConfig(8, None, 1)]
    return {
        "vit": vision_transformer.VisionTransformer(SIDE, 8, 1, 2, 8, 16, num_classes=CLASSES),
        "swin": swin.SwinTransformer([2, 2], 8, [2], [2], [4, 4], num_classes=CLASSES),
        "swin_v2": swin.SwinTransformer([2, 2], 8, [2], [2], [2, 2], num_classes=CLASSES, **second),
        "convnext": convnext.ConvNeXt(blocks, num_classes=CLASSES),
    }


def exported(model, images, exporter):
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = pathlib.Path(folder) / "network.onnx"
        names = {"input_names": ["pixels"], "output_names": ["logits"]}
        if exporter == "dynamo":
            shapes = ({0: torch.export.Dim("batch")},)
            torch.onnx.export(model, (images,), path, dynamo=True, dynamic_shapes=shapes, verbose=False, external_data=False,
                              **names)
        elif exporter == "script":
            axes = {"pixels": {0: "batch"}}
            torch.onnx.export(model, (images,), path, dynamo=False, opset_version=17, dynamic_axes=axes, **names)
        else:
            torch.onnx.export(model, (images[:1],), path, dynamo=False, opset_version=17, **names)
        return path.read_bytes()


def npy(array):
    file = io.BytesIO()
    numpy.save(file, array)
    return file.getvalue()


def main():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    versions = {module.__name__: module.__version__ for module in (torch, torchvision, onnx, onnxscript, numpy)}
    print(versions)
    with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("versions.txt", "".join(f"{name} {version}\n" for name, version in versions.items()))
        for name, model in networks().items():
            model.eval()
            with torch.no_grad():
                for number in model.parameters():
                    if number.abs().max() == 0:
                        number.normal_(0, 0.5)
            images = torch.rand(2, 3, SIDE, SIDE)
            leaf = images.double().requires_grad_(True)
            logits = copy.deepcopy(model).double()(leaf)
            logits[:, 0].sum().backward()
            for file, array in [("images", images), ("logits", logits.detach()), ("gradient", leaf.grad)]:
                archive.writestr(f"{name}/{file}.npy", npy(array.double().numpy()))
            for exporter in ("script", "script_batch_of_1", "dynamo"):
                archive.writestr(f"{name}/{exporter}.onnx", exported(copy.deepcopy(model), images, exporter))


main()
