"""Writes the operator cases of the ONNX project for crates/import/src/onnx/conformance.rs.

    python3 scripts/golden/make_onnx_cases.py                 the committed ones: crates/import/tests/golden/onnx_cases.zip
    python3 scripts/golden/make_onnx_cases.py --all FILE.zip  all that the wheel can generate

Also writes crates/import/tests/fixtures/network.onnx, a small network with the shape arithmetic that exporters leave.

A zip file with, for each case, `NAME/model.onnx`, `NAME/input_I.pb`, `NAME/output_I.pb` (TensorProto). The committed cases
are those named in COMMITTED: up to three an operator that this program reads, none above 8 kB.
"""

import argparse
import pathlib
import re
import sys
import warnings
import zipfile

import numpy
import onnx
from onnx import numpy_helper

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
GOLDEN = ROOT / "crates" / "import" / "tests" / "golden" / "onnx_cases.zip"
MOST = 3
LARGEST = 8_000
# Refused on purpose, so of no use as golden cases: computed indices and conditions, windows over three axes, and the like.
REFUSED = re.compile((ROOT / "scripts" / "golden" / "onnx_cases_refused.txt").read_text().strip().replace("\n", "|"))


def supported():
    table = (ROOT / "crates" / "import" / "src" / "onnx" / "operators" / "table.rs").read_text()
    return set(re.findall(r'(?:all|but)\(\s*"(\w+)"', table))


def generated():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test.case.node import collect_testcases

        cases = collect_testcases()
    for case in sorted(cases, key=lambda case: case.name):
        if case.model is None or not case.data_sets:
            continue
        inputs, outputs = case.data_sets[0]
        if all(isinstance(array, (numpy.ndarray, numpy.generic)) for array in [*inputs, *outputs]):
            parts = {"model.onnx": case.model.SerializeToString()}
            for kind, arrays in (("input", inputs), ("output", outputs)):
                for place, array in enumerate(arrays):
                    try:
                        tensor = numpy_helper.from_array(numpy.asarray(array))
                    except Exception:  # noqa: BLE001 - element types that NumPy lacks
                        parts = None
                        break
                    if parts is not None:
                        parts[f"{kind}_{place}.pb"] = tensor.SerializeToString()
                if parts is None:
                    break
            if parts is not None:
                yield case.name, case.model, parts


def write_network():
    """Convolution, normalization, pooling, a reshape to (batch, -1) by shape arithmetic, MatMul + Add, softmax."""
    draw = numpy.random.default_rng(1)

    def weight(name, *shape):
        return numpy_helper.from_array(draw.normal(size=shape).astype("float32"), name)

    positive = numpy_helper.from_array(draw.uniform(0.5, 1.5, 4).astype("float32"), "variance")
    node = onnx.helper.make_node
    nodes = [
        node("Conv", ["pixels", "conv.weight"], ["conv"], pads=[1, 1, 1, 1]),
        node("BatchNormalization", ["conv", "scale", "shift", "mean", "variance"], ["normal"]),
        node("Relu", ["normal"], ["active"]),
        node("MaxPool", ["active"], ["pooled"], kernel_shape=[2, 2], strides=[2, 2]),
        node("Shape", ["pooled"], ["shape"]),
        node("Gather", ["shape", "zero"], ["batch"], axis=0),
        node("Unsqueeze", ["batch", "axes"], ["batch_row"]),
        node("Concat", ["batch_row", "rest"], ["target"], axis=0),
        node("Reshape", ["pooled", "target"], ["flat"]),
        node("MatMul", ["flat", "fc.weight"], ["product"]),
        node("Add", ["product", "fc.bias"], ["logits"]),
        node("Softmax", ["logits"], ["shares"], axis=1),
    ]
    row = lambda name, *numbers: numpy_helper.from_array(numpy.array(numbers, "int64"), name)  # noqa: E731
    zero = numpy_helper.from_array(numpy.array(0, "int64"), "zero")
    initializers = [weight("conv.weight", 4, 3, 3, 3), weight("scale", 4), weight("shift", 4), weight("mean", 4), positive,
                    zero, row("axes", 0), row("rest", -1), weight("fc.weight", 64, 5), weight("fc.bias", 5)]
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(nodes, "small", [value("pixels", onnx.TensorProto.FLOAT, ["batch", 3, 8, 8])],
                                   [value("shares", onnx.TensorProto.FLOAT, ["batch", 5])], initializers)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    (GOLDEN.parent.parent / "fixtures" / "network.onnx").write_bytes(model.SerializeToString())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", type=pathlib.Path)
    arguments = parser.parse_args()
    write_network()
    target, names, taken = arguments.all or GOLDEN, supported(), {}
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, model, parts in generated():
            operators = {node.op_type for node in model.graph.node}
            if arguments.all is None:
                key = next(iter(operators)) if len(operators) == 1 else None
                if (key not in names or REFUSED.search(name) or taken.get(key, 0) >= MOST
                        or sum(map(len, parts.values())) > LARGEST):
                    continue
                taken[key] = taken.get(key, 0) + 1
            for part, content in parts.items():
                info = zipfile.ZipInfo(f"{name}/{part}", (2026, 11, 25, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, content)
        archive.comment = f"onnx {onnx.__version__}, numpy {numpy.__version__}, Python {sys.version.split()[0]}".encode()
    print(archive.comment.decode(), target.stat().st_size, "bytes")


main()
