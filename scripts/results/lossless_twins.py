"""Pairs the first N lossless CIFAR-10 images with their JPEG twins and writes lossless.npz and jpeg.npz, image by image.

    python scripts/results/lossless_twins.py CIFAR_SUBSET_FOLDER N OUT_FOLDER
    transferscope measure ... --data npz:OUT_FOLDER/lossless.npz --json > lossless.json   (and the same for jpeg.npz)
    transferscope compare lossless.json jpeg.json

A twin is the nearest JPEG image (mean squared error) of the same class; all twins are distinct, or this stops.
"""
import pathlib
import sys

import numpy as np

folder, count, out = pathlib.Path(sys.argv[1]), int(sys.argv[2]), pathlib.Path(sys.argv[3])


def records(path):
    data = np.fromfile(path, dtype=np.uint8).reshape(-1, 3073)
    return data[:, 0].astype(np.int64), data[:, 1:].reshape(-1, 3, 32, 32)


labels, lossless = records(folder / "lossless/data_batch_1_first4000.bin")
batches = [records(folder / f"cifar-10-batches-bin/data_batch_{place}.bin") for place in (1, 2)]
jpeg_labels = np.concatenate([batch[0] for batch in batches])
jpegs = np.concatenate([batch[1] for batch in batches])
flat = jpegs.reshape(len(jpegs), -1).astype(np.float32)
twins = []
for label, image in zip(labels[:count], lossless[:count]):
    same = np.flatnonzero(jpeg_labels == label)
    distance = ((flat[same] - image.reshape(-1).astype(np.float32)) ** 2).mean(axis=1)
    twins.append(same[distance.argmin()])
if len(set(twins)) != count:
    sys.exit("two lossless images have the same nearest JPEG image")
error = ((jpegs[twins].astype(float) - lossless[:count]) ** 2).reshape(count, -1).mean(axis=1)
print(f"numpy {np.__version__}: {count} pairs, mean PSNR {np.mean(10 * np.log10(255**2 / error)):.1f} dB")
out.mkdir(parents=True, exist_ok=True)
np.savez(out / "lossless.npz", images=lossless[:count], labels=labels[:count])
np.savez(out / "jpeg.npz", images=jpegs[twins], labels=labels[:count])
