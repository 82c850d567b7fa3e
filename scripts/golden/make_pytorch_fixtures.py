"""Writes crates/import/tests/fixtures: small PyTorch and safetensors files in every form that the reader promises to read.

Run from anywhere: python scripts/golden/make_pytorch_fixtures.py
Every file holds the same network of two layers: `first.weight` is (2, 3) with the numbers 0, 0.25, .. 1.25, `first.bias` (2)
with -1, 1, `norm.num_batches_tracked` an integer, `second.weight` (2, 2) with 1, 2, 3, 4 stored as the transpose of (1, 3, 2, 4).
All of them are exact in 16 bits. The versions that made them are in versions.txt beside them.
"""

import collections
import pathlib
import sys

import torch

FOLDER = pathlib.Path(__file__).resolve().parent.parent.parent / "crates" / "import" / "tests" / "fixtures"


def state_dict(dtype: torch.dtype = torch.float32, prefix: str = "") -> dict:
    tensors = {
        "first.weight": (torch.arange(6, dtype=torch.float32) / 4).reshape(2, 3).to(dtype),
        "first.bias": torch.tensor([-1.0, 1.0]).to(dtype),
        "norm.num_batches_tracked": torch.tensor(7),
        "second.weight": torch.tensor([[1.0, 3.0], [2.0, 4.0]]).to(dtype).t(),
    }
    return collections.OrderedDict((prefix + name, tensor) for name, tensor in tensors.items())


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)

    def save(name: str, value: object, legacy: bool = False) -> None:
        torch.save(value, FOLDER / name, _use_new_zipfile_serialization=not legacy)

    save("zip.pt", state_dict())
    save("legacy.pt", state_dict(), legacy=True)
    save("float16.pt", state_dict(torch.float16))
    save("bfloat16.pt", state_dict(torch.bfloat16))
    save("float64.pt", state_dict(torch.float64))
    save("module_prefix.pt", state_dict(prefix="module."))
    partly = state_dict(prefix="module.")
    partly["first.bias"] = partly.pop("module.first.bias")
    save("module_prefix_partly.pt", partly)
    optimizer = {"state": {0: {"exp_avg": torch.ones(2, 3)}}}
    save("nested.pt", {"epoch": 3, "state_dict": state_dict(prefix="module."), "optimizer": optimizer})
    save("nested_legacy.pt", {"best_prec1": 91.7, "state_dict": state_dict(prefix="module.")}, legacy=True)
    save("nested_twice.pt", {"model": {"net": state_dict()}, "optimizer": optimizer})
    save("nested_unknown_key.pt", {"my_weights": state_dict(), "epoch": 3})
    save("no_tensors.pt", {"epoch": 3, "note": "nothing here"})
    # Ten gigabytes as promised by a view of one number.
    save("expanded.pt", {"first.weight": torch.ones(1).expand(50_000, 50_000)})
    (FOLDER / "versions.txt").write_text(f"python {sys.version.split()[0]}, torch {torch.__version__}\n")


if __name__ == "__main__":
    main()
