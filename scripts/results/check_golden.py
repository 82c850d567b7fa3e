"""Compares `transferscope networks run` on the golden images with PyTorch's double-precision logits and input gradients.

    transferscope networks run resnet20-cifar@WEIGHTS.th --data npz:GOLDEN.npz --input-gradient --out run.npz
    python scripts/results/check_golden.py GOLDEN.npz run.npz

Prints the largest logit error, the median per-image relative L2 error of the input gradient and the smallest cosine.
"""
import sys

import numpy as np

golden, run = np.load(sys.argv[1]), np.load(sys.argv[2])
logit_error = np.abs(golden["logits"] - run["logits"]).max()
theirs = golden["input_gradient"].reshape(len(golden["labels"]), -1)
ours = run["input_gradient"].reshape(theirs.shape)
relative = np.linalg.norm(ours - theirs, axis=1) / np.linalg.norm(theirs, axis=1)
cosine = (ours * theirs).sum(axis=1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)
print(f"numpy {np.__version__}: logits {logit_error:.1e} (asked 1e-4), gradient median relative {np.median(relative):.1e} "
      f"(asked 2e-4), smallest cosine {cosine.min():.8f} (asked 0.999)")
sys.exit(0 if logit_error <= 1e-4 and np.median(relative) <= 2e-4 and cosine.min() >= 0.999 else 1)
