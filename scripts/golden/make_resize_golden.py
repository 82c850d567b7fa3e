"""Writes crates/lab/tests/golden/resize.npz: images and what Pillow makes of them.

Run from anywhere: python scripts/golden/make_resize_golden.py
For every case NAME: NAME_input (height, width) uint8 and NAME_output uint8, Pillow's resize((width, height), BILINEAR) of mode
"L"; NAME_float, the same of mode "F" (float32) on the same levels. `versions` holds the text of the versions as bytes.
"""

import pathlib
import sys

import numpy
import PIL
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# (name, input height and width, output height and width)
CASES = [
    ("down_96_32", (96, 96), (32, 32)),
    ("up_28_32", (28, 28), (32, 32)),
    ("up_32_64", (32, 32), (64, 64)),
    ("odd_33x47_20x20", (33, 47), (20, 20)),
    ("mixed_20x31_33x9", (20, 31), (33, 9)),
    ("tiny_1x5_3x2", (1, 5), (3, 2)),
]


def smooth(height: int, width: int) -> numpy.ndarray:
    row, column = numpy.mgrid[0:height, 0:width]
    wave = numpy.sin(row / 5.0) * numpy.cos(column / 7.0) * 100.0 + row + 0.5 * column + 60.0
    return numpy.clip(wave, 0, 255).astype(numpy.uint8)


def main() -> None:
    generator = numpy.random.default_rng(20210718)
    arrays = {}
    for name, source, target in CASES:
        pictures = {"random": generator.integers(0, 256, source, dtype=numpy.uint8), "smooth": smooth(*source)}
        # Black and white pixels only: the largest steps there can be.
        pictures["steps"] = (generator.integers(0, 2, source) * 255).astype(numpy.uint8)
        for texture, levels in pictures.items():
            size = (target[1], target[0])
            key = f"{name}_{texture}"
            arrays[f"{key}_input"] = levels
            arrays[f"{key}_output"] = numpy.asarray(Image.fromarray(levels, "L").resize(size, Image.Resampling.BILINEAR))
            picture = Image.fromarray(levels.astype(numpy.float32), "F")
            arrays[f"{key}_float"] = numpy.asarray(picture.resize(size, Image.Resampling.BILINEAR))
    versions = f"Pillow {PIL.__version__}, numpy {numpy.__version__}, Python {sys.version.split()[0]}"
    arrays["versions"] = numpy.frombuffer(versions.encode(), dtype=numpy.uint8)
    target = ROOT / "crates" / "lab" / "tests" / "golden" / "resize.npz"
    target.parent.mkdir(parents=True, exist_ok=True)
    numpy.savez_compressed(target, **arrays)
    print(f"{target.name}: {target.stat().st_size} bytes; {versions}")


if __name__ == "__main__":
    main()
