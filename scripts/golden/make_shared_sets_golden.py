"""Writes crates/lab/tests/golden/shared_sets.tsv: what numpy finds in the data sets that lie beside the repository.

Run with the folder of the data sets: python scripts/golden/make_shared_sets_golden.py SHARED/data
Every line: DATA (the path relative to that folder), images, images per class, mean of every channel in [0, 1], standard
deviation of every channel, SHA-256 of the content as `data inspect` defines it. The files are read and subset here with
numpy alone, so the readers are compared with an independent reading (orientation and channel order included).
"""

import hashlib
import pathlib
import sys

import numpy

TARGET = pathlib.Path(__file__).resolve().parent.parent.parent / "crates" / "lab" / "tests" / "golden" / "shared_sets.tsv"


def records(path: pathlib.Path) -> tuple[numpy.ndarray, numpy.ndarray]:
    rows = numpy.fromfile(path, dtype=numpy.uint8).reshape(-1, 3073)
    return rows[:, 1:].reshape(-1, 3, 32, 32), rows[:, 0]


def idx(path: pathlib.Path, header: int, shape: tuple[int, ...]) -> numpy.ndarray:
    return numpy.frombuffer(path.read_bytes()[header:], dtype=numpy.uint8).reshape(shape)


def stl(folder: pathlib.Path, split: str, labelled: bool) -> tuple[numpy.ndarray, numpy.ndarray | None]:
    images = numpy.fromfile(folder / f"{split}_X.bin", dtype=numpy.uint8).reshape(-1, 3, 96, 96).transpose(0, 1, 3, 2)
    return images, numpy.fromfile(folder / f"{split}_y.bin", dtype=numpy.uint8) - 1 if labelled else None


def subset(images: numpy.ndarray, labels: numpy.ndarray, classes: list[int], limit: int | None):
    kept = numpy.flatnonzero(numpy.isin(labels, classes))[:limit]
    return images[kept], numpy.searchsorted(sorted(classes), labels[kept])


def line(data: str, images: numpy.ndarray, labels: numpy.ndarray | None, classes: int) -> str:
    images = numpy.ascontiguousarray(images)
    digest = hashlib.sha256(b"transferscope images 1\n")
    digest.update(numpy.array(images.shape, dtype="<u8").tobytes())
    digest.update(b"uint8\n" + images.tobytes())
    counts = "-"
    if labels is not None:
        digest.update(b"labels\n" + labels.astype("<u4").tobytes())
        counts = ",".join(str(count) for count in numpy.bincount(labels, minlength=classes))
    values = images.astype(numpy.float64) / 255.0
    numbers = [",".join(f"{number:.12f}" for number in row) for row in (values.mean((0, 2, 3)), values.std((0, 2, 3)))]
    return "\t".join([data, str(len(images)), counts, *numbers, digest.hexdigest()])


def main() -> None:
    shared = pathlib.Path(sys.argv[1])
    cifar = shared / "cifar10-subset" / "cifar-10-batches-bin"
    test, test_labels = records(cifar / "test_batch.bin")
    parts = [records(cifar / f"data_batch_{batch}.bin") for batch in range(1, 6)]
    train, train_labels = (numpy.concatenate(column) for column in zip(*parts))
    lossless, lossless_labels = records(shared / "cifar10-subset" / "lossless" / "data_batch_1_first4000.bin")
    tiny, tiny_labels = records(shared / "tiny-imagenet-subset" / "test.bin")
    folder = shared / "stl10-subset" / "stl10_binary"
    stl_test, stl_labels = stl(folder, "test", True)
    extra, extra_labels = stl(folder, "extra_labelled", True)
    unlabelled, _ = stl(folder, "unlabeled", False)
    mnist = shared / "mnist-subset"
    fashion = shared / "fashion-mnist-subset"
    lines = [
        line("cifar10:cifar10-subset/cifar-10-batches-bin#split=test", test, test_labels, 10),
        line("cifar10:cifar10-subset/cifar-10-batches-bin#split=train", train, train_labels, 10),
        line("cifar10:cifar10-subset/cifar-10-batches-bin#split=test&limit=512", test[:512], test_labels[:512], 10),
        line(
            "cifar10:cifar10-subset/cifar-10-batches-bin#split=test&classes=horse,bird,cat,deer&limit=100",
            *subset(test, test_labels, [2, 3, 4, 7], 100), 4,
        ),
        line("cifar10:cifar10-subset/lossless/data_batch_1_first4000.bin", lossless, lossless_labels, 10),
        line("cifar10:tiny-imagenet-subset#split=test", tiny, tiny_labels, 10),
        line("stl10:stl10-subset/stl10_binary#split=test", stl_test, stl_labels, 10),
        line("stl10:stl10-subset/stl10_binary#split=extra_labelled", extra, extra_labels, 10),
        line("stl10:stl10-subset/stl10_binary#split=unlabeled", unlabelled, None, 0),
        line(
            "idx:mnist-subset#split=train",
            idx(mnist / "train-images-idx3-ubyte", 16, (-1, 1, 28, 28)), idx(mnist / "train-labels-idx1-ubyte", 8, (-1,)), 10,
        ),
        line(
            "idx:fashion-mnist-subset#split=test",
            idx(fashion / "t10k-images-idx3-ubyte", 16, (-1, 1, 28, 28)), idx(fashion / "t10k-labels-idx1-ubyte", 8, (-1,)), 10,
        ),
    ]
    TARGET.write_text(f"# numpy {numpy.__version__}, Python {sys.version.split()[0]}\n" + "\n".join(lines) + "\n")
    print(TARGET.read_text())


if __name__ == "__main__":
    main()
