"""Writes crates/lab/tests/golden/numpy_{stored,deflated}.npz: one small array of every type, byte order and axis order.

Run from anywhere: python scripts/golden/make_npz_golden.py
Every array of numbers holds 0, 1, 2, 3, 4, 5 in shape (2, 3); `fortran_*` are in Fortran order, `be_*` big-endian.
"""

import pathlib
import sys

import numpy

FOLDER = pathlib.Path(__file__).resolve().parent.parent.parent / "crates" / "lab" / "tests" / "golden"


def main() -> None:
    counts = numpy.arange(6).reshape(2, 3)
    arrays = {}
    for kind in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
        arrays[f"le_{kind}"] = counts.astype(f"<{kind}")
        arrays[f"be_{kind}"] = counts.astype(f">{kind}")
        arrays[f"fortran_{kind}"] = numpy.asfortranarray(counts.astype(f">{kind}"))
    arrays["bool"] = counts % 2 == 1
    arrays["scalar"] = numpy.float64(2.5)
    arrays["fortran_3d"] = numpy.asfortranarray(numpy.arange(24.0).reshape(2, 3, 4))
    arrays["words"] = numpy.array(["no", "numbers"])
    versions = f"numpy {numpy.__version__}, Python {sys.version.split()[0]}"
    arrays["versions"] = numpy.frombuffer(versions.encode(), dtype=numpy.uint8)
    numpy.savez(FOLDER / "numpy_stored.npz", **arrays)
    numpy.savez_compressed(FOLDER / "numpy_deflated.npz", **arrays)
    print(versions)


if __name__ == "__main__":
    main()
