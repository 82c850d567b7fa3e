"""Writes crates/lab/assets/digits.bin from scikit-learn's load_digits: 1,797 records of one label byte and 64 counts (0 to 16).

Run from the root of the repository: python scripts/make_digits.py [--check]
With --check nothing is written; the exit code says whether the file is what scikit-learn gives.
"""

import pathlib
import sys

import numpy
import sklearn
from sklearn.datasets import load_digits

TARGET = pathlib.Path(__file__).resolve().parent.parent / "crates" / "lab" / "assets" / "digits.bin"


def records() -> bytes:
    digits = load_digits()
    counts = digits.images.astype(numpy.uint8)
    assert counts.shape == (1797, 8, 8) and counts.max() == 16 and (counts == digits.images).all()
    labels = digits.target.astype(numpy.uint8)
    return numpy.concatenate([labels[:, None], counts.reshape(len(counts), 64)], axis=1).tobytes()


def main() -> int:
    made = records()
    if "--check" in sys.argv[1:]:
        same = TARGET.read_bytes() == made
        print(f"{TARGET.name}: {'same as' if same else 'DIFFERS from'} scikit-learn {sklearn.__version__}")
        return 0 if same else 1
    TARGET.write_bytes(made)
    print(f"{TARGET.name}: {len(made)} bytes, scikit-learn {sklearn.__version__}, numpy {numpy.__version__}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
